"""Looking through an offer: how many values of which kind it has, some of them, page by page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from connections.names import begins_with
from enrichment.models import Offer, Proposal

ON_A_PAGE = 25

_State = Proposal.State
# In the order in which they are looked at: first what a person has to decide.
STATES = (
    _State.PROPOSED,
    _State.OUTDATED,
    _State.EARLIER,
    _State.REFUSED,
    _State.APPROVED,
    _State.WRITTEN,
    _State.UNCHANGED,
    _State.REJECTED,
    _State.REPLACED,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which proposals of an offer are looked at; empty texts leave it open."""

    state: Proposal.State
    attribute: str = ""
    locale: str = ""
    identifier: str = ""  # how it begins, capital letters or not

    def of(self, offer: Offer) -> QuerySet[Proposal]:
        rows = Proposal.objects.filter(offer=offer, state=self.state)
        if self.attribute:
            rows = rows.filter(attribute=self.attribute)
        if self.locale:
            rows = rows.filter(locale=self.locale)
        if self.identifier:
            rows = rows.filter(begins_with("identifier", self.identifier))
        return rows


@dataclass(frozen=True, slots=True)
class Tally:
    """How many proposals an offer has, by state, attribute and locale."""

    numbers: dict[tuple[str, str, str], int]

    def by_state(self) -> list[tuple[Proposal.State, int]]:
        """The states that there are, first what a person has to decide."""
        found: Counter[str] = Counter()
        for (state, _, _), number in self.numbers.items():
            found[state] += number
        return [(state, found[state]) for state in STATES if found[state]]

    def attributes(self, state: Proposal.State) -> list[tuple[str, int]]:
        return self._grouped(state, 1)

    def locales(self, state: Proposal.State) -> list[tuple[str, int]]:
        return [one for one in self._grouped(state, 2) if one[0]]

    def number(self, choice: Choice) -> int:
        """How many were chosen, wherever their identifiers begin."""
        return sum(
            number
            for (state, attribute, locale), number in self.numbers.items()
            if state == choice.state
            and choice.attribute in ("", attribute)
            and choice.locale in ("", locale)
        )

    def _grouped(self, state: Proposal.State, at: int) -> list[tuple[str, int]]:
        found: Counter[str] = Counter()
        for key, number in self.numbers.items():
            if key[0] == state:
                found[key[at]] += number
        return sorted(found.items())


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of proposals; `after` and `before` lead on from it, None where nothing is."""

    rows: Sequence[Proposal]
    before: int | None
    after: int | None


def tally_of(offer: Offer) -> Tally:
    """Count an offer's proposals. One query, over all of them."""
    rows = Proposal.objects.filter(offer=offer).order_by()
    counted = rows.values_list("state", "attribute", "locale").annotate(number=Count("*"))
    return Tally({(state, attribute, locale): n for state, attribute, locale, n in counted})


def slice_of(rows: QuerySet[Proposal], *, after: int = 0, before: int | None = None) -> Slice:
    """Return the page behind one proposal, or before one. One query, of one page's rows."""
    if before is not None:
        found = list(rows.filter(pk__lt=before).order_by("-pk")[: ON_A_PAGE + 1])
        shown = found[:ON_A_PAGE][::-1]
        return Slice(
            shown,
            shown[0].pk if len(found) > ON_A_PAGE else None,
            shown[-1].pk if shown else None,
        )
    found = list(rows.filter(pk__gt=after).order_by("pk")[: ON_A_PAGE + 1])
    shown = found[:ON_A_PAGE]
    return Slice(
        shown,
        shown[0].pk if shown and after else None,
        shown[-1].pk if len(found) > ON_A_PAGE else None,
    )


def highest(offer: Offer, state: Proposal.State) -> int:
    """Return the last proposal of this state: what is decided now goes no further. One query."""
    rows = Proposal.objects.filter(offer=offer, state=state)
    return rows.order_by("-pk").values_list("pk", flat=True).first() or 0
