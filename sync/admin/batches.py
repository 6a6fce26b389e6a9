"""Batches and feeds in admin: what went out, in which calls."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Func, IntegerField, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from connections.admin_base import ReadOnlyAdmin, Table, label, link_to
from sync.models import Batch, Document, Feed, Listing

_ITEMS_SHOWN = 50
_COLOURS = {Batch.State.OPEN: "info", Batch.State.SETTLED: "success"}


class JSONLength(Func):
    """The number of elements of a JSON array, counted by the database."""

    function = "jsonb_array_length"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sqlite(compiler, connection, function="json_array_length", **context)


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = (
        "key",
        "channel",
        "action",
        "state_label",
        "number",
        "tries",
        "created_at",
        "short_problem",
    )
    list_filter = ("state", "action", "channel", "created_at")
    search_fields = ("key", "=run__id", "channel__name")
    ordering = ("-pk",)
    fields = (
        "key",
        "run_link",
        "channel_link",
        "action",
        "state_label",
        "problem",
        "number",
        "tries",
        "next_attempt_at",
        "created_at",
        "settled_at",
        "digest",
    )
    readonly_fields = ("run_link", "channel_link", "state_label", "number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        batches = cast("QuerySet[Batch]", super().get_queryset(request))
        return (
            batches.select_related("channel", "run__catalog")
            .defer("items")
            .annotate(item_count=JSONLength("items"))
        )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_tables(self, request: HttpRequest, row: Batch) -> list[Table]:
        items = row.items[:_ITEMS_SHOWN]
        listings = Listing.objects.in_bulk([listing for listing, _ in items])
        documents = Document.objects.defer("body").in_bulk([one for _, one in items if one])
        rows = [
            (
                link_to(listings.get(listing)) or "Forgotten",
                listings[listing].key if listing in listings else "",
                link_to(documents.get(document)) if document else "",
            )
            for listing, document in items
        ]
        title = "Its products, in order"
        if len(row.items) > _ITEMS_SHOWN:
            title = f"The first {_ITEMS_SHOWN} of its {len(row.items):,} products, in order"
        return [Table(title, ("Product", "Key", "Document"), rows)]

    @admin.display(description="run")
    def run_link(self, row: Batch) -> SafeString | str:
        return link_to(row.run)

    @admin.display(description="channel")
    def channel_link(self, row: Batch) -> SafeString | str:
        return link_to(row.channel)

    @admin.display(description="state", ordering="state")
    def state_label(self, row: Batch) -> SafeString:
        state = Batch.State(row.state)
        return label(state.label, _COLOURS.get(state, ""))

    @admin.display(description="products")
    def number(self, row: Any) -> int:
        return int(row.item_count)

    @admin.display(description="problem")
    def short_problem(self, row: Batch) -> str:
        return Truncator(row.problem).chars(80)


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    list_display = ("channel", "standing", "number", "products", "published_at")
    search_fields = ("channel__name",)
    list_select_related = ("channel", "publisher")
    ordering = ("channel__name",)
    fields = (
        "channel_link",
        "standing",
        "version",
        "published_version",
        "published_at",
        "publisher_link",
        "number",
        "file_name",
        "products",
        "size",
        "report_problem",
    )
    readonly_fields = ("channel_link", "standing", "publisher_link", "report_problem")

    @admin.display(description="channel")
    def channel_link(self, row: Feed) -> SafeString | str:
        return link_to(row.channel)

    @admin.display(description="written by")
    def publisher_link(self, row: Feed) -> SafeString | str:
        return link_to(row.publisher) or "Nobody at present"

    @admin.display(description="standing")
    def standing(self, row: Feed) -> SafeString:
        if row.published_version >= row.version:
            return label("Written", "success")
        return label("Being written" if row.publisher_id else "Not written yet", "warning")
