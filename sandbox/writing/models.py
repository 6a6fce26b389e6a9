"""Product models as apps create and change them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sandbox.data.assortment import Assortment, Edits, Model
from sandbox.writing.levels import level_of
from sandbox.writing.outcomes import Written, outcome
from sandbox.writing.products import (
    ASSOCIATIONS,
    SHOWN_ONLY,
    check_axes,
    check_properties,
    edits_of,
    read_categories,
    read_parent,
    with_inherited,
)
from sandbox.writing.refusals import Refusal, Violation, expected, malformed, unless_valid
from sandbox.writing.values import merge

_OWN = ("code", "family", "family_variant", "parent", "categories", "values")
_LONGEST_CODE = 255


def write_model(
    assortment: Assortment,
    code: str,
    body: dict[str, Any],
    now: float,
    anchor: str,
    *,
    ignore_wrong_level: bool = False,
) -> Written:
    """Create or update a product model; the rules are those of `write_product`."""
    check_properties(body, (*_OWN, *SHOWN_ONLY, *ASSOCIATIONS), anchor)
    if body.get("code", code) != code:
        raise Refusal(
            f'The code "{body["code"]}" provided in the request body must match the code "{code}" '
            "provided in the url."
        )
    violations: list[Violation] = []
    old = assortment.models.get(code)
    is_new = old is None
    if old is None:
        old = _new(assortment, code, body, now, anchor)
    wanted = _wanted(assortment, old, body, anchor, violations)
    level = level_of(assortment, wanted)
    edits = edits_of(assortment, wanted, body, anchor, violations, ignored=ignore_wrong_level)
    siblings = _siblings(assortment, wanted) if is_new else ()
    check_axes(assortment, wanted, level, edits, violations, siblings=siblings, is_new=is_new)
    unless_valid(violations)
    is_changed = _apply(assortment, old, wanted, edits, now, is_new=is_new)
    return outcome(is_new=is_new, is_changed=is_changed)


def _new(assortment: Assortment, code: str, body: dict[str, Any], now: float, anchor: str) -> Model:
    """A model with nothing but its place in the structure."""
    if not 0 < len(code) <= _LONGEST_CODE:
        raise Refusal("The product model code must not be empty.")
    parent = read_parent(assortment, body.get("parent"), anchor)
    if parent is not None:
        return _below(assortment, parent, code, now, anchor)
    given = body.get("family_variant")
    if given is None:
        unless_valid(
            [Violation("family_variant", "The product model family variant must not be empty.")]
        )
    if not isinstance(given, str):
        malformed(expected("family_variant", "a string", given), anchor)
    for family, variants in assortment.family_variants.items():
        if given in variants:
            return Model(code, family, given, None, (), now, now, None)
    malformed(
        'Property "family_variant" expects a valid family variant code. The family variant does '
        f'not exist, "{given}" given.',
        anchor,
    )


def _below(assortment: Assortment, parent: Model, code: str, now: float, anchor: str) -> Model:
    variant = assortment.family_variants[parent.family][parent.family_variant]
    if parent.parent is not None:
        malformed(
            'Property "parent" expects a valid parent code. The new parent of the product model '
            f'must be a root product model, "{parent.code}" given.',
            anchor,
        )
    if len(variant["variant_attribute_sets"]) < 2:
        unless_valid([Violation("parent", f'The product model "{code}" cannot have a parent')])
    return Model(code, parent.family, parent.family_variant, parent.code, (), now, now, None)


def _wanted(
    assortment: Assortment,
    old: Model,
    body: dict[str, Any],
    anchor: str,
    violations: list[Violation],
) -> Model:
    wanted = replace(old)
    for name, own in (
        ("family", old.family),
        ("family_variant", old.family_variant),
        ("parent", old.parent),
    ):
        if name in body and (body[name] or None) != own:
            # Of an old one the PIM would take another parent below the same root; nobody needs it.
            violations.append(Violation(name, "This property cannot be changed."))
    if "categories" in body:
        wanted.categories = read_categories(assortment, body["categories"], anchor)
    wanted.categories = with_inherited(assortment, wanted)
    return wanted


def _siblings(assortment: Assortment, wanted: Model) -> Iterable[Model]:
    if wanted.parent is None:
        return ()
    return (
        each
        for each in list(assortment.models.values())
        if each.parent == wanted.parent and each.code != wanted.code
    )


def _apply(
    assortment: Assortment, old: Model, wanted: Model, edits: Edits, now: float, *, is_new: bool
) -> bool:
    """As for products; whether it was changed."""
    is_changed = merge(assortment, old, edits)
    if is_new:
        assortment.models[old.code] = old
    if old.categories != wanted.categories:
        old.categories = wanted.categories
        is_changed = True
    if is_changed:
        old.updated = now
    return is_changed
