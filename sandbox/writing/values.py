"""Values that an app sends for a product or model: read, checked and merged.

A value is what an attribute holds for one locale and scope. What is sent for it takes the place of
what was there, null erases it, and what is not sent stays (pim-contract.md 3.4).
"""

from collections.abc import Iterator
from typing import Any

from sandbox.data.assortment import Assortment, Edits, Model, Product, value_in
from sandbox.writing.data import stored
from sandbox.writing.levels import Level
from sandbox.writing.places import check_place
from sandbox.writing.refusals import Misfit, Violation, expected, malformed

Place = tuple[str, str | None, str | None]

_MEMBERS = ("data", "locale", "scope")


def read_values(
    assortment: Assortment, values: Any, anchor: str, violations: list[Violation]
) -> Edits:
    """The values as the PIM keeps them, those left out that break a rule, which is noted.

    Raises Refusal for what has not the form of values.
    """
    edits: Edits = {}
    for place, data in _sent(assortment, values, anchor):
        attribute = assortment.attributes[place[0]]
        try:
            check_place(assortment, attribute, place[1], place[2])
            edits[place] = stored(assortment, attribute, data)
        except Misfit as error:
            if not error.is_violation:
                malformed(error.message, anchor)
            violations.append(Violation("values", error.message, place))
    return edits


def keep_level(
    edits: Edits,
    level: Level | None,
    family: str | None,
    of_family: frozenset[str],
    violations: list[Violation],
    *,
    ignored: bool,
) -> Edits:
    """The edits that the item can hold; the others are violations, or ignored without a word."""
    if level is None:
        return edits
    others = {place[0] for place in edits} - level.attributes
    if not ignored:
        violations += [
            Violation("attribute", _elsewhere(c, family, of_family)) for c in sorted(others)
        ]
    return {place: data for place, data in edits.items() if place[0] not in others}


def merge(assortment: Assortment, item: Product | Model, edits: Edits) -> bool:
    """Set the values; return whether that changed any."""
    if not edits:
        return False
    before = assortment.values_of(item)
    changed = {place: data for place, data in edits.items() if value_in(before, *place) != data}
    if changed:
        item.edits = {**item.edits, **changed}
    return bool(changed)


def _sent(assortment: Assortment, values: Any, anchor: str) -> Iterator[tuple[Place, Any]]:
    """Each value that was sent, with its place."""
    if values == []:  # what PHP makes of no values
        return
    if not isinstance(values, dict):
        malformed(expected("values", "an array", values), anchor)
    seen: set[Place] = set()
    for code, entries in values.items():
        if code not in assortment.attributes:
            malformed(f"The {code} attribute does not exist in your PIM.", anchor)
        if not isinstance(entries, list):
            malformed(expected(code, "an array", entries), anchor)
        for entry in entries:
            place = _place(code, entry, anchor)
            if place in seen:
                malformed(
                    f'You cannot update the same product value on the "{code}" attribute twice, '
                    "with the same scope and locale.",
                    anchor,
                )
            seen.add(place)
            yield place, entry["data"]


def _place(code: str, entry: Any, anchor: str) -> Place:
    if not isinstance(entry, dict):
        malformed(expected(code, "an array of arrays", entry), anchor)
    for name in _MEMBERS:
        if name not in entry:
            malformed(f'Property "{code}" expects an array with the key "{name}".', anchor)
    for name in ("locale", "scope"):
        if entry[name] is not None and not isinstance(entry[name], str):
            malformed(expected(name, "a string", entry[name]), anchor)
    return code, entry["locale"], entry["scope"]


def _elsewhere(code: str, family: str | None, of_family: frozenset[str]) -> str:
    if code not in of_family:
        return f'Attribute "{code}" does not belong to the family "{family}"'
    return f'Cannot set the property "{code}" to this entity as it is not in the attribute set'
