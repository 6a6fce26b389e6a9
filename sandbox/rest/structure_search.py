"""The `search` parameter of families, attributes, categories and so on (pim-contract.md 3.3).

Other than with products, whatever is wrong with it is a bad request.
"""

from collections.abc import Callable
from typing import Any, NoReturn

from sandbox.data.structure import UPDATED, Resource
from sandbox.json_text import read_json
from sandbox.rest.conditions import moment_of
from sandbox.rest.problems import refuse
from sandbox.state import Pim

# What each list may be searched for: property -> the one operator.
_FILTERS = {
    "families": {"code": "IN", "updated": ">", "has_products": "="},
    "attributes": {"code": "IN", "type": "IN", "updated": ">"},
    "attribute-groups": {"code": "IN", "updated": ">"},
    "categories": {"code": "IN", "parent": "=", "is_root": "=", "updated": ">"},
    "locales": {"enabled": "="},
    "currencies": {"enabled": "="},
}

Test = Callable[[Resource], bool]


def matcher(pim: Pim, path: str, text: str | None) -> Test:
    """Whether a resource fits all conditions, or 400; lists that have no search ignore it."""
    filters = _FILTERS.get(path)
    if not text or filters is None:
        return lambda resource: True
    try:
        search = read_json(text)
    except ValueError:
        search = None
    if not isinstance(search, dict):
        refuse(400, "The search query parameter must be a valid JSON.")
    tests = []
    for name, conditions in search.items():
        if name not in filters:
            refuse(
                400,
                f'Available search filters are "{", ".join(filters)}" and you tried to search on '
                f'unavailable filter "{name}"',
            )
        for condition in conditions if isinstance(conditions, list) else [conditions]:
            tests.append(_test(pim, name, filters[name], condition))
    return lambda resource: all(test(resource) for test in tests)


def _test(pim: Pim, name: str, operator: str, condition: Any) -> Test:
    given = condition if isinstance(condition, dict) else {}
    if given.get("operator") != operator:
        refuse(
            400,
            f'In order to search on {name} you must use "{operator}" operator, '
            f'"{given.get("operator")}" given.',
        )
    value = given.get("value")
    match operator:
        case "IN":
            if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
                _wrong(name, "an array of codes")
            wanted = set(value)
            return lambda resource: resource[name] in wanted
        case ">":
            since = moment_of(value, 400)
            # Only categories show a date; of the other resources it is the same all the same.
            return lambda resource: moment_of(resource.get("updated", UPDATED), 400) > since
    match name:
        case "parent":
            return _below(pim, value)
        case "is_root":
            _expect_boolean(name, value)
            return lambda resource: (resource["parent"] is None) is value
        case "has_products":
            _expect_boolean(name, value)
            used = {product.family for product in pim.assortment.products_after()}
            return lambda resource: (resource["code"] in used) is value
    _expect_boolean(name, value)
    return lambda resource: resource[name] is value


def _below(pim: Pim, code: Any) -> Test:
    """The categories anywhere below this one."""
    if not isinstance(code, str) or code not in pim.assortment.categories:
        refuse(400, f"Parent code {code} does not exist.")
    below = pim.assortment.with_children({code}) - {code}
    return lambda resource: resource["code"] in below


def _expect_boolean(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        _wrong(name, "a boolean")


def _wrong(name: str, form: str) -> NoReturn:
    refuse(400, f"In order to search on {name} you must send {form} as value.")
