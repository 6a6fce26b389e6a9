"""The members of a JSON document, each to the letter as it came, until one is looked into.

All raise msgspec.DecodeError, of which ValidationError is one, for what has another shape.
"""

import msgspec

VARIANTS = "variants"  # of a model's document

Members = dict[str, msgspec.Raw]

_members = msgspec.json.Decoder(Members)
_lists = msgspec.json.Decoder(list[Members])


def members_of(text: bytes | str | msgspec.Raw) -> Members:
    return _members.decode(text)


def list_of(text: bytes | str | msgspec.Raw) -> list[Members]:
    return _lists.decode(text)


def variants_of(members: Members) -> list[Members] | None:
    if VARIANTS not in members:
        return None
    try:
        return list_of(members[VARIANTS])
    except msgspec.ValidationError:
        return None


def by_locale(value: msgspec.Raw) -> dict[str, msgspec.Raw]:
    """Return the values of a localized target, or of one value alone. Raises ValidationError."""
    text = bytes(value).lstrip()
    entries = list_of(text) if text.startswith(b"[") else [members_of(text)]
    return {
        text_of(one["locale"]): one["value"]
        for one in entries
        if "locale" in one and "value" in one and bytes(one["value"]) != b"null"
    }


def text_of(value: msgspec.Raw | None) -> str:
    """Return a JSON text; "" for whatever else it is."""
    if value is None:
        return ""
    found = msgspec.json.decode(value)
    return found if isinstance(found, str) else ""


def texts_of(value: msgspec.Raw) -> list[str]:
    found = msgspec.json.decode(value)
    entries = found if isinstance(found, list) else [found]
    return [one for one in entries if isinstance(one, str)]
