"""Reading JSON from strangers: what a PIM's own parser refuses is refused here as well."""

import json
import math
from typing import Any

_DEEPEST = 100
_HALF_A_CHARACTER = ("\\ud", "\\uD")


def read_json(text: str | bytes) -> Any:
    """The value. Raises ValueError for anything but JSON, in whatever way it is bad.

    That includes what Python would read: NaN, numbers too large for a float, half of a character
    that JSON writes as two, and more brackets inside each other than anything here can walk down.
    """
    if isinstance(text, bytes):
        text = text.decode()
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("This is nested too deeply.") from None
    _check_depth(value)
    if any(start in text for start in _HALF_A_CHARACTER):
        json.dumps(value, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError
    return value


def _check_depth(value: Any) -> None:
    level: list[Any] = [value]
    depth = 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise ValueError("This is nested too deeply.")
        level = [child for each in level for child in _children(each)]


def _children(value: Any) -> list[Any]:
    """The lists and objects right inside the value."""
    members = value.values() if isinstance(value, dict) else value
    inside = members if isinstance(value, dict | list) else ()
    return [member for member in inside if isinstance(member, dict | list)]


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits} is too large.")
    return number
