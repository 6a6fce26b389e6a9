"""Fields of documents: which of them differ, and what they hold in words."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from sync.documents import spelled, volatile_in

VARIANTS = "variants"
WHOLE = "document"  # the one field of a document that cannot be taken apart

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _Value(msgspec.Struct):
    """One value of a product as the PIM stores it."""

    data: msgspec.Raw
    locale: str | None = None
    scope: str | None = None


_values = msgspec.json.Decoder(dict[str, list[_Value]])
_variants = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_text = msgspec.json.Decoder(str)
# Each whole escape, so that the backslash of another is not taken for the beginning of one.
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after: JSON texts to the letter, None where there is none."""

    field: str
    before: str | None
    after: str | None


def differing(before: str | None, after: str | None) -> list[FieldChange]:
    """Return the fields in which two documents say something else, sorted by name.

    None is no document. What is volatile is left out, and so are spaces and the order of members.
    """
    old, new = _fields_of(before), _fields_of(after)
    return [
        FieldChange(field, old.get(field), new.get(field))
        for field in sorted(old.keys() | new.keys())
        if not _says_the_same(old.get(field), new.get(field))
    ]


def beside(before: str | None, after: str | None) -> list[tuple[FieldChange, bool]]:
    """Return all fields of two documents, each with whether they differ in it; those first."""
    old, new = _fields_of(before), _fields_of(after)
    rows = [
        (
            FieldChange(field, old.get(field), new.get(field)),
            not _says_the_same(old.get(field), new.get(field)),
        )
        for field in sorted(old.keys() | new.keys())
    ]
    return sorted(rows, key=lambda row: not row[1])


def in_words(text: str | None) -> str:
    """Return the value of a field as a person reads it: a text without its quotation marks."""
    if text is None or text == "null":
        return ""
    try:
        return msgspec.json.decode(text, type=str)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return text


def pretty(body: str) -> str:
    """Indent JSON text without reading its numbers: they stay to the letter.

    Characters that a PIM escapes, as PHP does with all but ASCII, are shown as what they are.
    """
    try:
        return _ESCAPE.sub(_shown, msgspec.json.format(body, indent=2))
    except (msgspec.DecodeError, RecursionError):
        return body


def _shown(escape: re.Match[str]) -> str:
    """Return the characters, or the escape where the text would be no JSON, or not be seen."""
    characters: str = json.loads(f'"{escape[0]}"')
    return characters if characters.isprintable() and characters not in '"\\' else escape[0]


def _fields_of(body: str | None) -> dict[str, str]:
    """Return the fields of a document, each as it is written.

    `price.amount` is a member of an object, `values.name (en_US, ecommerce)` a value of a raw
    product, `variants.UUID.price` a target of a model's variant. Other lists are one field each.
    """
    if body is None or body == "null":
        return {}
    fields: dict[str, str] = {}
    try:
        members = _members.decode(body)
        volatile = volatile_in(members)
        for name, raw in members.items():
            if name in volatile:
                continue
            take_apart = _APART.get(name)
            if take_apart is None or not take_apart(bytes(raw), fields):
                _add(name, bytes(raw), fields)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return {WHOLE: body}
    return fields


def _add(path: str, text: bytes, fields: dict[str, str]) -> None:
    text = text.strip()
    members = _members.decode(text) if text.startswith(b"{") else {}
    for name, raw in members.items():
        _add(f"{path}.{name}", bytes(raw), fields)
    if not members:
        fields[_storable(path)] = text.decode()


def _add_values(text: bytes, fields: dict[str, str]) -> bool:
    """Add the values of a raw product; False if it is none."""
    try:
        values = _values.decode(text)
    except msgspec.ValidationError:
        return False
    for code, entries in values.items():
        for entry in entries:
            place = ", ".join(filter(None, (entry.locale, entry.scope)))
            path = f"values.{code} ({place})" if place else f"values.{code}"
            fields[_storable(path)] = bytes(entry.data).strip().decode()
    return True


def _add_variants(text: bytes, fields: dict[str, str]) -> bool:
    """Add what the variants of a model hold; False if these are none."""
    try:
        variants = _variants.decode(text)
        uuids = [_text.decode(variant["uuid"]) for variant in variants]
    except (msgspec.ValidationError, KeyError):
        return False
    for uuid, variant in zip(uuids, variants, strict=True):
        for name, raw in variant.items():
            _add(f"{VARIANTS}.{uuid}.{name}", bytes(raw), fields)
    return bool(uuids)


_APART: dict[str, Callable[[bytes, dict[str, str]], bool]] = {
    "values": _add_values,
    VARIANTS: _add_variants,
}


def _says_the_same(one: str | None, other: str | None) -> bool:
    if one == other:
        return True
    if one is None or other is None:
        return False
    try:
        return _canonical(one) == _canonical(other)
    except (ValueError, RecursionError):
        return False


def _canonical(text: str) -> str:
    content = json.loads(text, parse_float=spelled, parse_int=spelled)
    return json.dumps(content, sort_keys=True)


def _storable(path: str) -> str:
    """Return a name that every database takes."""
    return path.replace("\0", "").encode(errors="replace").decode()
