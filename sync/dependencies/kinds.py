"""What is looked at of each kind, and what of it is another than it was. No database.

Each look asks the PIM for what changed since the last one, or for labels that are compared with
their digests, and says which products it concerns and what is to be remembered.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from pim import changes, structure
from pim.attributes import PimAttribute, PimOption
from pim.changes import Changed, Condition
from pim.client import PimClient
from pim.errors import TooMany
from pim.values import PimCategory

Seen = Mapping[str, Sequence[str]]

MOST = 2000  # models, assets and so on that changed: of more, everything is read
MOST_CONDITIONS = 50  # searches for the products of one attribute: by locale and PIM channel

# The PIM's dates are whole seconds: what has one as young as this may get the same one again.
_SETTLED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found. `begun` by the PIM's clock or ours, whichever is earlier.

    `conditions` say which products are concerned, `models` are those of both levels that changed
    themselves, `products` are uuids. `is_unnamed`: something changed, and nothing says for which.
    """

    begun: datetime
    seen: Seen
    conditions: tuple[Condition, ...] = ()
    models: tuple[Changed, ...] = ()
    products: tuple[str, ...] = ()
    is_unnamed: bool = False

    @property
    def found_something(self) -> bool:
        return bool(self.conditions or self.models or self.products or self.is_unnamed)


@dataclass(frozen=True, slots=True)
class Asking:
    """What all looks need; `begun` is told best after a call, `locales` are by PIM channel."""

    client: PimClient
    begun: Callable[[], datetime]
    locales: Callable[[], Mapping[str, frozenset[str]]]

    def models(self, seen: Seen, since: datetime) -> Look:
        try:
            found = list(changes.changed_models(self.client, since, most=MOST))
        except TooMany:
            return Look(self.begun(), {}, is_unnamed=True)
        begun = self.begun()
        new, remembered = _told(found, seen, begun)
        return Look(begun, remembered, models=tuple(new))

    def options(
        self, attribute: PimAttribute, found: Mapping[str, PimOption], seen: Seen | None
    ) -> Look:
        """Compare the labels of all options; the first time nothing is known to compare with.

        New ones have no products whose date did not move. Of those that are gone, products are not
        found any more.
        """
        now = {code: [_digest(option)] for code, option in found.items()}
        if seen is None:
            return Look(self.begun(), now)
        renamed = [code for code, told in now.items() if code in seen and seen[code] != told]
        conditions = self._conditions([attribute], renamed)
        is_unnamed = conditions is None or not seen.keys() <= now.keys()
        return Look(self.begun(), now, tuple(conditions or ()), is_unnamed=is_unnamed)

    def categories(self, seen: Seen | None, since: datetime) -> Look:
        """The first time all of them, to compare with; then those with a new date.

        With one that hangs elsewhere, all below it come into a tree or leave it.
        """
        found = structure.categories(self.client, since=None if seen is None else since)
        told = {one.code: [_digest(one), one.parent or ""] for one in found}
        if seen is None:
            return Look(self.begun(), told)
        changed = [code for code in told if code in seen and seen[code] != told[code]]
        moved = tuple(code for code in changed if seen[code][1] != told[code][1])
        renamed = tuple(code for code in changed if code not in moved)
        conditions = [
            Condition("categories", codes, operator)
            for operator, codes in (("IN", renamed), ("IN CHILDREN", moved))
            if codes
        ]
        return Look(self.begun(), {**seen, **told}, tuple(conditions))

    def assets(
        self, family: str, holders: Sequence[PimAttribute], seen: Seen, since: datetime
    ) -> Look:
        found = changes.changed_assets(self.client, family, since)
        return self._entities(found, holders, seen)

    def records(
        self, entity: str, holders: Sequence[PimAttribute], seen: Seen, since: datetime
    ) -> Look:
        found = changes.changed_records(self.client, entity, since)
        return self._entities(found, holders, seen)

    def linked(self, since: datetime, *, slim_by: str | None) -> Look:
        """Nothing tells when a link was changed: what was found once is found until it is old."""
        asked = changes.products_with_changed_links(self.client, since, slim_by=slim_by, most=MOST)
        try:
            return Look(self.begun(), {}, products=tuple(dict.fromkeys(asked)))
        except TooMany:
            return Look(self.begun(), {}, is_unnamed=True)

    def _entities(
        self, found: Iterator[Changed], holders: Sequence[PimAttribute], seen: Seen
    ) -> Look:
        some = [one for one, _ in zip(found, range(MOST + 1), strict=False)]
        if len(some) > MOST:
            return Look(self.begun(), {}, is_unnamed=True)
        begun = self.begun()
        new, remembered = _told(some, seen, begun)
        conditions = self._conditions(holders, [one.code for one in new])
        return Look(begun, remembered, tuple(conditions or ()), is_unnamed=conditions is None)

    def _conditions(
        self, holders: Iterable[PimAttribute], codes: Sequence[str]
    ) -> list[Condition] | None:
        """Which products hold one of these codes in one of these attributes; None: too many."""
        if not codes:
            return []
        conditions = [
            Condition(one.code, tuple(codes), locale=locale, scope=scope)
            for one in holders
            for locale, scope in self._places_of(one)
        ]
        return conditions if len(conditions) <= MOST_CONDITIONS else None

    def _places_of(self, attribute: PimAttribute) -> list[tuple[str | None, str | None]]:
        """The locales and PIM channels that the attribute has values for."""
        if not (attribute.localizable or attribute.scopable):
            return [(None, None)]
        return sorted(
            {
                (locale if attribute.localizable else None, scope if attribute.scopable else None)
                for scope, locales in self.locales().items()
                for locale in locales
                if not attribute.available_locales or locale in attribute.available_locales
            },
            key=str,
        )


def _told(
    found: Iterable[Changed], seen: Seen, begun: datetime
) -> tuple[list[Changed], dict[str, list[str]]]:
    """Return what was not seen with this date before; and what need not be told of again."""
    found = list(found)
    new = [one for one in found if seen.get(one.code) != [one.updated]]
    return new, {one.code: [one.updated] for one in found if _is_settled(one.updated, begun)}


def _is_settled(updated: str, begun: datetime) -> bool:
    try:
        return datetime.fromisoformat(updated) < begun - _SETTLED
    except (ValueError, TypeError):  # no date, or one without its zone
        return False


def _digest(labelled: PimOption | PimCategory) -> str:
    labels = msgspec.json.encode(sorted(labelled.labels.items()))
    return hashlib.blake2b(labels, digest_size=8).hexdigest()
