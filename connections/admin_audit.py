"""The audit trail in admin: looked at and exported, never changed."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from connections.admin_base import ReadOnlyAdmin
from connections.models import AuditRecord

_COLUMNS = ("at", "pim_url", "action", "subject", "actor_kind", "actor", "actor_key", "details")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
        return _download(_csv_lines(queryset), "text/csv", "audit.csv")

    @admin.action(description="Export as JSON Lines", permissions=["view"])
    def export_json_lines(
        self, request: HttpRequest, queryset: QuerySet[AuditRecord]
    ) -> StreamingHttpResponse:
        lines = (f"{json.dumps(values)}\n" for values in _values(queryset))
        return _download(lines, "application/jsonl", "audit.jsonl")


class _Line:
    """A file for `csv` that gives back what is written."""

    def write(self, text: str) -> str:
        return text


def _csv_lines(records: QuerySet[AuditRecord]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield str(writer.writerow(_COLUMNS))
    for values in _values(records):
        values["details"] = json.dumps(values["details"])
        yield str(writer.writerow(map(_harmless, values.values())))


def _values(records: QuerySet[AuditRecord]) -> Iterator[dict[str, Any]]:
    """Yield each record, oldest first; flat memory."""
    for values in records.order_by("at", "pk").values(*_COLUMNS).iterator(chunk_size=500):
        yield {**values, "at": values["at"].isoformat()}


def _harmless(value: Any) -> str:
    """A spreadsheet takes some beginnings for a formula; names are what people typed."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _download(lines: Iterator[str], kind: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
