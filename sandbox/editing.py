"""What may be put into a value by the controls: the PIM's own rules, as for what apps write."""

from typing import Any

from sandbox.data.assortment import Assortment
from sandbox.writing.data import stored
from sandbox.writing.places import check_place
from sandbox.writing.refusals import Misfit


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
    for given, name in ((locale, "locale"), (scope, "scope")):
        if given is not None and not isinstance(given, str):
            raise InvalidEdit(f"The {name} is a text.")
    try:
        check_place(assortment, attribute, locale, scope)
        return stored(assortment, attribute, data)
    except Misfit as error:
        raise InvalidEdit(error.message) from None
