"""The first page of admin: what needs a person, how everything stands, and where to go."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy

from akeneo_app.alarms import OF_INSTALLATION, alarms
from akeneo_app.standing import figures, pims, run_chart
from catalogs.models import Catalog
from connections.admin_base import changelist_url
from connections.models import Circuit, Connection
from connections.paging import MOST, count_up_to_most
from sync.attention import lost_connections, not_in_pim, stuck, with_last_run
from sync.models import Listing, Notice, Run, Tally
from sync.models.tallies import TallyQuerySet


@dataclass(frozen=True, slots=True)
class Card:
    """Things that wait for somebody, and the list of exactly these."""

    rows: QuerySet[Any]
    words: Any  # one and many, by ngettext
    hint: str | Promise
    filters: dict[str, str]
    tally: TallyQuerySet | None = None  # of as many rows, where counting them would take long
    number: int = 0

    @property
    def what(self) -> str:
        return str(self.words % {"number": self.number})

    @property
    def shown(self) -> int:
        return MOST if self.is_cut else self.number

    @property
    def is_cut(self) -> bool:
        return self.tally is None and self.number > MOST

    @property
    def url(self) -> str:
        return changelist_url(self.rows.model, **self.filters)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the context of the first page what this person may see. A fixed number of queries."""

    def may_see(model: Any) -> bool:
        return bool(admin.site.get_model_admin(model).has_view_permission(request))

    if may_see(Notice):
        context["alarms"] = alarms()
        context["alarms_url"] = changelist_url(Notice, **OF_INSTALLATION)
    cards = _cards()
    visible = [card for card in cards if may_see(card.rows.model)]
    context["sees_all"] = len(visible) == len(cards)
    counted = [replace(card, number=_number(card)) for card in visible]
    context["cards"] = [card for card in counted if card.number]
    context["title"] = gettext("What needs you")
    context["figures"] = figures(sees_pims=may_see(Connection), sees_runs=may_see(Run))
    if may_see(Run):
        context["run_chart"] = run_chart()
    if may_see(Connection) and may_see(Run):
        context["pims"] = pims()
    return context


def _number(card: Card) -> int:
    return count_up_to_most(card.rows) if card.tally is None else card.tally.total()


def _cards() -> list[Card]:
    catalogs = Catalog.objects.order_by()
    listings = Listing.objects.order_by()
    return [
        Card(
            lost_connections(),
            ngettext_lazy("PIM disconnected", "PIMs disconnected", "number"),
            gettext_lazy("Somebody has to connect again in Akeneo."),
            {"state__exact": Connection.State.DISCONNECTED},
        ),
        Card(
            Circuit.objects.open(),
            ngettext_lazy(
                "PIM or channel does not answer", "PIMs or channels do not answer", "number"
            ),
            gettext_lazy("Runs wait for it. It is tried again by itself."),
            {"state": "open"},
        ),
        Card(
            stuck(with_last_run(catalogs)),
            ngettext_lazy("catalog stuck", "catalogs stuck", "number"),
            gettext_lazy("The last run stopped or failed; it says why."),
            {"attention": "stuck"},
        ),
        Card(
            Run.objects.unfinished_and_silent(),
            ngettext_lazy("run that nobody works on", "runs that nobody works on", "number"),
            gettext_lazy("Is a worker running? It takes them up by itself."),
            {"worker": "silent"},
        ),
        Card(
            listings.held(),
            ngettext_lazy("product held", "products held", "number"),
            gettext_lazy("More left, came or lost a value than usual: confirm or refuse."),
            {"status__exact": Listing.Status.HELD},
            Tally.objects.held(),
        ),
        Card(
            listings.parked(),
            ngettext_lazy("product refused", "products refused", "number"),
            gettext_lazy("The channel says what is wrong with each."),
            {"status__exact": Listing.Status.PARKED},
            Tally.objects.parked(),
        ),
        Card(
            not_in_pim(catalogs),
            ngettext_lazy("catalog off in the PIM", "catalogs off in the PIM", "number"),
            gettext_lazy("Not enabled there, or deleted."),
            {"attention": "pim"},
        ),
    ]
