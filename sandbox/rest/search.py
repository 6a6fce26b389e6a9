"""The `search` parameter of products and models (pim-contract.md 3.3).

Supported are the properties below and the attributes' values; for anything else the API answers as
it does for a property that it does not know.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sandbox.completeness import completenesses, quality_scores
from sandbox.data.assortment import IDENTIFIER, Assortment, Model, Product
from sandbox.json_text import read_json
from sandbox.rest import linked
from sandbox.rest.conditions import (
    COMPARISONS,
    Test,
    among,
    among_names,
    check_codes,
    expect,
    list_of_codes,
    unfit,
    unsupported,
)
from sandbox.rest.problems import refuse
from sandbox.rest.search_values import value_test

_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_MOST_DAYS = 100_000
_ON_ALL_LOCALES = {
    "GREATER THAN ON ALL LOCALES": ">",
    "GREATER OR EQUALS THAN ON ALL LOCALES": ">=",
    "LOWER THAN ON ALL LOCALES": "<",
    "LOWER OR EQUALS THAN ON ALL LOCALES": "<=",
}


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
    search = parse(text)
    kinds = linked.types_in(search) if assortment.knows_linked_entities else None
    named = {"locale": locale, "scope": scope, linked.COMPANION: kinds}
    tests = [
        _test(assortment, name, named | condition, now)
        for name, conditions in search.items()
        for condition in _conditions(name, conditions)
        if kinds is None or name != linked.COMPANION
    ]
    return lambda item: all(test(item) for test in tests)


def named_products(assortment: Assortment, text: str | None) -> list[Product] | None:
    """The products that a search names, by uuid; None if it names none.

    So that a search for a hundred of them does not look into a hundred thousand. `matcher` has said
    that the search is right, and still says which of these fit.
    """
    for name, wanted in _named(text):
        if name == "uuid":
            found = {key for key in wanted if assortment.has_product(key)}
        elif name in ("identifier", IDENTIFIER):
            found = {one.uuid for key in wanted if (one := assortment.identified(key))}
        else:
            continue
        return [assortment.product(key) for key in sorted(found)]
    return None


def named_models(assortment: Assortment, text: str | None) -> list[Model] | None:
    """As `named_products`, by code."""
    for name, wanted in _named(text):
        if name in ("identifier", "code"):
            return [assortment.models[key] for key in sorted(wanted) if key in assortment.models]
    return None


def _named(text: str | None) -> Iterator[tuple[str, set[str]]]:
    """What is searched for by a list of names."""
    for name, conditions in parse(text).items():
        for condition in conditions:
            if condition["operator"] == "IN" and isinstance(condition.get("value"), list):
                yield name, set(condition["value"])


def parse(text: str | None) -> dict[str, Any]:
    """The parameter as an object; without one, an empty one."""
    if not text:
        return {}
    try:
        search = read_json(text)
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


def _test(assortment: Assortment, name: str, condition: dict[str, Any], now: float) -> Test:
    operator, value = str(condition["operator"]), condition.get("value")
    match name:
        case "uuid":
            return among(name, operator, value, lambda item: [getattr(item, "uuid", None)])
        case "identifier":
            return among_names(name, operator, value, _identifier)
        case "code":
            return among(name, operator, value, lambda item: [_identifier(item)])
        case "family":
            check_codes("family", value, assortment.families)
            return among(name, operator, value, lambda item: [item.family])
        case "parent":
            return _parent(assortment, operator, value)
        case "groups":
            return among(name, operator, value, lambda item: [])
        case "categories":
            return _categories(assortment, operator, value)
        case "enabled" if operator in ("=", "!="):
            expect(isinstance(value, bool), name, "a boolean", value)
            return lambda item: (getattr(item, "enabled", None) is value) is (operator == "=")
        case "completeness":
            return _completeness(assortment, operator, value, condition)
        case "quality_score":
            return _quality_score(assortment, operator, value, condition)
        case "updated" | "created":
            return _date(name, operator, value, now, partial(_times, assortment, name))
        case linked.PROPERTY if assortment.knows_linked_entities:
            kinds = condition[linked.COMPANION]
            return _date(name, operator, value, now, partial(_linked_times, assortment, kinds))
    attribute = assortment.attributes.get(name)
    if attribute is None:
        unsupported(name, operator)
    return value_test(
        assortment, attribute, operator, value, condition["locale"], condition["scope"]
    )


def _identifier(item: Product | Model) -> str:
    return item.identifier if isinstance(item, Product) else item.code


def _parent(assortment: Assortment, operator: str, value: Any) -> Test:
    """`IN` finds direct children, `=` everything below a model."""
    if operator != "=":
        check_codes("product model", value, assortment.models)
        return among("parent", operator, value, lambda item: [item.parent])
    expect(isinstance(value, str), "parent", "a string", value)
    check_codes("product model", [value], assortment.models)
    return lambda item: any(model.code == value for model in assortment.parents(item))


def _categories(assortment: Assortment, operator: str, value: Any) -> Test:
    if operator == "UNCLASSIFIED":
        return lambda item: not item.categories
    base = operator.removeprefix("NOT ")
    if base not in ("IN", "IN CHILDREN") and operator != "IN OR UNCLASSIFIED":
        unsupported("categories", operator)
    codes = set(list_of_codes("categories", value))
    check_codes("category", value, assortment.categories)
    if base == "IN CHILDREN":
        codes = assortment.with_children(codes)
    if operator == "IN OR UNCLASSIFIED":
        return lambda item: not item.categories or not codes.isdisjoint(item.categories)
    return lambda item: codes.isdisjoint(item.categories) is (base != operator)


def _completeness(
    assortment: Assortment, operator: str, value: Any, condition: dict[str, Any]
) -> Test:
    """In any locale of the PIM channel, in the one that is named, or in all that are listed."""
    on_all = _ON_ALL_LOCALES.get(operator)
    if on_all is None and operator not in COMPARISONS:
        unsupported("completeness", operator)
    holds = COMPARISONS[on_all or operator]
    expect(type(value) is int, "completeness", "an integer", value)
    scope = _channel(assortment, "completeness", condition)
    locales = condition["locale"] and [condition["locale"]]
    if on_all:
        locales = list_of_codes("completeness", condition.get("locales"))

    def test(item: Product | Model) -> bool:
        if not isinstance(item, Product):
            return False
        found = [
            holds(each["data"], value)
            for each in completenesses(assortment, item, assortment.values_of(item))
            if each["scope"] == scope and (not locales or each["locale"] in locales)
        ]
        return bool(found) and (all(found) if on_all else any(found))

    return test


def _quality_score(
    assortment: Assortment, operator: str, value: Any, condition: dict[str, Any]
) -> Test:
    if operator != "IN":
        unsupported("quality_score", operator)
    letters = list_of_codes("quality_score", value)
    scope = _channel(assortment, "quality_score", condition)
    return lambda item: any(
        each["data"] in letters
        for each in quality_scores(assortment, item, assortment.values_of(item))
        if (each["scope"], each["locale"]) == (scope, condition["locale"])
    )


def _channel(assortment: Assortment, name: str, condition: dict[str, Any]) -> str:
    scope = condition["scope"]
    if not isinstance(scope, str) or scope not in assortment.channels:
        refuse(422, f'Property "{name}" expects a valid scope.')
    return scope


def _times(assortment: Assortment, name: str, item: Product | Model) -> list[int]:
    """The item's own date, and those of its models: a variant is found by theirs as well."""
    own = [int(getattr(item, name))]
    if name == "updated" and isinstance(item, Product):
        own += [int(model.updated) for model in assortment.parents(item)]
    return own


def _linked_times(
    assortment: Assortment, kinds: list[str] | None, item: Product | Model
) -> list[int]:
    """With kinds, the dates of those alone; without, the item's own as well."""
    own = _times(assortment, "updated", item) if kinds is None else []
    return [*own, *linked.times(assortment, item, linked.TYPES if kinds is None else kinds)]


def _date(
    name: str, operator: str, value: Any, now: float, times: Callable[[Product | Model], list[int]]
) -> Test:
    if operator == "SINCE LAST N DAYS":
        is_right = type(value) is int and 0 <= value <= _MOST_DAYS
        expect(is_right, name, "an integer", value)
        earliest = now - value * 86_400
        return lambda item: any(time >= earliest for time in times(item))
    if operator in ("BETWEEN", "NOT BETWEEN"):
        expect(isinstance(value, list) and len(value) == 2, name, "an array of two dates", value)
        low, high = (_moment(name, each) for each in value)
        is_wanted = operator == "BETWEEN"
        return lambda item: any(low <= time <= high for time in times(item)) is is_wanted
    if operator not in ("=", "!=", "<", ">"):
        unsupported(name, operator)
    at, holds = _moment(name, value), COMPARISONS[operator]
    if operator in ("=", "!="):  # the whole day
        return lambda item: any(holds(time // 86_400, at // 86_400) for time in times(item))
    return lambda item: any(holds(time, at) for time in times(item))


def _moment(name: str, value: Any) -> int:
    """A date in the PIM's time zone, which is UTC here, or 422."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return int(dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC).timestamp())
        except ValueError:
            pass
    unfit(name, 'a string with the format "yyyy-mm-dd H:i:s"', value)
