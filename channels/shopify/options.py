"""Axes as Shopify's options: names that customers read, and told apart where labels are equal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from channels.shop_products import ShopProduct, ShopVariant

MOST_VARIANTS = 2048
_LONGEST = 255  # characters of an option's name or value

# What Shopify calls the option of a product that has none.
ALONE = ("Title", "Default Title")


@dataclass(frozen=True, slots=True)
class Option:
    """`values` has the label in the shop's primary language by the value of the axis."""

    axis: str
    name: str
    labels: Mapping[str, str]
    values: Mapping[str, str]
    value_labels: Mapping[str, Mapping[str, str]]


def options_of(product: ShopProduct, language: str) -> tuple[Option, ...]:
    """The product's options; none for one that stands alone. Raises ValueError with a sentence."""
    if len(product.variants) > MOST_VARIANTS:
        raise ValueError(
            f"It has {len(product.variants):,} variants, and Shopify takes {MOST_VARIANTS:,}."
        )
    if not product.variants:
        raise ValueError("It has no variants, so there is nothing that could be bought.")
    names = _distinct(
        {
            axis.code: axis.labels.get(language) or _any(axis.labels, axis.code)
            for axis in product.axes
        }
    )
    options = []
    for axis in product.axes:
        values = {
            one.value: one
            for variant in product.variants
            for one in variant.axis_values
            if one.axis == axis.code
        }
        options.append(
            Option(
                axis.code,
                names[axis.code],
                axis.labels,
                _distinct({value: one.label(language) for value, one in values.items()}),
                {value: one.labels for value, one in values.items()},
            )
        )
    _raise_for_twins(product.variants, options)
    return tuple(options)


def chosen(variant: ShopVariant, options: Sequence[Option]) -> list[tuple[str, str]]:
    """What the variant has of each option, as (name, value)."""
    if not options:
        return [ALONE]
    by_axis = {one.axis: one.value for one in variant.axis_values}
    return [(option.name, option.values[by_axis[option.axis]]) for option in options]


def _raise_for_twins(variants: Iterable[ShopVariant], options: Sequence[Option]) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for variant in variants:
        by_axis = {one.axis: one.value for one in variant.axis_values}
        missing = [option.name for option in options if not by_axis.get(option.axis)]
        if missing:
            raise ValueError(
                f"A variant has no value for “{missing[0]}”, by which the variants differ."
            )
        point = tuple(by_axis[option.axis] for option in options)
        if point in seen:
            what = ", ".join(point) or "no axis at all"
            raise ValueError(f"Two variants are the same to customers: both have {what}.")
        seen[point] = variant.uuid


def _distinct(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels; where two are equal to Shopify, which ignores case, with the code behind."""
    counts: dict[str, int] = {}
    for label in labels.values():
        counts[label.casefold()] = counts.get(label.casefold(), 0) + 1
    return {
        code: (label if counts[label.casefold()] == 1 else f"{label} ({code})")[:_LONGEST]
        for code, label in labels.items()
    }


def _any(labels: Mapping[str, str], code: str) -> str:
    return next(filter(None, labels.values()), code)
