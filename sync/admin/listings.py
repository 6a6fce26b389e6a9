"""Listings and their history in admin: why a product is, or is not, on a channel."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy, ngettext

from catalogs.models import Catalog
from connections.admin_base import (
    Table,
    change_url,
    changelist_url,
    link,
    link_to,
    moment,
)
from outbound.errors import ConfigurationError
from sync.admin.changes import outcome_label
from sync.admin.deciding import DecidingAdmin
from sync.admin.documents import Sheet, SheetsAdmin, difference, sheet
from sync.admin.parts import (
    CatalogFilter,
    listing_status_label,
    listings_called,
    may,
    may_retry,
    name_of,
)
from sync.listings import try_again
from sync.models import Change, Listing, Run
from sync.models.listings import ListingQuerySet
from sync.runs import AlreadyRunning, push_what_waits
from sync.single import sync_products
from sync.undo import take_pims_version
from sync.urgent import refuse_while_resting, send_now

_CHANGES_SHOWN = 20
_TOLD_IF_SET = (
    *("problem", "left_because", "held_because", "let_through", "handed_over_by", "set_aside"),
    "sent_at",
)


@admin.register(Listing)
class ListingAdmin(DecidingAdmin, SheetsAdmin):
    list_display = (
        "product",
        "identifier",
        "catalog",
        "status_label",
        "sent_at",
        "short_problem",
    )
    list_filter = (
        "status",
        "failure",
        ("catalog", CatalogFilter),
        "channel",
    )
    search_fields = ("key",)  # for the field to be there: get_search_results() looks
    search_help_text = gettext_lazy(
        "Uuid, or the beginning of the identifier or label of the product; its id on the channel."
    )
    list_before_template = "admin/sync/listing/none_found.html"
    ordering = ("-pk",)
    list_select_related = ("catalog", "channel__connection")
    actions = (
        "sync_products",
        "take_pims_version",
        "retry_listings",
        "send_listings_now",
        "withdraw_held",
        "keep_held",
    )
    object_actions = actions
    readonly_fields = ("catalog_link", "channel_link", "pim", "status_label", "next_try")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("status_label", "failure"),
                    "problem",
                    "left_because",
                    "held_because",
                    "let_through",
                    ("next_try", "attempt_count"),
                    "sent_at",
                    "handed_over_by",
                    "set_aside",
                )
            },
        ),
        (
            "What it is",
            {
                "fields": (
                    ("label", "identifier"),
                    ("catalog_link", "channel_link"),
                    "pim",
                    ("key", "external_id"),
                )
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Listing | None = None) -> Any:
        """What says nothing about this product is left out."""
        (title, options), about = self.fieldsets
        told = [
            name for name in options["fields"] if name not in _TOLD_IF_SET or getattr(obj, name)
        ]
        return [(title, {"fields": told}), about]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Listing], search_term: str
    ) -> tuple[QuerySet[Listing], bool]:
        """By what people have at hand; a variant's uuid finds its model. No row comes twice."""
        if search_term:
            queryset = queryset.filter(pk__in=listings_called(request, search_term))
        return queryset, False

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return may(request, "sync.add_run")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return may_retry(request)

    def get_object_actions(self, request: HttpRequest, row: Listing) -> list[str]:
        always = ["sync_products", *(["take_pims_version"] if row.set_aside else [])]
        match row.status:
            case Listing.Status.PARKED:
                return [*always, "retry_listings", "send_listings_now"]
            case Listing.Status.WAITING:
                return [*always, "send_listings_now"]
            case Listing.Status.HELD:
                return [*always, "withdraw_held", "keep_held"]
        return always

    def get_sheets(self, row: Listing) -> tuple[list[Sheet], str]:
        sheets = [
            sheet("Wanted by the PIM", row.wanted),
            sheet("Sent, and accepted by the channel", row.sent),
        ]
        return sheets, difference(row.wanted, row.sent)

    def get_tables(self, request: HttpRequest, row: Listing) -> list[Table]:
        changes = row.changes.select_related("run__catalog").order_by("-pk")[: _CHANGES_SHOWN + 1]
        rows = [
            (
                link(change_url(one), moment(one.created_at)),
                one.get_action_display(),
                outcome_label(one),
                one.message,
                link_to(one.run),
            )
            for one in changes
        ]
        url = changelist_url(Change, listing__id__exact=row.pk)
        more = link(url, "Its whole history") if len(rows) > _CHANGES_SHOWN else ""
        headers = ("When", "What", "Outcome", "What the channel said", "Run")
        return [Table("History", headers, rows[:_CHANGES_SHOWN], more)]

    @admin.action(description="Sync by itself", permissions=["sync"])
    def sync_products(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        """Read these products from the PIM and send them, one run a catalog."""
        self._by_catalog(request, queryset, sync_products)

    @admin.action(description="Take the PIM's version again", permissions=["decide"])
    def take_pims_version(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        """Let what the PIM says count again for products whose run was undone."""
        undone = cast(ListingQuerySet, queryset).set_aside_by_person()
        if not undone.exists():
            sentence = "What the PIM says counts already for all of these."
            self.message_user(request, sentence, messages.INFO)
        self._by_catalog(request, undone, take_pims_version)

    def _by_catalog(
        self, request: HttpRequest, queryset: QuerySet[Listing], start: Callable[..., Run]
    ) -> None:
        """Start a run of each catalog for those of its products that were chosen."""
        keys: dict[int, list[str]] = defaultdict(list)
        for catalog_id, key in queryset.order_by("pk").values_list("catalog", "key"):
            keys[catalog_id].append(key)
        active = Catalog.objects.active().select_related("channel__connection").in_bulk(keys)
        started = 0
        for pk, catalog in active.items():
            try:
                start(catalog, keys[pk], by=name_of(request))
                started += 1
            except AlreadyRunning:
                sentence = f"A run of “{catalog}” is under way. Try again when it has ended."
                self.message_user(request, sentence, messages.WARNING)
            except ConfigurationError as error:
                self.message_user(request, error.message, messages.ERROR)
        if resting := len(keys) - len(active):
            sentence = ngettext(
                "%d catalog is archived or being removed, so it is not synced.",
                "%d catalogs are archived or being removed, so they are not synced.",
                resting,
            )
            self.message_user(request, sentence % resting, messages.WARNING)
        if started:
            sentence = ngettext("%d run was started.", "%d runs were started.", started)
            self.message_user(request, sentence % started, messages.SUCCESS)

    @admin.action(description="Send again", permissions=["retry"])
    def retry_listings(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        parked = Listing.objects.filter(pk__in=queryset.values("pk")).parked()
        active = Catalog.objects.active().select_related("channel__connection")
        catalogs = []
        for catalog in active.filter(pk__in=parked.order_by().values("catalog")):
            try:
                refuse_while_resting(catalog)
            except ConfigurationError as error:
                self.message_user(request, f"{catalog}: {error.message}", messages.WARNING)
            else:
                catalogs.append(catalog)
        retried = try_again(parked.filter(catalog__in=catalogs))
        for catalog in catalogs:
            push_what_waits(catalog, by=name_of(request))
        sentence = ngettext("%d product is sent again.", "%d products are sent again.", retried)
        level = messages.SUCCESS if retried else messages.INFO
        self.message_user(request, sentence % retried, level)

    @admin.action(description="Send now, in spite of the timetable", permissions=["decide"])
    def send_listings_now(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        sent = 0
        for listing in queryset.select_related("catalog__channel__connection"):
            try:
                send_now(listing)
            except ConfigurationError as error:
                self.message_user(request, error.message, messages.WARNING)
            else:
                sent += 1
        if sent:
            sentence = ngettext("%d product is sent now.", "%d products are sent now.", sent)
            self.message_user(request, sentence % sent, messages.SUCCESS)

    @admin.display(description="product", ordering="label")
    def product(self, row: Listing) -> str:
        return Truncator(str(row)).chars(60)

    @admin.display(description="catalog")
    def catalog_link(self, row: Listing) -> SafeString | str:
        return link_to(row.catalog)

    @admin.display(description="channel")
    def channel_link(self, row: Listing) -> SafeString | str:
        return link_to(row.channel)

    @admin.display(description="PIM")
    def pim(self, row: Listing) -> SafeString | str:
        return link_to(row.channel.connection)

    @admin.display(description=gettext_lazy("next attempt"))
    def next_try(self, row: Listing) -> str:
        match row.status:
            case Listing.Status.WAITING if row.next_attempt_at > timezone.now():
                return moment(row.next_attempt_at)
            case Listing.Status.WAITING:
                return gettext("By the run that is under way, or the next one")
            case Listing.Status.IN_FLIGHT:
                return gettext("Under way")
            case Listing.Status.PARKED:
                return gettext("Once it changes in the PIM, or somebody sends it again")
            case Listing.Status.HELD:
                return gettext("Once somebody has decided")
        return gettext("None: there is nothing to send")

    @admin.display(description="status", ordering="status")
    def status_label(self, row: Listing) -> SafeString:
        return listing_status_label(row)

    @admin.display(description="problem")
    def short_problem(self, row: Listing) -> str:
        return Truncator(row.problem).chars(80)
