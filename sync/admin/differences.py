"""Differences of dry runs in admin: what a sync would have changed, to be exported."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import Truncator

from connections.admin_base import ReadOnlyAdmin, Table
from connections.downloads import download
from sync.admin.parts import CatalogFilter, number_in
from sync.differences import as_csv, as_json_lines
from sync.fields import in_words
from sync.models import Difference, Run
from sync.models.differences import DifferenceQuerySet

_FIELDS_SHOWN = 100
_RUNS_SEARCHED = 200
_CHARACTERS_SHOWN = 500


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    list_display = ("product", "identifier", "action", "number", "run")
    list_filter = ("action", ("run__catalog", CatalogFilter), "created_at")
    search_fields = ("key",)  # for the field to be there: get_search_results() looks
    search_help_text = (
        "Key of the product, the beginning of its identifier or label, or the number of the run."
    )
    list_select_related = ("run__catalog",)
    ordering = ("-pk",)
    exclude = ("fields",)
    actions = ("export_csv", "export_json_lines")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Difference], search_term: str
    ) -> tuple[QuerySet[Difference], bool]:
        if not search_term:
            return queryset, False
        differences = cast(DifferenceQuerySet, queryset)
        if (number := number_in(search_term)) is not None:
            of_run = differences.filter(run=number)
            if of_run.exists():
                return of_run, False
        dry_runs = Run.objects.filter(dry_run=True).values_list("pk", flat=True)
        # By name, so that the index of names in a run serves it.
        return differences.filter(run__in=list(dry_runs[:_RUNS_SEARCHED])).about(search_term), False

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
