"""The first page of admin: what needs a person, and where to go."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalogs.models import Catalog
from connections.admin_base import changelist_url
from connections.models import Connection
from sync.attention import lost_connections, not_in_pim, stuck, with_last_run
from sync.models import Listing, Run, Tally
from sync.models.tallies import TallyQuerySet


@dataclass(frozen=True, slots=True)
class Card:
    """Things that wait for somebody, and the list of exactly these."""

    rows: QuerySet[Any]
    tally: TallyQuerySet | None  # of as many rows, where counting them would take long
    one: str
    many: str
    hint: str
    filters: dict[str, str]
    number: int = 0

    @property
    def what(self) -> str:
        return self.one if self.number == 1 else self.many

    @property
    def url(self) -> str:
        return changelist_url(self.rows.model, **self.filters)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards to the context of the first page. One query for each."""
    visible = [
        card
        for card in _cards()
        if admin.site.get_model_admin(card.rows.model).has_view_permission(request)
    ]
    counted = [replace(card, number=_number(card)) for card in visible]
    context["cards"] = [card for card in counted if card.number]
    context["title"] = "What needs you"
    return context


def _number(card: Card) -> int:
    return card.rows.count() if card.tally is None else card.tally.total()


def _cards() -> list[Card]:
    catalogs = Catalog.objects.order_by()
    listings = Listing.objects.order_by()
    return [
        Card(
            lost_connections(),
            None,
            "PIM disconnected",
            "PIMs disconnected",
            "Somebody has to connect again in Akeneo.",
            {"state__exact": Connection.State.DISCONNECTED},
        ),
        Card(
            stuck(with_last_run(catalogs)),
            None,
            "catalog stuck",
            "catalogs stuck",
            "The last run stopped or failed; it says why.",
            {"attention": "stuck"},
        ),
        Card(
            Run.objects.unfinished_and_silent(),
            None,
            "run that nobody works on",
            "runs that nobody works on",
            "Is a worker running? It takes them up by itself.",
            {"worker": "silent"},
        ),
        Card(
            listings.held(),
            Tally.objects.held(),
            "product held",
            "products held",
            "More left than usual: confirm or refuse.",
            {"status__exact": Listing.Status.HELD},
        ),
        Card(
            listings.parked(),
            Tally.objects.parked(),
            "product refused",
            "products refused",
            "The channel says what is wrong with each.",
            {"status__exact": Listing.Status.PARKED},
        ),
        Card(
            not_in_pim(catalogs),
            None,
            "catalog off in the PIM",
            "catalogs off in the PIM",
            "Not enabled there, or deleted.",
            {"attention": "pim"},
        ),
    ]
