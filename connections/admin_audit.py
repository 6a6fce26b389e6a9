"""The audit trail in admin: looked at and exported, never changed."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from connections.admin_base import ReadOnlyAdmin
from connections.downloads import csv_lines, download
from connections.models import AuditRecord

_COLUMNS = ("at", "pim_url", "action", "subject", "actor_kind", "actor", "actor_key", "details")


@admin.register(AuditRecord)
class AuditRecordAdmin(ReadOnlyAdmin):
    list_display = ("at", "pim_url", "action", "subject", "actor", "actor_kind")
    list_filter = ("action", "actor_kind", "at")
    search_fields = ("pim_url", "actor", "actor_key", "subject")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
    fields = _COLUMNS
    actions = ("export_csv", "export_json_lines")

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(
        self, request: HttpRequest, queryset: QuerySet[AuditRecord]
    ) -> StreamingHttpResponse:
        return download(csv_lines(_COLUMNS, _csv_rows(queryset)), "text/csv", "audit.csv")

    @admin.action(description="Export as JSON Lines", permissions=["view"])
    def export_json_lines(
        self, request: HttpRequest, queryset: QuerySet[AuditRecord]
    ) -> StreamingHttpResponse:
        lines = (f"{json.dumps(values)}\n" for values in _values(queryset))
        return download(lines, "application/jsonl", "audit.jsonl")


def _csv_rows(records: QuerySet[AuditRecord]) -> Iterator[Iterable[Any]]:
    for values in _values(records):
        yield {**values, "details": json.dumps(values["details"])}.values()


def _values(records: QuerySet[AuditRecord]) -> Iterator[dict[str, Any]]:
    """Yield each record, oldest first; flat memory."""
    for values in records.order_by("at", "pk").values(*_COLUMNS).iterator(chunk_size=500):
        yield {**values, "at": values["at"].isoformat()}
