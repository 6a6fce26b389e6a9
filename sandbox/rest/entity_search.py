"""The `search` parameter of assets and of records (pim-contract.md 3.3, 3.10)."""

from collections.abc import Callable
from typing import Any

from sandbox.data.structure import Resource
from sandbox.json_text import read_json
from sandbox.rest.conditions import moment_of
from sandbox.rest.problems import refuse

Test = Callable[[Resource], bool]


def matcher(text: str | None) -> Test:
    """Whether an asset or a record fits all conditions, or 422: by code, and by its date."""
    if not text:
        return lambda resource: True
    try:
        search = read_json(text)
    except ValueError:
        search = None
    if not isinstance(search, dict):
        refuse(422, "Search query parameter should be valid JSON.")
    tests = [
        _test(name, condition)
        for name, conditions in search.items()
        for condition in (conditions if isinstance(conditions, list) else [None])
    ]
    return lambda resource: all(test(resource) for test in tests)


def _test(name: str, condition: Any) -> Test:
    given = condition if isinstance(condition, dict) else {}
    operator, value = given.get("operator"), given.get("value")
    if (name, operator) == ("code", "IN") and isinstance(value, list) and _are_texts(value):
        wanted = set(value)
        return lambda resource: resource["code"] in wanted
    if (name, operator) == ("updated", ">"):
        since = moment_of(value, 422)
        return lambda resource: moment_of(resource["updated"], 422) > since
    refuse(422, "The sandbox searches by code with the operator IN, and by updated with >.")


def _are_texts(value: list[Any]) -> bool:
    return all(isinstance(each, str) for each in value)
