"""How complete and how good products are, by PIM channel and locale (pim-contract.md 3.8)."""

from collections.abc import Collection, Iterator
from typing import Any

from sandbox.data.assortment import Assortment, Model, Product, value_in
from sandbox.data.designs import Values

# The share of its family's attributes that a product has filled -> its score; below all: E.
_SCORES = ((0.9, "A"), (0.8, "B"), (0.7, "C"), (0.6, "D"))


def completenesses(
    assortment: Assortment, product: Product, values: Values
) -> list[dict[str, Any]]:
    """How much of what the family requires is filled, in per cent; nothing without a family."""
    if product.family is None:
        return []
    required = assortment.families[product.family]["attribute_requirements"]
    return [
        {
            "scope": scope,
            "locale": locale,
            "data": int(100 * _filled(assortment, values, required[scope], scope, locale)),
        }
        for scope, locale in _places(assortment)
    ]


def quality_scores(
    assortment: Assortment, item: Product | Model, values: Values
) -> list[dict[str, Any]]:
    """From A to E, by how many of the family's attributes are filled."""
    if item.family is None:
        return []
    attributes = assortment.families[item.family]["attributes"]
    scores = []
    for scope, locale in _places(assortment):
        filled = _filled(assortment, values, attributes, scope, locale)
        score = next((letter for least, letter in _SCORES if filled >= least), "E")
        scores.append({"scope": scope, "locale": locale, "data": score})
    return scores


def _places(assortment: Assortment) -> Iterator[tuple[str, str]]:
    for scope, channel in assortment.channels.items():
        for locale in channel["locales"]:
            yield scope, locale


def _filled(
    assortment: Assortment, values: Values, codes: Collection[str], scope: str, locale: str
) -> float:
    """The share of the attributes that have a value for the channel and locale."""
    filled = 0
    for code in codes:
        attribute = assortment.attributes[code]
        data = value_in(
            values,
            code,
            locale if attribute["localizable"] else None,
            scope if attribute["scopable"] else None,
        )
        filled += data is not None
    return filled / len(codes) if codes else 1.0
