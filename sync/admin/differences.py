"""Differences of dry runs in admin: what a sync would have changed, to be exported."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import Truncator

from connections.admin_base import ReadOnlyAdmin, Table
from connections.downloads import download
from sync.admin.parts import CatalogFilter
from sync.differences import as_csv, as_json_lines
from sync.fields import in_words
from sync.models import Difference
from sync.models.differences import DifferenceQuerySet

_FIELDS_SHOWN = 100
_CHARACTERS_SHOWN = 500


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    list_display = ("product", "identifier", "action", "number", "run")
    list_filter = ("action", ("run__catalog", CatalogFilter), "created_at")
    search_fields = ("=key", "^identifier", "^label", "=run__id")
    search_help_text = "Key, identifier or label of the product, or the number of the run."
    list_select_related = ("run__catalog",)
    ordering = ("-pk",)
    exclude = ("fields",)
    actions = ("export_csv", "export_json_lines")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_tables(self, request: HttpRequest, row: Difference) -> list[Table]:
        rows = [
            (
                field,
                *(Truncator(in_words(text)).chars(_CHARACTERS_SHOWN) for text in (before, after)),
            )
            for field, before, after in row.fields[:_FIELDS_SHOWN]
        ]
        more = "And more, in the export." if len(row.fields) > _FIELDS_SHOWN else ""
        return [Table("Fields", ("Field", "On the channel", "Would be sent"), rows, more)]

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(
        self, request: HttpRequest, queryset: QuerySet[Difference]
    ) -> StreamingHttpResponse:
        lines = as_csv(cast(DifferenceQuerySet, queryset))
        return download(lines, "text/csv", "difference.csv")

    @admin.action(description="Export as JSON Lines", permissions=["view"])
    def export_json_lines(
        self, request: HttpRequest, queryset: QuerySet[Difference]
    ) -> StreamingHttpResponse:
        lines = as_json_lines(cast(DifferenceQuerySet, queryset))
        return download(lines, "application/jsonl", "difference.jsonl")

    @admin.display(description="product", ordering="label")
    def product(self, row: Difference) -> str:
        return Truncator(str(row)).chars(60)

    @admin.display(description="fields")
    def number(self, row: Difference) -> int:
        return len(row.fields)
