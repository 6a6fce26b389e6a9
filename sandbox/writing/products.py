"""Products as apps create and change them."""

import re
import uuid as uuids
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sandbox.data.assortment import (
    IDENTIFIER,
    Assortment,
    Edits,
    Model,
    Product,
    value_in,
)
from sandbox.writing.levels import Level, level_of
from sandbox.writing.outcomes import Written, outcome
from sandbox.writing.refusals import Refusal, Violation, expected, malformed, unless_valid
from sandbox.writing.values import keep_level, merge, read_values

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_OWN = ("uuid", "enabled", "family", "categories", "groups", "parent", "values")
# Which the PIM shows and nobody sets; who sends back what he has read is not refused.
SHOWN_ONLY = (
    *("created", "updated", "metadata", "quality_scores", "completenesses", "root_parent"),
    "workflow_execution_statuses",
)
ASSOCIATIONS = ("associations", "quantified_associations")
_IDENTIFIER_PLACE = (IDENTIFIER, None, None)


def write_product(
    assortment: Assortment,
    uuid: str,
    body: dict[str, Any],
    now: float,
    anchor: str,
    *,
    ignore_wrong_level: bool = False,
) -> Written:
    """Create or update a product; return what that did. Raises Refusal and then changes nothing.

    `anchor` is what the documentation calls the endpoint. Values that live at another level are
    refused or ignored: a PIM's public source does the latter, without a word.
    """
    check_properties(body, (*_OWN, *SHOWN_ONLY, *ASSOCIATIONS), anchor)
    if not _UUID.fullmatch(uuid):
        malformed("This is not a valid UUID.", anchor)
    key = uuid.lower()
    if isinstance(body.get("uuid"), str) and body["uuid"].lower() != key:
        raise Refusal(
            f'The uuid "{body["uuid"]}" provided in the request body must match the uuid "{uuid}" '
            "provided in the url."
        )
    is_new = not assortment.has_product(key)
    old = Product(key, "", None, None, (), True, now, now) if is_new else assortment.product(key)
    violations: list[Violation] = []
    wanted = _wanted(assortment, old, body, anchor, violations)
    level = level_of(assortment, wanted)
    edits = edits_of(assortment, wanted, body, anchor, violations, ignored=ignore_wrong_level)
    _check_identifier(assortment, wanted, edits, violations)
    is_moved = is_new or wanted.parent != old.parent
    siblings = _siblings(assortment, wanted) if is_moved else ()
    check_axes(assortment, wanted, level, edits, violations, siblings=siblings, is_new=is_moved)
    unless_valid(violations)
    is_changed = _apply(assortment, old, wanted, edits, now, is_new=is_new)
    return outcome(is_new=is_new, is_changed=is_changed)


def edits_of(
    assortment: Assortment,
    wanted: Product | Model,
    body: dict[str, Any],
    anchor: str,
    violations: list[Violation],
    *,
    ignored: bool,
) -> Edits:
    """The values of the body that the item can hold; others are violations, or ignored."""
    edits = read_values(assortment, body.get("values", {}), anchor, violations)
    attributes = family_attributes(assortment, wanted.family)
    level = level_of(assortment, wanted)
    return keep_level(edits, level, wanted.family, attributes, violations, ignored=ignored)


def new_uuid() -> str:
    """A uuid for a product that is created without one."""
    return str(uuids.uuid4())


def check_properties(body: dict[str, Any], known: Iterable[str], anchor: str) -> None:
    """Refuse properties that there are not; the sandbox takes no associations either."""
    for name in body:
        if name not in known:
            malformed(f'Property "{name}" does not exist.', anchor)
    for name in ASSOCIATIONS:
        if body.get(name) and any(_members(body[name])):
            raise Refusal("The sandbox shows associations and does not take them.")


def read_categories(assortment: Assortment, given: Any, anchor: str) -> tuple[str, ...]:
    """The categories, sorted, or Refusal."""
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        malformed(expected("categories", "an array", given), anchor)
    for code in given:
        if code not in assortment.categories:
            malformed(f"The {code} category does not exist in your PIM.", anchor)
    return tuple(sorted(set(given)))


def with_inherited(assortment: Assortment, item: Product | Model) -> tuple[str, ...]:
    """The item's categories with those of the models above, which nobody takes from it."""
    above = (code for model in assortment.parents(item) for code in model.categories)
    return tuple(sorted({*item.categories, *above}))


def read_parent(assortment: Assortment, given: Any, anchor: str) -> Model | None:
    """The model that is to be the parent, None for none, or Refusal."""
    if given in (None, ""):
        return None
    if not isinstance(given, str):
        malformed(expected("parent", "a string", given), anchor)
    if given not in assortment.models:
        malformed(
            'Property "parent" expects a valid parent code. The parent product model does not '
            f'exist, "{given}" given.',
            anchor,
        )
    return assortment.models[given]


def family_attributes(assortment: Assortment, family: str | None) -> frozenset[str]:
    return frozenset(assortment.families[family]["attributes"]) if family else frozenset()


def check_axes(
    assortment: Assortment,
    item: Product | Model,
    level: Level | None,
    edits: Edits,
    violations: list[Violation],
    *,
    siblings: Iterable[Product | Model],
    is_new: bool,
) -> None:
    """What tells items of one parent apart is there, stays as it is, and is each item's own."""
    if level is None or not level.axes:
        return
    if not is_new and not any((axis, None, None) in edits for axis in level.axes):
        return
    before = assortment.values_of(item)
    for axis in level.axes:
        place = (axis, None, None)
        old = value_in(before, *place)
        new = edits.get(place, old)
        if new is None:
            violations.append(
                Violation(
                    "attribute",
                    f'Attribute "{axis}" cannot be empty, as it is defined as an axis for this '
                    "entity",
                )
            )
        elif not is_new and new != old:
            violations.append(
                Violation("attribute", f'Variant axis "{axis}" cannot be modified, "{new}" given')
            )
    own = [edits.get((axis, None, None), value_in(before, axis, None, None)) for axis in level.axes]
    for sibling in siblings:
        values = assortment.values_of(sibling)
        if own == [value_in(values, axis, None, None) for axis in level.axes]:
            kind = "variant product" if isinstance(item, Product) else "product model"
            violations.append(
                Violation(
                    "attribute",
                    f'Cannot set value "{",".join(f"[{each}]" for each in own)}" for the attribute '
                    f'axis "{",".join(level.axes)}" on {kind} "{_name(item)}", as the {kind} '
                    f'"{_name(sibling)}" already has this value',
                )
            )
            return


def _wanted(
    assortment: Assortment,
    old: Product,
    body: dict[str, Any],
    anchor: str,
    violations: list[Violation],
) -> Product:
    """The product with the properties that are to be, without values."""
    wanted = replace(old)
    if "enabled" in body:
        if not isinstance(body["enabled"], bool):
            malformed(expected("enabled", "a boolean", body["enabled"]), anchor)
        wanted.enabled = body["enabled"]
    if "family" in body:
        wanted.family = _family(assortment, body["family"], anchor)
    if body.get("groups"):
        malformed('Property "groups" expects a valid group code. The group does not exist.', anchor)
    if "parent" in body:
        parent = read_parent(assortment, body["parent"], anchor)
        wanted.parent = parent.code if parent else None
        if parent:
            _check_parent(assortment, wanted, parent, violations, has_family="family" in body)
    elif wanted.parent and wanted.family != assortment.models[wanted.parent].family:
        violations.append(_other_family())
    if "categories" in body:
        wanted.categories = read_categories(assortment, body["categories"], anchor)
    wanted.categories = with_inherited(assortment, wanted)
    return wanted


def _family(assortment: Assortment, given: Any, anchor: str) -> str | None:
    if given in (None, ""):
        return None
    if not isinstance(given, str):
        malformed(expected("family", "a string", given), anchor)
    if given not in assortment.families:
        malformed(f"The {given} family does not exist in your PIM.", anchor)
    return given


def _check_parent(
    assortment: Assortment,
    wanted: Product,
    parent: Model,
    violations: list[Violation],
    *,
    has_family: bool,
) -> None:
    if not has_family and wanted.family is None:
        wanted.family = parent.family
    elif wanted.family != parent.family:
        violations.append(_other_family())
    sets = assortment.family_variants[parent.family][parent.family_variant]
    if len(sets["variant_attribute_sets"]) != 1 + sum(1 for _ in assortment.parents(parent)):
        violations.append(
            Violation(
                "parent",
                f'The variant product "{wanted.identifier}" cannot have product model '
                f'"{parent.code}" as parent, (this product model can only have other product '
                "models as children)",
            )
        )


def _other_family() -> Violation:
    return Violation("family", "The variant product family must be the same than its parent")


def _check_identifier(
    assortment: Assortment, wanted: Product, edits: Edits, violations: list[Violation]
) -> None:
    identifier = edits.get(_IDENTIFIER_PLACE)
    owner = assortment.identified(identifier) if identifier else None
    if owner is not None and owner.uuid != wanted.uuid:
        violations.append(
            Violation("identifier", "The same identifier is already set on another product")
        )


def _siblings(assortment: Assortment, wanted: Product) -> Iterable[Product]:
    """The other variants of its parent."""
    if wanted.parent is None:
        return ()
    *_, root = assortment.parents(wanted)
    return (
        each
        for each in assortment.variants_below(root.code)
        if each.parent == wanted.parent and each.uuid != wanted.uuid
    )


def _apply(
    assortment: Assortment, old: Product, wanted: Product, edits: Edits, now: float, *, is_new: bool
) -> bool:
    """Let the product be as it is wanted; its date moves only if it was not so before.

    Whether it was not.
    """
    parent = wanted.parent
    identifier = edits.get(_IDENTIFIER_PLACE, old.identifier) or ""
    if is_new:
        old.identifier = identifier
        assortment.add(old)
    before = (old.enabled, old.family, old.categories, old.parent)
    if parent != old.parent:
        assortment.hang(old.uuid, parent)
    old.enabled, old.family, old.categories = wanted.enabled, wanted.family, wanted.categories
    if identifier != old.identifier:
        assortment.rename(old, identifier)
    is_changed = merge(assortment, old, edits)
    if before != (old.enabled, old.family, old.categories, old.parent):
        is_changed = True
    if is_changed:
        old.updated = now
    return is_changed


def _members(value: Any) -> Iterable[Any]:
    """What lies in it that is neither a list nor an object."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _members(each)
    else:
        yield value


def _name(item: Product | Model) -> str:
    return item.identifier if isinstance(item, Product) else item.code
