"""Conditions of a search on the values of attributes (pim-contract.md 3.3)."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.data.assortment import Assortment, Model, Product, value_in
from sandbox.rest.conditions import (
    COMPARISONS,
    Test,
    among,
    among_names,
    expect,
    list_of_codes,
    unfit,
    unsupported,
)
from sandbox.rest.problems import refuse
from sandbox.sources import LINKS, METRIC, PRICE, SELECTS, TEXTS

_MAX_IDENTIFIERS = 100
_NUMBERS = ("pim_catalog_number", METRIC, PRICE)
_FILES = ("pim_catalog_image", "pim_catalog_file")


def value_test(
    assortment: Assortment,
    attribute: dict[str, Any],
    operator: str,
    value: Any,
    locale: Any,
    scope: Any,
) -> Test:
    """Whether an item's value of the attribute fits, or 422.

    `locale` and `scope` are looked at only where the attribute has them.
    """
    code, kind = attribute["code"], attribute["type"]
    place = _place(assortment, attribute, locale, scope)

    def data(item: Product | Model) -> Any:
        return value_in(assortment.values_of(item), code, *place)

    if kind == "pim_catalog_identifier":
        return _identifier(code, operator, value)
    if operator in ("EMPTY", "NOT EMPTY"):
        return lambda item: (data(item) is None) is (operator == "EMPTY")
    if kind in SELECTS or kind in LINKS:
        return among(code, operator, value, lambda item: _as_list(data(item)))
    if kind == "pim_catalog_boolean" and operator in ("=", "!="):
        expect(isinstance(value, bool), code, "a boolean", value)
        return lambda item: (data(item) is value) is (operator == "=")
    if kind == "pim_catalog_date":
        return _date(code, operator, value, data)
    if kind in _NUMBERS:
        return _number(assortment, attribute, operator, value, data)
    if kind in _FILES:
        return _text(code, operator, value, lambda item: _filename(data(item)))
    if kind not in TEXTS:
        unsupported(code, operator)
    return _text(code, operator, value, lambda item: data(item) or "")


def _place(
    assortment: Assortment, attribute: dict[str, Any], locale: Any, scope: Any
) -> tuple[str | None, str | None]:
    """The locale and the PIM channel of the value, None where it has none, or 422."""
    code = attribute["code"]
    active = [known for known, each in assortment.locales.items() if each["enabled"]]
    found: list[str | None] = []
    for applies, given, name, known, wanted in (
        (attribute["localizable"], locale, "locale", active, "an existing and activated locale"),
        (attribute["scopable"], scope, "scope", list(assortment.channels), "an existing scope"),
    ):
        if not applies:
            found.append(None)
            continue
        if given is None:
            refuse(422, f'Attribute "{code}" expects a {name}, none given.')
        if given not in known:
            refuse(422, f'Attribute "{code}" expects {wanted}, "{given}" given.')
        found.append(given)
    return found[0], found[1]


def _identifier(code: str, operator: str, value: Any) -> Test:
    def own(item: Product | Model) -> str:
        return item.identifier if isinstance(item, Product) else item.code

    if operator in ("EMPTY", "NOT EMPTY"):
        return lambda item: operator == "NOT EMPTY"
    if operator in ("IN", "NOT IN"):
        if len(list_of_codes(code, value)) > _MAX_IDENTIFIERS:
            refuse(422, f'Property "{code}" expects at most {_MAX_IDENTIFIERS} values.')
        return among_names(code, operator, value, own)
    return _text(code, operator, value, own)


def _text(code: str, operator: str, value: Any, of: Callable[[Product | Model], str]) -> Test:
    tests: dict[str, Callable[[str, str], bool]] = {
        "=": lambda text, wanted: text == wanted,
        "!=": lambda text, wanted: text != wanted,
        "STARTS WITH": lambda text, wanted: text.startswith(wanted),
        "CONTAINS": lambda text, wanted: wanted in text,
        "DOES NOT CONTAIN": lambda text, wanted: wanted not in text,
    }
    if operator not in tests:
        unsupported(code, operator)
    expect(isinstance(value, str), code, "a string", value)
    return lambda item: tests[operator](of(item).casefold(), value.casefold())


def _date(
    code: str, operator: str, value: Any, data: Callable[[Product | Model], str | None]
) -> Test:
    """By day, which is all that the PIM keeps of these dates; without one nothing fits."""

    def day(item: Product | Model) -> str:
        return (data(item) or "")[:10]

    if operator in ("BETWEEN", "NOT BETWEEN"):
        expect(isinstance(value, list) and len(value) == 2, code, "an array of two dates", value)
        low, high = (_day(code, each) for each in value)
        is_wanted = operator == "BETWEEN"
        return lambda item: bool(own := day(item)) and (low <= own <= high) is is_wanted
    if operator not in ("<", "=", "!=", ">"):
        unsupported(code, operator)
    wanted, holds = _day(code, value), COMPARISONS[operator]
    return lambda item: bool(own := day(item)) and holds(own, wanted)


def _day(code: str, value: Any) -> str:
    try:
        return dt.datetime.fromisoformat(value).date().isoformat()
    except (TypeError, ValueError):
        unfit(code, 'a string with the format "yyyy-mm-dd"', value)


def _number(
    assortment: Assortment,
    attribute: dict[str, Any],
    operator: str,
    value: Any,
    data: Callable[[Product | Model], Any],
) -> Test:
    """Numbers; measurements in whatever unit of their family, prices in one currency."""
    code, kind = attribute["code"], attribute["type"]
    if operator not in COMPARISONS:
        unsupported(code, operator)
    holds = COMPARISONS[operator]
    if kind == "pim_catalog_number":
        wanted = _decimal(value)
        expect(wanted is not None, code, "a numeric", value)
        return lambda item: (own := _decimal(data(item))) is not None and holds(own, wanted)
    field = "unit" if kind == METRIC else "currency"
    is_object = isinstance(value, dict) and isinstance(value.get(field), str)
    amount = _decimal(value["amount"]) if is_object and "amount" in value else None
    expect(amount is not None, code, f"an object with amount and {field}", value)
    if kind == PRICE:
        return lambda item: any(
            holds(_decimal(price["amount"]), amount)
            for price in data(item) or ()
            if price["currency"] == value["currency"]
        )
    units = assortment.measurement_families[attribute["metric_family"]]["units"]
    if value["unit"] not in units:
        refuse(422, f'Property "{code}" expects a valid unit, "{value["unit"]}" given.')

    def standard(measured: dict[str, Any]) -> Decimal:
        factor = units[measured["unit"]]["convert_from_standard"][0]["value"]
        return Decimal(str(measured["amount"])) * Decimal(factor)

    least = standard(value)
    return lambda item: bool(own := data(item)) and holds(standard(own), least)


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _filename(code: str | None) -> str:
    """What a media file was called, which stands in its code behind the first underscore."""
    return (code or "").rpartition("/")[2].partition("_")[2]


def _as_list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else [data]
