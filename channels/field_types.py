"""The types that a target may have, in the words of a product manager."""

from dataclasses import dataclass
from typing import Any

from channels.targets import LOCALIZED_FIELDS, MEASUREMENT_FIELDS, PRICE_FIELDS, Target


@dataclass(frozen=True, slots=True)
class FieldType:
    """One type; `arguments` are what a Target of it has."""

    code: str
    label: str
    hint: str
    arguments: dict[str, Any]

    def target(self, code: str, title: str, description: str, *, required: bool = False) -> Target:
        return Target(
            code=code, title=title, description=description, required=required, **self.arguments
        )


def _objects(fields: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {"type": "array", "items": "object", "fields": fields}


TYPES = (
    FieldType("text", "Text", "In one language, or in none.", {"type": "string"}),
    FieldType(
        "texts", "Text in several languages", "One for each locale.", _objects(LOCALIZED_FIELDS)
    ),
    FieldType("number", "Number", "Such as 12 or 19.90.", {"type": "number"}),
    FieldType("yes_no", "Yes or no", "", {"type": "boolean"}),
    FieldType("date", "Date", "", {"type": "string", "format": "date-time"}),
    FieldType(
        "address", "Web address or picture", "One of them.", {"type": "string", "format": "uri"}
    ),
    FieldType(
        "addresses",
        "Web addresses or pictures",
        "Several, in order.",
        {"type": "array", "format": "uri"},
    ),
    FieldType("list", "List of texts", "Such as keywords.", {"type": "array"}),
    FieldType(
        "price", "Price", "One, with its currency.", {"type": "object", "fields": PRICE_FIELDS}
    ),
    FieldType("prices", "Prices", "One for each currency.", _objects(PRICE_FIELDS)),
    FieldType(
        "measurement",
        "Measurement",
        "A number with its unit.",
        {"type": "object", "fields": MEASUREMENT_FIELDS},
    ),
)

UNKNOWN_TYPE = "Value of its own form"

_BY_CODE = {one.code: one for one in TYPES}


def field_type(code: str) -> FieldType:
    """Raises KeyError for a type that there is not."""
    return _BY_CODE[code]


def type_in_words(target: Target) -> str:
    """Return what kind of value a target holds, such as: Text in several languages."""
    for one in TYPES:
        if shape_of(one.target("x", "", "")) == shape_of(target):
            return one.label
    return UNKNOWN_TYPE


def shape_of(target: Target) -> tuple[Any, ...]:
    """Return what never changes about a target beside its code, in a form that compares."""
    return target.type, target.format, target.items, target.fields, target.of_variant
