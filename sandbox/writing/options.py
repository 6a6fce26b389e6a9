"""Attribute options as apps create and change them."""

import re
from typing import Any

from sandbox.data.assortment import Assortment
from sandbox.data.structure import Resource
from sandbox.writing.refusals import Refusal, Violation, expected, malformed, unless_valid

_KNOWN = ("code", "attribute", "sort_order", "labels")
CODE = re.compile(r"(?=.*[a-zA-Z0-9])[a-zA-Z0-9_]{1,100}", re.ASCII)


def write_option(
    assortment: Assortment, attribute: str, code: str, body: dict[str, Any], anchor: str
) -> bool:
    """Create or update an option; whether it was created. Raises Refusal."""
    for name in body:
        if name not in _KNOWN:
            malformed(f'Property "{name}" does not exist.', anchor)
    if body.get("attribute", attribute) != attribute:
        raise Refusal(
            f'The attribute code "{body["attribute"]}" provided in the request body must match '
            f'the attribute code "{attribute}" provided in the url.'
        )
    if body.get("code", code) != code:
        raise Refusal(
            f'The option code "{body["code"]}" provided in the request body must match the option '
            f'code "{code}" provided in the url.'
        )
    siblings = assortment.options.setdefault(attribute, {})
    old = siblings.get(code)
    labels = read_labels(assortment, body.get("labels", {}), anchor)
    order = body.get("sort_order")
    if order is not None and type(order) is not int:
        malformed(expected("sort_order", "an integer", order), anchor)
    if old is None and not CODE.fullmatch(code):
        unless_valid(
            [
                Violation(
                    "code",
                    "Option code may contain only letters (at least one), numbers and underscores",
                )
            ]
        )
    wanted: Resource = old or {
        "code": code,
        "attribute": attribute,
        "sort_order": 1 + max((each["sort_order"] for each in siblings.values()), default=0),
        "labels": {},
    }
    siblings[code] = wanted | {
        "sort_order": wanted["sort_order"] if order is None else order,
        "labels": with_labels(wanted["labels"], labels),
    }
    return old is None


def read_labels(assortment: Assortment, given: Any, anchor: str) -> dict[str, str | None]:
    """The labels by locale, or Refusal."""
    if given == []:  # what PHP makes of no labels
        return {}
    if not isinstance(given, dict):
        malformed(expected("labels", "an array", given), anchor)
    for locale, text in given.items():
        if text is not None and not isinstance(text, str):
            malformed(expected("labels", "an array with valid data", text), anchor)
        if locale not in assortment.locales:
            unless_valid([Violation("labels", f'The locale "{locale}" does not exist.')])
    return given


def with_labels(old: dict[str, str], new: dict[str, str | None]) -> dict[str, str]:
    """Both, the new ones first; an empty one goes."""
    return {locale: text for locale, text in {**old, **new}.items() if text}
