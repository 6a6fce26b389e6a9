"""The `search` parameter of products and models (pim-contract.md 3.3).

Supported are the properties and attribute types below; for anything else the API answers as it
does for a property that it does not know.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from sandbox.data.assortment import Assortment, Model, Product, value_in
from sandbox.rest.problems import refuse

Test = Callable[[Product | Model], bool]

_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_MAX_IDENTIFIERS = 100
_TEXTS = ("pim_catalog_identifier", "pim_catalog_text", "pim_catalog_textarea")
_SELECTS = ("pim_catalog_simpleselect", "pim_catalog_multiselect")


def matcher(
    assortment: Assortment,
    text: str | None,
    now: float,
    *,
    locale: str | None = None,
    scope: str | None = None,
) -> Test:
    """Whether an item fits all conditions of the parameter, or 422.

    `locale` and `scope` stand in where a condition has none.
    """
    tests = [
        _test(assortment, name, condition, now, locale, scope)
        for name, conditions in parse(text).items()
        for condition in _conditions(name, conditions)
    ]
    return lambda item: all(test(item) for test in tests)


def parse(text: str | None) -> dict[str, Any]:
    """The parameter as an object; without one, an empty one."""
    if not text:
        return {}
    try:
        search = json.loads(text)
    except ValueError:
        search = None
    if not isinstance(search, dict):
        refuse(422, "Search query parameter should be valid JSON.")
    return search


def _conditions(name: str, conditions: Any) -> list[dict[str, Any]]:
    if not isinstance(conditions, list) or not all(isinstance(c, dict) for c in conditions):
        form = json.dumps({name: [{"operator": "my_operator", "value": "my_value"}]})
        refuse(422, f'Structure of filter "{name}" should respect this structure: {form}')
    for condition in conditions:
        if "operator" not in condition:
            refuse(422, f'Operator is missing for the property "{name}".')
    return conditions


def _test(
    assortment: Assortment,
    name: str,
    condition: dict[str, Any],
    now: float,
    locale: str | None,
    scope: str | None,
) -> Test:
    operator, value = str(condition["operator"]), condition.get("value")
    match name:
        case "uuid":
            return _among(name, operator, value, lambda item: [getattr(item, "uuid", None)])
        case "identifier" | "code":
            return _among(name, operator, value, lambda item: [_identifier(item)])
        case "family":
            _check_codes("family", value, assortment.families)
            return _among(name, operator, value, lambda item: [item.family])
        case "parent":
            if operator == "=":
                return lambda item: item.parent == value
            return _among(name, operator, value, lambda item: [item.parent])
        case "groups":
            return _among(name, operator, value, lambda item: [])
        case "categories":
            return _categories(assortment, operator, value)
        case "enabled" if operator in ("=", "!="):
            return lambda item: (getattr(item, "enabled", None) is value) is (operator == "=")
        case "updated" | "created":
            return _date(assortment, name, operator, value, now)
    attribute = assortment.attributes.get(name)
    if attribute is None:
        _unsupported(name, operator)
    return _attribute(
        assortment,
        attribute,
        operator,
        value,
        condition.get("locale", locale) if attribute["localizable"] else None,
        condition.get("scope", scope) if attribute["scopable"] else None,
    )


def _identifier(item: Product | Model) -> str:
    return item.identifier if isinstance(item, Product) else item.code


def _among(
    name: str, operator: str, value: Any, of: Callable[[Product | Model], Iterable[str | None]]
) -> Test:
    """The operators on codes; `of` gives the item's own."""
    if operator in ("EMPTY", "NOT EMPTY"):
        return lambda item: (not any(of(item))) is (operator == "EMPTY")
    if operator not in ("IN", "NOT IN"):
        _unsupported(name, operator)
    codes = set(_codes(name, value))
    return lambda item: codes.isdisjoint(of(item)) is not (operator == "IN")


def _codes(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        given = json.dumps(value) if not isinstance(value, str) else value
        refuse(422, f'Property "{name}" expects an array as data, "{given}" given.')
    return value


def _check_codes(kind: str, value: Any, known: dict[str, Any]) -> None:
    for code in value if isinstance(value, list) else ():
        if code not in known:
            refuse(422, f'Object "{kind}" with code "{code}" does not exist')


def _categories(assortment: Assortment, operator: str, value: Any) -> Test:
    if operator == "UNCLASSIFIED":
        return lambda item: not item.categories
    base = operator.removeprefix("NOT ")
    if base not in ("IN", "IN CHILDREN", "IN OR UNCLASSIFIED"):
        _unsupported("categories", operator)
    codes = set(_codes("categories", value))
    _check_codes("category", value, assortment.categories)
    if base == "IN CHILDREN":
        codes = assortment.with_children(codes)
    if operator == "IN OR UNCLASSIFIED":
        return lambda item: not item.categories or not codes.isdisjoint(item.categories)
    return lambda item: codes.isdisjoint(item.categories) is (base != operator)


def _date(assortment: Assortment, name: str, operator: str, value: Any, now: float) -> Test:
    def times(item: Product | Model) -> list[int]:
        """The item's own date, and those of its models: a variant is found by theirs as well."""
        own = [int(getattr(item, name))]
        if name == "updated" and isinstance(item, Product):
            own += [int(model.updated) for model in assortment.parents(item)]
        return own

    if operator == "SINCE LAST N DAYS" and isinstance(value, int):
        earliest = now - value * 86_400
        return lambda item: any(time >= earliest for time in times(item))
    if operator in ("BETWEEN", "NOT BETWEEN") and isinstance(value, list) and len(value) == 2:
        low, high = (_moment(name, each) for each in value)
        is_wanted = operator == "BETWEEN"
        return lambda item: any(low <= time <= high for time in times(item)) is is_wanted
    if operator not in ("=", "!=", "<", ">"):
        _unsupported(name, operator)
    at = _moment(name, value)
    day = at // 86_400
    tests: dict[str, Callable[[int], bool]] = {
        "=": lambda time: time // 86_400 == day,
        "!=": lambda time: time // 86_400 != day,
        "<": lambda time: time < at,
        ">": lambda time: time > at,
    }
    return lambda item: any(tests[operator](time) for time in times(item))


def _moment(name: str, value: Any) -> int:
    """A date in the PIM's time zone, which is UTC here, or 422."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return int(dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC).timestamp())
        except ValueError:
            pass
    refuse(
        422,
        f'Property "{name}" expects a string with the format "yyyy-mm-dd H:i:s" as data, '
        f'"{value}" given.',
    )


def _attribute(
    assortment: Assortment,
    attribute: dict[str, Any],
    operator: str,
    value: Any,
    locale: str | None,
    scope: str | None,
) -> Test:
    code, kind = attribute["code"], attribute["type"]

    def data(item: Product | Model) -> Any:
        return value_in(assortment.values_of(item), code, locale, scope)

    if operator in ("EMPTY", "NOT EMPTY"):
        return lambda item: (data(item) is None) is (operator == "EMPTY")
    if kind in _SELECTS:
        return _among(code, operator, value, lambda item: _as_list(data(item)))
    if kind == "pim_catalog_boolean" and operator in ("=", "!="):
        return lambda item: (data(item) is value) is (operator == "=")
    if kind not in _TEXTS:
        _unsupported(code, operator)
    if kind == "pim_catalog_identifier":
        if operator in ("IN", "NOT IN") and len(_codes(code, value)) > _MAX_IDENTIFIERS:
            refuse(422, f'Property "{code}" expects at most {_MAX_IDENTIFIERS} values.')
        return _text(code, operator, value, _identifier)
    return _text(code, operator, value, lambda item: data(item) or "")


def _text(code: str, operator: str, value: Any, of: Callable[[Product | Model], str]) -> Test:
    if operator in ("IN", "NOT IN"):
        return _among(code, operator, value, lambda item: [of(item)])
    wanted = str(value).casefold()
    tests: dict[str, Callable[[str], bool]] = {
        "=": lambda text: text == wanted,
        "!=": lambda text: text != wanted,
        "STARTS WITH": lambda text: text.startswith(wanted),
        "CONTAINS": lambda text: wanted in text,
        "DOES NOT CONTAIN": lambda text: wanted not in text,
    }
    if operator not in tests:
        _unsupported(code, operator)
    return lambda item: tests[operator](of(item).casefold())


def _as_list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else [data]


def _unsupported(name: str, operator: str) -> NoReturn:
    refuse(
        422,
        f'Filter on property "{name}" is not supported or does not support operator "{operator}"',
        documentation="filter.html",
    )
