"""Documents: when two of them say the same, and what to call the product in one."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction

from catalogs.models import Channel
from channels.registry import adapter_class
from sync import bulk
from sync.models import Document

# What moves without the product saying anything new (design.md, "wanted and sent").
_VOLATILE = frozenset({"updated", "_links", "quality_scores"})

_IDENTIFIER_TARGETS = ("identifier", "sku", "code")
LABEL_TARGETS = ("name", "title", "label")


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A product as it was read: its digest without what is volatile, and its names."""

    key: str
    body: str
    seen_digest: str
    digest: str
    identifier: str
    label: str


def seen_digest(body: bytes) -> str:
    """Return a digest of the bytes: 32 hex digits."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def read_document(
    key: str, body: bytes, *, seen: str = "", echoes: Collection[str] = ()
) -> ReadDocument:
    """Parse a product's JSON object once, for everything that is stored about it.

    `seen`: the digest of what was read, where that is not the body. `echoes`: attributes of a raw
    product that say nothing new, as we wrote them ourselves.
    """
    content: dict[str, Any] = {}
    try:
        content = _content_of(body)
        digest = digest_of(_without(content, echoes) if echoes else content)
    except RecursionError:  # nested too deep to look into: carried as it is
        digest = _hash(body)
    return ReadDocument(
        key=key,
        body=body.decode(),
        seen_digest=seen or seen_digest(body),
        digest=digest,
        identifier=identifier_of(content),
        label=_clean(_label_of(content)),
    )


def identifier_of(content: Mapping[str, Any]) -> str:
    """Return what a product or variant is known by, as its document has it; "" if it has none."""
    return _clean(_identifier_of(content))


def digest_of(content: Mapping[str, Any]) -> str:
    """Return a digest that is equal for documents that say the same. 64 hex digits.

    A number and the same number as a string differ: channels tell them apart.
    """
    volatile = volatile_in(content)
    kept = {name: value for name, value in content.items() if name not in volatile}
    try:
        return _hash(_sorted.encode(kept))
    except (UnicodeEncodeError, OverflowError):  # half a character, a number of many digits
        return _hash(json.dumps(kept, sort_keys=True, separators=(",", ":")).encode())


def volatile_in(content: Collection[str]) -> frozenset[str]:
    """Return which members of a document say nothing new when they move.

    Those of a raw product. In a mapped one they are targets as any other, such as a field of the
    shop's that is called `updated`.
    """
    return _VOLATILE if "values" in content else frozenset()


def _without(content: Mapping[str, Any], attributes: Collection[str]) -> Mapping[str, Any]:
    values = content.get("values")
    if not isinstance(values, Mapping):
        return content
    kept = {name: value for name, value in values.items() if name not in attributes}
    return {**content, "values": kept}


def filled_targets(body: str) -> frozenset[str]:
    """Return what has a value in a document: its targets, or attributes of a raw product.

    A target of variants has one as long as any variant has.
    """
    try:
        content = _content_of(body.encode())
    except RecursionError:
        return frozenset()
    volatile = volatile_in(content)
    values = content.pop("values", None)
    filled = {name for name, value in content.items() if name not in volatile and is_filled(value)}
    if isinstance(values, Mapping):
        filled |= {name for name, entries in values.items() if _has_data(entries)}
    variants = content.get("variants")
    for variant in variants if isinstance(variants, list) else ():
        if isinstance(variant, Mapping):
            filled |= {name for name, value in variant.items() if is_filled(value)}
    return frozenset(filled)


def is_filled(value: Any) -> bool:
    """Whether a target has a value; zero and no are values."""
    if isinstance(value, list) and any(map(_is_emptied_text, value)):
        return not all(map(_is_emptied_text, value))
    return value is not None and value not in ("", [], {})


def _is_emptied_text(entry: Any) -> bool:
    """Whether it is a text in one language that the channel is to empty."""
    return isinstance(entry, Mapping) and "locale" in entry and entry.get("value", "") is None


def _has_data(entries: Any) -> bool:
    if not isinstance(entries, list):
        return is_filled(entries)
    return any(not isinstance(one, Mapping) or is_filled(one.get("data")) for one in entries)


def _content_of(body: bytes) -> dict[str, Any]:
    """Decode a product. msgspec takes a quarter of the time, but not everything that JSON may be.

    Raises RecursionError.
    """
    try:
        return _quick.decode(body)
    except msgspec.DecodeError:  # half a character, a number of thousands of digits
        content: dict[str, Any] = json.loads(body, parse_float=spelled, parse_int=spelled)
        return content


@transaction.atomic(savepoint=False)
def store_documents(read: Iterable[ReadDocument]) -> dict[str, int]:
    """Store what is not stored yet; return the row id of each digest.

    What is stored already is touched and locked, so that nobody takes it for unused and tidies it
    away before it is pointed to. In the order of the digests, or two that store the same documents
    would wait for each other.
    """
    bodies = {document.digest: document.body for document in read}
    bulk.upsert(
        Document,
        ("digest", "body"),
        list(bodies.items()),
        {},
        unique_fields=["digest"],
        update_fields=["updated_at"],
    )
    return dict(Document.objects.filter(digest__in=list(bodies)).values_list("digest", "pk"))


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=32).hexdigest()


def spelled(number: str) -> str:
    """Keep a fraction by its spelling: a float would take 1e400 and 1e500 for the same.

    The NUL tells it from a text; the PIM stores none with it.
    """
    return f"\0{number}"


_quick = msgspec.json.Decoder(dict[str, Any], float_hook=spelled)
_sorted = msgspec.json.Encoder(order="sorted")


def hidden_document() -> int:
    """Return the id of the document that stands for "there, and shown to nobody"."""
    document, _ = Document.objects.get_or_create(digest=Document.HIDDEN, defaults={"body": "null"})
    return document.pk


def unknown_on(channel: Channel) -> int | None:
    """Return the id of the document that stands for "what the channel holds is not known".

    It is *sent* after a call whose outcome was never learned: it differs from everything wanted,
    so that what the channel should hold is sent, or withdrawn, anew. None for a feed, which its
    calls do not touch.
    """
    if adapter_class(channel.kind).publishes:
        return None
    document, _ = Document.objects.get_or_create(digest=Document.UNKNOWN, defaults={"body": "null"})
    return document.pk


def _identifier_of(content: Mapping[str, Any]) -> Any:
    values = content.get("values")
    if not isinstance(values, Mapping):
        return _first(content, _IDENTIFIER_TARGETS)
    for entries in values.values():
        for entry in entries if isinstance(entries, list) else ():
            if (
                isinstance(entry, Mapping)
                and entry.get("attribute_type") == "pim_catalog_identifier"
            ):
                return entry.get("data")
    return _first_data(values, _IDENTIFIER_TARGETS)


def _label_of(content: Mapping[str, Any]) -> Any:
    values = content.get("values")
    if not isinstance(values, Mapping):
        return _first(content, LABEL_TARGETS)
    return _first_data(values, LABEL_TARGETS)


def _first(content: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((content[name] for name in names if content.get(name)), "")


def _first_data(values: Mapping[str, Any], names: Iterable[str]) -> Any:
    for name in names:
        entries = values.get(name)
        if isinstance(entries, list) and entries and isinstance(entries[0], Mapping):
            return entries[0].get("data")
    return ""


def _clean(value: Any) -> str:
    """Return text that every database takes: no NUL, no lone surrogate, 255 characters."""
    if not isinstance(value, str | int | float):
        return ""
    text = str(value).replace("\0", "").encode(errors="replace").decode()
    return text.strip()[:255]
