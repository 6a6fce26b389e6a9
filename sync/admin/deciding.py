"""Deciding about held products in admin: the list is shown, and a decision covers exactly that."""

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import ngettext

from catalogs.models import Catalog
from connections.admin_base import ReadOnlyAdmin, changelist_url, link_to
from sync.admin.parts import may, name_of
from sync.forms import HELD_ON_A_PAGE, SEEN_AT, HeldForm
from sync.listings import confirm_held, refuse_held
from sync.models import Listing
from sync.models.listings import ListingQuerySet
from sync.runs import push_what_waits

_Held = Listing.Held
# What becomes of products by a decision, by the reason that they are held for.
_BECOMES = {
    HeldForm.WITHDRAW: {
        _Held.LEFT: "taken off the channel at once. To bring them back later, they have to be put "
        "back into the catalog in Akeneo.",
        _Held.EMPTIED: "sent at once, so that the channel loses what they lack.",
        _Held.GREW: "sent at once, as they are in Akeneo now.",
    },
    HeldForm.KEEP: {
        _Held.LEFT: "kept on the channel as they are now. Nobody updates them, and Ferry does not "
        "ask again.",
        _Held.EMPTIED: "kept on the channel as they are now, until something about them changes in "
        "Akeneo.",
        _Held.GREW: "not sent, until something about them changes in Akeneo.",
    },
}


class DecidingAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        return [path("decide/", view, name="sync_listing_decide"), *super().get_urls()]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return may(request, "sync.change_listing")

    @admin.action(description="Confirm what is held", permissions=["decide"])
    def withdraw_held(
        self, request: HttpRequest, queryset: QuerySet[Listing]
    ) -> HttpResponse | None:
        return self._ask(request, queryset, HeldForm.WITHDRAW)

    @admin.action(description="Refuse what is held", permissions=["decide"])
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
        seen = form.cleaned_data["listings"]
        reasons = Listing.objects.filter(pk__in=seen).held().values_list("held_because", flat=True)
        kinds = set(map(_kind, reasons))
        number = 0
        for catalog, pks in _by_catalog(seen).items():
            decide = confirm_held if withdraws else refuse_held
            number += decide(catalog, pks, form.cleaned_data["seen_at"])
            if withdraws and catalog.is_active:
                push_what_waits(catalog, by=name_of(request))
        sentence = _released(kinds, number) if withdraws else _kept(kinds, number)
        level = messages.SUCCESS if number else messages.INFO
        self.message_user(request, sentence, level)
        return redirect(changelist_url(Listing))

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
        withdraws = decision == HeldForm.WITHDRAW
        kinds = Counter(_kind(one.held_because) for one in listings)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _title(kinds, withdraws=withdraws),
            "outcomes": [
                (kind.label, kinds[kind], becomes)
                for kind, becomes in _BECOMES[decision].items()
                if kinds[kind]
            ],
            "button": _button(kinds, withdraws=withdraws),
            "is_danger": withdraws and kinds.keys() != {_Held.GREW},
            "decision": decision,
            "there_are_more": len(shown) > HELD_ON_A_PAGE,
            "pks": ",".join(str(one.pk) for one in listings),
            "seen_at": seen_at.strftime(SEEN_AT),
            "table": {
                "headers": ["Product", "Identifier", "Why", "Catalog", "Channel"],
                "rows": [
                    (
                        link_to(one),
                        one.identifier,
                        _kind(one.held_because).label,
                        one.catalog.name,
                        one.channel.name,
                    )
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


def _kind(held_because: str) -> Listing.Held:
    return _Held(held_because or _Held.LEFT)


def _title(kinds: Collection[Listing.Held], *, withdraws: bool) -> str:
    if not withdraws:
        return "Refuse what is held"
    return f"{_doing(kinds)} held products"


def _button(kinds: Collection[Listing.Held], *, withdraws: bool) -> str:
    if withdraws:
        return f"{_doing(kinds)} them"
    return "Leave them out" if set(kinds) == {_Held.GREW} else "Keep them"


def _doing(kinds: Collection[Listing.Held]) -> str:
    """Return what confirming does to products held for these reasons."""
    if _Held.LEFT not in kinds:
        return "Send"
    return "Withdraw" if len(kinds) == 1 else "Withdraw and send"


def _released(kinds: Collection[Listing.Held], number: int) -> str:
    what = "sent"
    if _Held.LEFT in kinds or not kinds:
        what = "withdrawn or sent" if len(kinds) > 1 else "withdrawn"
    sentence = ngettext(
        "%d product was released to be %s.", "%d products were released to be %s.", number
    )
    return sentence % (number, what)


def _kept(kinds: Collection[Listing.Held], number: int) -> str:
    if _Held.GREW not in kinds:
        sentence = ngettext(
            "%d product was kept on the channel.", "%d products were kept on the channel.", number
        )
    else:
        sentence = ngettext(
            "%d product was left as it was.", "%d products were left as they were.", number
        )
    return sentence % number
