"""What may be put into a value: the PIM's own rules, so that no reader meets what no PIM stores."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from sandbox import media
from sandbox.data.assortment import Assortment
from sandbox.data.reference_entities import TYPE as REFERENCE_ENTITY

_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,4})?", re.ASCII)


class InvalidEdit(ValueError):
    """The value cannot be stored; the text says why."""


def checked(
    assortment: Assortment, code: str, data: Any, locale: str | None, scope: str | None
) -> Any:
    """The data as the PIM stores it; None erases.

    `locale` and `scope` must be given exactly where the attribute has them. Raises InvalidEdit, or
    KeyError if there is no such attribute.
    """
    attribute = assortment.attributes[code]
    _check_place(assortment, attribute, locale, scope)
    if data is None:
        return None
    kind = attribute["type"].removeprefix("pim_catalog_")
    stored = _STORED[kind](assortment, attribute, data)
    if stored is None:
        raise InvalidEdit(f"{code} is {_FORMS[kind]}.")
    return stored


def _check_place(
    assortment: Assortment, attribute: dict[str, Any], locale: str | None, scope: str | None
) -> None:
    code = attribute["code"]
    for wanted, given, name in (
        (attribute["localizable"], locale, "locale"),
        (attribute["scopable"], scope, "scope"),
    ):
        if wanted and not isinstance(given, str):
            raise InvalidEdit(f"A value of {code} needs a {name}.")
        if not wanted and given is not None:
            raise InvalidEdit(f"A value of {code} has no {name}.")
    if scope is not None and scope not in assortment.channels:
        raise InvalidEdit(f"There is no channel {scope}.")
    channels = assortment.channels.values() if scope is None else [assortment.channels[scope]]
    if locale is not None and not any(locale in channel["locales"] for channel in channels):
        raise InvalidEdit(f"The locale {locale} is not active{f' in {scope}' if scope else ''}.")


def _text(assortment: Assortment, attribute: dict[str, Any], data: Any) -> str | None:
    return data if isinstance(data, str) and data else None


def _boolean(assortment: Assortment, attribute: dict[str, Any], data: Any) -> bool | None:
    return data if isinstance(data, bool) else None


def _number(assortment: Assortment, attribute: dict[str, Any], data: Any) -> int | str | None:
    amount = _amount(data)
    if amount is None or attribute["decimals_allowed"]:
        return amount
    return None if "." in amount else int(amount)


def _metric(assortment: Assortment, attribute: dict[str, Any], data: Any) -> dict[str, Any] | None:
    units = assortment.measurement_families[attribute["metric_family"]]["units"]
    amount, unit = (
        (_amount(data.get("amount")), data.get("unit")) if isinstance(data, dict) else (None, None)
    )
    if amount is None or not isinstance(unit, str) or unit not in units:
        return None
    return {"amount": amount, "unit": unit, "symbol": units[unit]["symbol"]}


def _prices(
    assortment: Assortment, attribute: dict[str, Any], data: Any
) -> list[dict[str, str]] | None:
    active = [code for code, each in assortment.currencies.items() if each["enabled"]]
    prices: dict[str, str] = {}
    for price in data if isinstance(data, list) else [None]:
        given = price if isinstance(price, dict) else {}
        amount, currency = _amount(given.get("amount")), given.get("currency")
        if amount is None or currency not in active:
            return None
        prices[currency] = amount
    return [{"amount": amount, "currency": currency} for currency, amount in sorted(prices.items())]


def _date(assortment: Assortment, attribute: dict[str, Any], data: Any) -> str | None:
    try:
        moment = dt.datetime.fromisoformat(data)
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or dt.UTC).isoformat(timespec="seconds")


def _option(assortment: Assortment, attribute: dict[str, Any], data: Any) -> str | None:
    known = assortment.options.get(attribute["code"], {})
    return data if isinstance(data, str) and data in known else None


def _record(assortment: Assortment, attribute: dict[str, Any], data: Any) -> str | None:
    known = assortment.reference_entities[attribute["reference_data_name"]].records
    return data if isinstance(data, str) and data in known else None


def _options(assortment: Assortment, attribute: dict[str, Any], data: Any) -> list[str] | None:
    known = assortment.options.get(attribute["code"], {})
    if not isinstance(data, list) or not all(isinstance(each, str) for each in data):
        return None
    return sorted(set(data)) if set(data) <= known.keys() else None


def _file(assortment: Assortment, attribute: dict[str, Any], data: Any) -> str | None:
    return data if isinstance(data, str) and media.find(assortment, data) else None


def _amount(data: Any) -> str | None:
    """A number as the PIM writes it where decimals are allowed: as a text."""
    text = str(data) if type(data) in (int, float, str) else ""
    return text if _NUMBER.fullmatch(text) else None


_STORED: dict[str, Callable[[Assortment, dict[str, Any], Any], Any]] = {
    "identifier": _text,
    "text": _text,
    "textarea": _text,
    "boolean": _boolean,
    "number": _number,
    "metric": _metric,
    "price_collection": _prices,
    "date": _date,
    "simpleselect": _option,
    "multiselect": _options,
    REFERENCE_ENTITY: _record,
    "image": _file,
    "file": _file,
}
_FORMS = {
    **dict.fromkeys(("identifier", "text", "textarea"), "a text"),
    "boolean": "true or false",
    "number": "a number, whole unless it allows decimals, with at most four of them",
    "metric": "an object with amount and one of its family's units",
    "price_collection": "a list of objects with amount and an active currency",
    "date": "a date as in 2025-03-01",
    "simpleselect": "one of its options",
    "multiselect": "a list of its options",
    REFERENCE_ENTITY: "the code of a record",
    **dict.fromkeys(("image", "file"), "the code of a media file"),
}
