"""What the PIM takes as one value: normal forms, their digests, and values within a product.

A value has the PIM's own form (pim-contract.md 3.8) everywhere here; nothing, null, an empty text
and an empty list are the same to the PIM, and are None.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

import msgspec

from pim.finding import FoundModel, FoundProduct

NUMBER = "pim_catalog_number"
METRIC = "pim_catalog_metric"
PRICES = "pim_catalog_price_collection"
DATE = "pim_catalog_date"
MULTISELECT = "pim_catalog_multiselect"
ASSETS = "pim_catalog_asset_collection"
ASSET_FILE = "media_file"  # of an attribute of assets
FILES = frozenset({"pim_catalog_image", "pim_catalog_file", ASSET_FILE})

# A PIM shows numbers with so many decimals, whatever was sent.
_DECIMALS, _OF_A_PRICE = 4, 2
_EXACT = Context(prec=2000)

PROPERTIES = ("enabled", "family", "parent", "categories")

# The PIM sorts these, so their order says nothing; assets are shown in the order they are given.
_UNORDERED = frozenset({MULTISELECT, "pim_reference_data_multiselect", "categories"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a product a value stands; empty texts where an attribute has no such level.

    `type` is the attribute's, as `pim_catalog_text`, and empty for a property of the product.
    """

    attribute: str
    locale: str = ""
    scope: str = ""
    part: str = ""
    type: str = ""


def normal(value: Any, type_: str) -> Any:
    """Return the form in which values that are equal to the PIM are equal; None for nothing.

    `type_` is the attribute's, or the name of a property. What is not of its type stays as it is.
    A file that is still to be sent is what is in it, wherever it lies (`enrichment.media.files`).
    """
    if value is None or value == "" or value == []:
        return None
    if type_ in _UNORDERED and isinstance(value, list):
        return sorted(set(map(str, value)))
    if type_ in FILES and isinstance(value, Mapping):
        return ["file", value.get("content")]
    if type_ == METRIC and isinstance(value, Mapping):
        amount = value.get("amount")
        return None if amount is None else [_number(amount), str(value.get("unit"))]
    if type_ == PRICES:
        return _prices(value) if isinstance(value, list) else _number(value, _OF_A_PRICE)
    if type_ == NUMBER:
        return _number(value)
    if type_ == DATE and isinstance(value, str):
        return _day(value)
    return value


def digest(value: Any, type_: str) -> str:
    """Return 32 characters that are the same for what the PIM takes as the same value."""
    encoded = msgspec.json.encode(normal(value, type_), order="sorted")
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()


def current(found: FoundProduct | FoundModel | None, place: Place) -> Any:
    """Return what stands there; None for nothing, and in a product that is not there yet."""
    if found is None:
        return None
    if not place.type:
        value = getattr(found, place.attribute, None)
        return list(value) if isinstance(value, tuple) else value
    value = next(
        (
            entry["data"]
            for entry in found.values.get(place.attribute, ())
            if (entry.get("locale") or "") == place.locale
            and (entry.get("scope") or "") == place.scope
        ),
        None,
    )
    if not place.part:
        return value
    prices = value if isinstance(value, list) else []
    return next((str(one["amount"]) for one in prices if _is_in(one, place.part)), None)


def changes(
    found: FoundProduct | FoundModel | None, wanted: Iterable[tuple[Place, Any]]
) -> dict[str, Any]:
    """Return what to write into a product so that it holds these values, as the PIM wants it.

    Prices in other currencies, which the PIM would drop, are those that stand there.
    """
    change: dict[str, Any] = {}
    values: dict[tuple[str, str, str], Any] = {}
    for place, value in wanted:
        if not place.type:
            change[place.attribute] = (
                [] if value is None and place.attribute == "categories" else value
            )
            continue
        at = (place.attribute, place.locale, place.scope)
        if place.part:
            whole = Place(place.attribute, place.locale, place.scope, type=place.type)
            prices = values[at] if at in values else current(found, whole)
            value = _with_price(prices, place.part, value)
        values[at] = value
    for (attribute, locale, scope), value in values.items():
        entry = {"locale": locale or None, "scope": scope or None, "data": value}
        change.setdefault("values", {}).setdefault(attribute, []).append(entry)
    return change


def _with_price(prices: Any, currency: str, amount: Any) -> list[dict[str, Any]] | None:
    others = [
        {"amount": one.get("amount"), "currency": one.get("currency")}
        for one in (prices if isinstance(prices, list) else ())
        if isinstance(one, Mapping) and not _is_in(one, currency)
    ]
    if amount is not None:
        others.append({"amount": amount, "currency": currency})
    return others or None


def _prices(value: Sequence[Any]) -> Any:
    amounts = [
        [str(one.get("currency")), _number(one["amount"], _OF_A_PRICE)]
        for one in value
        if isinstance(one, Mapping) and one.get("amount") is not None
    ]
    return sorted(amounts) or None


def _is_in(price: Any, currency: str) -> bool:
    return (
        isinstance(price, Mapping)
        and price.get("currency") == currency
        and price.get("amount") is not None
    )


def _number(value: Any, decimals: int = _DECIMALS) -> str:
    """12.5, "12.5000" and "012.5" are one number; what is none is its own text.

    Further decimals than the PIM shows are rounded as it does.
    """
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not number.is_finite():
        return str(value)
    if number.adjusted() > 1000:  # no number of a product: written out it would be endless
        return str(value)
    number = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EXACT)
    text = format(number.normalize(_EXACT), "f")
    return "0" if text == "-0" else text


def _day(value: str) -> str:
    """The PIM gives a date with a time of its own time zone; it keeps the day (3.8)."""
    try:
        return datetime.fromisoformat(value).date().isoformat()
    except ValueError:
        return value
