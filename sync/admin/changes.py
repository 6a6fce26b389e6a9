"""Changes in admin: what was sent for which product, and what the channel said."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from connections.admin_base import label, link_to
from sync.admin.documents import Sheet, SheetsAdmin, difference, sheet
from sync.admin.parts import CatalogFilter, listings_called, number_in
from sync.models import Change

_OUTCOME_COLOURS = {
    Change.Outcome.ACCEPTED: "success",
    Change.Outcome.REFUSED: "danger",
    Change.Outcome.UNANSWERED: "warning",
}


@admin.register(Change)
class ChangeAdmin(SheetsAdmin):
    list_display = ("created_at", "listing", "action", "outcome_label", "run", "short_message")
    list_filter = ("outcome", "action", ("listing__catalog", CatalogFilter), "created_at")
    search_fields = ("run",)  # for the field to be there: get_search_results() looks
    search_help_text = "As of a listing, or the number of the run."
    list_before_template = "admin/sync/found_more.html"
    ordering = ("-pk",)
    fields = ("created_at", "listing_link", "action", "outcome_label", "message", "run_link")
    readonly_fields = ("listing_link", "outcome_label", "run_link")
    list_select_related = ("listing", "run__catalog")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Change], search_term: str
    ) -> tuple[QuerySet[Change], bool]:
        if not search_term:
            return queryset, False
        if (number := number_in(search_term)) is not None:
            of_run = queryset.filter(run=number)
            if of_run.exists():
                return of_run, False
        return queryset.filter(listing__in=listings_called(request, search_term)), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        by_row = lookup in ("listing__id__exact", "run__id__exact")
        return by_row or super().lookup_allowed(lookup, value, request)

    def get_sheets(self, row: Change) -> tuple[list[Sheet], str]:
        sheets = [sheet("On the channel before", row.before), sheet("What was sent", row.after)]
        return sheets, difference(row.before, row.after)

    @admin.display(description="product")
    def listing_link(self, row: Change) -> SafeString | str:
        return link_to(row.listing)

    @admin.display(description="run")
    def run_link(self, row: Change) -> SafeString | str:
        return link_to(row.run)

    @admin.display(description="outcome", ordering="outcome")
    def outcome_label(self, row: Change) -> SafeString:
        return outcome_label(row)

    @admin.display(description="what the channel said")
    def short_message(self, row: Change) -> str:
        return Truncator(row.message).chars(80)


def outcome_label(change: Change) -> SafeString:
    outcome = Change.Outcome(change.outcome)
    return label(outcome.label, _OUTCOME_COLOURS[outcome])
