"""What the conditions of a search have in common, and how bad ones are refused."""

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable
from typing import Any, NoReturn

from sandbox.data.assortment import Model, Product
from sandbox.rest.problems import refuse

Test = Callable[[Product | Model], bool]

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda own, wanted: bool(own < wanted),
    "<=": lambda own, wanted: bool(own <= wanted),
    "=": lambda own, wanted: bool(own == wanted),
    "!=": lambda own, wanted: bool(own != wanted),
    ">=": lambda own, wanted: bool(own >= wanted),
    ">": lambda own, wanted: bool(own > wanted),
}


def among(
    name: str, operator: str, value: Any, of: Callable[[Product | Model], Iterable[str | None]]
) -> Test:
    """The operators on codes; `of` gives the item's own."""
    if operator in ("EMPTY", "NOT EMPTY"):
        return lambda item: (not any(of(item))) is (operator == "EMPTY")
    if operator not in ("IN", "NOT IN"):
        unsupported(name, operator)
    codes = set(list_of_codes(name, value))
    return lambda item: codes.isdisjoint(of(item)) is not (operator == "IN")


def among_names(
    name: str, operator: str, value: Any, of: Callable[[Product | Model], str | None]
) -> Test:
    """As `among`, for identifiers, which the PIM's index has without their case."""

    def folded(item: Product | Model) -> list[str | None]:
        return [(of(item) or "").casefold() or None]

    if operator in ("IN", "NOT IN"):
        value = [code.casefold() for code in list_of_codes(name, value)]
    return among(name, operator, value, folded)


def list_of_codes(name: str, value: Any) -> list[str]:
    """The value, if it is a list of texts, or 422."""
    if not isinstance(value, list):
        unfit(name, "an array", value)
    if not all(isinstance(code, str) for code in value):
        refuse(
            422,
            f'Property "{name}" expects an array with valid data, one of the values is not a '
            "string.",
        )
    return value


def check_codes(kind: str, codes: Any, known: Collection[str]) -> None:
    """422 if the list has a code that nothing has; what is no list is somebody else's to refuse."""
    for code in codes if isinstance(codes, list) else ():
        if isinstance(code, str) and code not in known:
            refuse(422, f'Object "{kind}" with code "{code}" does not exist')


def moment_of(value: Any, status: int) -> dt.datetime:
    """A date of something other than products, with its offset, or an answer of this status."""
    try:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment
    except (ValueError, TypeError):
        pass
    refuse(status, "This value is not in a valid ISO 8601 standard datetime format")


def expect(is_right: bool, name: str, form: str, value: Any) -> None:
    """422 unless the value is right; `form` says what would be, as in "a boolean"."""
    if not is_right:
        unfit(name, form, value)


def unfit(name: str, form: str, value: Any) -> NoReturn:
    """422: the value has another form than it should."""
    refuse(422, f'Property "{name}" expects {form} as data, "{_shown(value)}" given.')


def unsupported(name: str, operator: str) -> NoReturn:
    refuse(
        422,
        f'Filter on property "{name}" is not supported or does not support operator "{operator}"',
        documentation="filter.html",
    )


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
