"""Documents as channels with variants read them: one product with its variants, or with itself.

A document is a model with `variants` (and each variant's `variation_axes_values`), or a product
that stands alone, which is then its own and only variant, without axes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from channels.base import ChannelProduct

_AXES = "variation_axes"
_AXIS_VALUES = ("variation_axes_values", "variant_axes_values")  # both are documented
_VARIANTS = "variants"

CATEGORIES = "pim_categories"  # codes of the categories that a product is in

_DEEPEST = 50  # levels; the PIM's own documents have eight


@dataclass(frozen=True, slots=True)
class Axis:
    """What variants differ in. `labels` by the channel's languages."""

    code: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AxisValue:
    """Where one variant stands on an axis; `value` tells it apart from all others."""

    axis: str
    value: str
    labels: Mapping[str, str]

    def label(self, language: str) -> str:
        return self.labels.get(language) or next(iter(self.labels.values()), "") or self.value


@dataclass(frozen=True, slots=True)
class ShopVariant:
    """What can be bought. `fields` has the value of each target that is filled."""

    uuid: str
    fields: Mapping[str, Any]
    axis_values: tuple[AxisValue, ...] = ()


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """What stands on a page of a shop."""

    key: str
    fields: Mapping[str, Any]
    variants: tuple[ShopVariant, ...]
    axes: tuple[Axis, ...] = ()

    @property
    def categories(self) -> list[str]:
        """The codes of its categories, as far as the catalog carries them."""
        return [one for one in _listed(self.fields.get(CATEGORIES)) if isinstance(one, str)]


def shop_product(product: ChannelProduct, *, max_axes: int) -> ShopProduct:
    """Read a document. More axes than `max_axes` are joined into the last one.

    Raises ValueError with a sentence for a document that has no such shape.
    """
    document = _document(product)
    variants = document.pop(_VARIANTS, None)
    if variants is None:
        alone = ShopVariant(str(document.get("uuid") or product.key), document)
        return ShopProduct(product.key, document, (alone,))
    if not isinstance(variants, list) or not all(isinstance(one, dict) for one in variants):
        raise ValueError("The model's variants are not a list of objects.")
    axes = tuple(
        Axis(str(axis["code"]), _labels(axis.get("label")))
        for axis in _listed(document.pop(_AXES, None))
        if isinstance(axis, dict) and "code" in axis
    )
    read = tuple(map(_variant, variants))
    if len(axes) > max_axes:
        axes, read = _joined(axes, read, max_axes)
    return ShopProduct(product.key, document, read, axes)


def localized(value: Any) -> dict[str, Any]:
    """The values of a localized target by language.

    A language that is missing is to stay as the channel has it, one with None is to be emptied.
    """
    entries = value if isinstance(value, list) else [value]
    return {
        str(one["locale"]): one.get("value")
        for one in entries
        if isinstance(one, dict) and "locale" in one
    }


def prices(value: Any) -> dict[str, Decimal | int]:
    """The amounts of a target with prices by currency."""
    entries = value if isinstance(value, list) else [value]
    return {
        str(one["currency"]): one["amount"]
        for one in entries
        if isinstance(one, dict) and {"currency", "amount"} <= one.keys()
    }


def _document(product: ChannelProduct) -> dict[str, Any]:
    """The document as an object. Raises ValueError with a sentence for one that is of no use.

    What is nested without an end would break whatever looks into it later, and its neighbours.
    """
    try:
        document = product.data
    except (ValueError, RecursionError):
        raise ValueError("The product's document cannot be read.") from None
    if not isinstance(document, dict):
        raise ValueError("The product's document is not a JSON object.")
    level: list[Any] = [document]
    for _ in range(_DEEPEST):
        within = [
            one for each in level for one in (each.values() if isinstance(each, dict) else each)
        ]
        level = [one for one in within if isinstance(one, dict | list)]
    if level:
        raise ValueError(f"The product's document is nested deeper than {_DEEPEST} levels.")
    return document


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _variant(document: dict[str, Any]) -> ShopVariant:
    if not isinstance(document.get("uuid"), str):
        raise ValueError("A variant of the model has no uuid.")
    entries: Any = None
    for name in _AXIS_VALUES:
        entries = document.pop(name, None) or entries
    values = tuple(
        AxisValue(str(one["code"]), _axis_text(one.get("value")), _labels(one.get("label")))
        for one in _listed(entries)
        if isinstance(one, dict) and "code" in one
    )
    return ShopVariant(document["uuid"], document, values)


def _axis_text(value: Any) -> str:
    """An axis value as text: an option's or record's code, yes or no, a measurement."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return " ".join(str(value[part]) for part in ("amount", "unit") if part in value)
    return "" if value is None else str(value)


def _labels(entries: Any) -> dict[str, str]:
    return {language: str(text) for language, text in localized(entries or []).items() if text}


def _joined(
    axes: Sequence[Axis], variants: Sequence[ShopVariant], most: int
) -> tuple[tuple[Axis, ...], tuple[ShopVariant, ...]]:
    """Let the last axis stand for all that are one too many."""
    kept, rest = axes[: most - 1], axes[most - 1 :]
    codes = [axis.code for axis in rest]
    joined = Axis("-".join(codes), _joined_labels([axis.labels for axis in rest], codes))
    return (*kept, joined), tuple(
        ShopVariant(one.uuid, one.fields, _joined_values(one, kept, rest, joined.code))
        for one in variants
    )


def _joined_values(
    variant: ShopVariant, kept: Sequence[Axis], rest: Sequence[Axis], code: str
) -> tuple[AxisValue, ...]:
    by_axis = {value.axis: value for value in variant.axis_values}
    last = [by_axis[axis.code] for axis in rest if axis.code in by_axis]
    values = [value.value for value in last]
    joined = AxisValue(code, " / ".join(values), _joined_labels([v.labels for v in last], values))
    return (*(by_axis[axis.code] for axis in kept if axis.code in by_axis), joined)


def _joined_labels(labels: Sequence[Mapping[str, str]], otherwise: Sequence[str]) -> dict[str, str]:
    languages = dict.fromkeys(language for one in labels for language in one)
    return {
        language: " / ".join(
            one.get(language) or text for one, text in zip(labels, otherwise, strict=True)
        )
        for language in languages
    }
