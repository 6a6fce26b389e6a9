"""Listings and their history in admin: why a product is, or is not, on a channel."""

from collections import defaultdict
from collections.abc import Callable
from typing import cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import ngettext

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
from sync.admin.documents import Sheet, SheetsAdmin, difference, sheet
from sync.admin.parts import CatalogFilter, listing_status_label, may, may_retry, name_of
from sync.forms import HELD_ON_A_PAGE, SEEN_AT, HeldForm
from sync.listings import confirm_held, refuse_held, try_again
from sync.models import Change, Listing, Run
from sync.models.listings import ListingQuerySet
from sync.runs import AlreadyRunning, push_what_waits
from sync.single import sync_products
from sync.undo import take_pims_version
from sync.urgent import send_now

_CHANGES_SHOWN = 20


@admin.register(Listing)
class ListingAdmin(SheetsAdmin):
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
    search_fields = ("=key", "identifier", "label", "=external_id")
    search_help_text = "Key, identifier or label of the product, or its id on the channel."
    ordering = ("-pk",)
    list_select_related = ("catalog",)
    actions = (
        "sync_products",
        "take_pims_version",
        "retry_listings",
        "send_listings_now",
        "withdraw_held",
        "keep_held",
    )
    object_actions = actions
    readonly_fields = ("catalog_link", "channel_link", "status_label")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("label", "identifier"),
                    ("catalog_link", "channel_link"),
                    ("key", "external_id"),
                )
            },
        ),
        (
            "Where it stands",
            {
                "fields": (
                    ("status_label", "failure"),
                    "problem",
                    "left_because",
                    "held_because",
                    "let_through",
                    ("attempt_count", "next_attempt_at"),
                    ("sent_at", "handed_over_by"),
                    "set_aside",
                )
            },
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        return [path("decide/", view, name="sync_listing_decide"), *super().get_urls()]

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return may(request, "sync.add_run")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return may_retry(request)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return may(request, "sync.change_listing")

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
        catalogs = list(active.filter(pk__in=parked.order_by().values("catalog")))
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

    @admin.action(description="Withdraw what is held", permissions=["decide"])
    def withdraw_held(
        self, request: HttpRequest, queryset: QuerySet[Listing]
    ) -> HttpResponse | None:
        return self._ask(request, queryset, HeldForm.WITHDRAW)

    @admin.action(description="Keep what is held on the channel", permissions=["decide"])
    def keep_held(self, request: HttpRequest, queryset: QuerySet[Listing]) -> HttpResponse | None:
        return self._ask(request, queryset, HeldForm.KEEP)

    def decide(self, request: HttpRequest) -> HttpResponse:
        """Carry out a decision about exactly the products that the page before listed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_decide_permission(request):
            raise PermissionDenied
        form = HeldForm(request.POST)
        if not form.is_valid():
            sentence = "That decision could not be read. Choose the products again."
            self.message_user(request, sentence, messages.ERROR)
            return redirect(changelist_url(Listing))
        withdraws = form.cleaned_data["decision"] == HeldForm.WITHDRAW
        number = 0
        for catalog, pks in _by_catalog(form.cleaned_data["listings"]).items():
            decide = confirm_held if withdraws else refuse_held
            number += decide(catalog, pks, form.cleaned_data["seen_at"])
            if withdraws and catalog.is_active:
                push_what_waits(catalog, by=name_of(request))
        if withdraws:
            sentence = ngettext(
                "%d product was released to be withdrawn.",
                "%d products were released to be withdrawn.",
                number,
            )
        else:
            sentence = ngettext(
                "%d product was kept on the channel.",
                "%d products were kept on the channel.",
                number,
            )
        level = messages.SUCCESS if number else messages.INFO
        self.message_user(request, sentence % number, level)
        return redirect(changelist_url(Listing))

    @admin.display(description="product", ordering="label")
    def product(self, row: Listing) -> str:
        return Truncator(str(row)).chars(60)

    @admin.display(description="catalog")
    def catalog_link(self, row: Listing) -> SafeString | str:
        return link_to(row.catalog)

    @admin.display(description="channel")
    def channel_link(self, row: Listing) -> SafeString | str:
        return link_to(row.channel)

    @admin.display(description="status", ordering="status")
    def status_label(self, row: Listing) -> SafeString:
        return listing_status_label(row)

    @admin.display(description="problem")
    def short_problem(self, row: Listing) -> str:
        return Truncator(row.problem).chars(80)

    def _ask(
        self, request: HttpRequest, queryset: QuerySet[Listing], decision: str
    ) -> HttpResponse | None:
        """Show which products a decision would be about: it covers these and no others."""
        seen_at = timezone.now()  # before anything is read
        held = cast(ListingQuerySet, queryset).held().order_by("catalog", "identifier", "pk")
        shown = list(held[: HELD_ON_A_PAGE + 1])
        if not shown:
            self.message_user(request, "None of these products is held.", messages.INFO)
            return None
        listings = shown[:HELD_ON_A_PAGE]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Withdraw held products"
            if decision == HeldForm.WITHDRAW
            else "Keep held products",
            "withdraws": decision == HeldForm.WITHDRAW,
            "decision": decision,
            "number": len(listings),
            "there_are_more": len(shown) > HELD_ON_A_PAGE,
            "pks": ",".join(str(one.pk) for one in listings),
            "seen_at": seen_at.strftime(SEEN_AT),
            "table": {
                "headers": ["Product", "Identifier", "Catalog", "Channel"],
                "rows": [
                    (link_to(one), one.identifier, one.catalog.name, one.channel.name)
                    for one in listings
                ],
            },
            "url": reverse("admin:sync_listing_decide"),
            "back": changelist_url(Listing, status__exact=Listing.Status.HELD),
        }
        return TemplateResponse(request, "admin/sync/listing/decide.html", context)


def _by_catalog(pks: list[int]) -> dict[Catalog, list[int]]:
    rows = Listing.objects.filter(pk__in=pks).order_by("pk").values_list("catalog", "pk")
    by_catalog: dict[int, list[int]] = defaultdict(list)
    for catalog_id, pk in rows:
        by_catalog[catalog_id].append(pk)
    catalogs = Catalog.objects.select_related("channel__connection").in_bulk(by_catalog)
    return {catalogs[pk]: found for pk, found in by_catalog.items()}
