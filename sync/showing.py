"""What people know a product by, beside its name: prices, pictures, variants in a document."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from catalogs.media.files import StoredFile, known_files
from channels.targets import PRICE_FIELDS, Target
from connections.models import Connection
from pim.file_types import type_of
from pim.media import name_in
from sync.documents import LABEL_TARGETS, identifier_of
from sync.media import is_there, paths_in

AXIS_VALUES = "variation_axes_values"
_VARIANTS = "variants"
_PRICE = "price"
_CENT, _MUCH = Decimal("0.01"), Decimal(10**12)
_LONGEST = 100  # characters


def price_in(content: Any, targets: Sequence[Target]) -> str:
    """Return the price of a product, or of a model's first variant that has one; "" without."""
    codes = [one.code for one in targets if one.fields == PRICE_FIELDS or one.code == _PRICE]
    for place in _places(content):
        for code in codes:
            if price := _price(place.get(code)):
                return price
    return ""


def picture_path(body: str, pim_url: str) -> str:
    """Return the path in the PIM of the first picture that the document names; "" without."""
    paths = list(dict.fromkeys(paths_in(body, pim_url).values()))
    return next((path for path in paths if _is_picture(path)), "")


def _places(content: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(content, Mapping):
        yield content
        variants = content.get(_VARIANTS)
        for variant in variants if isinstance(variants, list) else ():
            if isinstance(variant, Mapping):
                yield variant


def _price(value: Any) -> str:
    """Write a price as people do: 19.90, or 19.90 EUR; of several currencies the first two."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_price, value[:2])))
    if isinstance(value, Mapping):
        amount, currency = value.get("amount"), value.get("currency") or ""
        return f"{_price(amount)} {currency}".strip() if amount is not None else ""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, Decimal) and _CENT < value < _MUCH:
        value = max(value, value.quantize(_CENT), key=_places_of)
    # Text that every database takes.
    return str(value).replace("\0", "").encode(errors="replace").decode()[:_LONGEST]


def _places_of(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)


def _is_picture(path: str) -> bool:
    return (type_of(name_in(path)) or "").startswith("image/")


def pictures_in(bodies: Iterable[str], connection: Connection) -> dict[str, str]:
    """Return where this app serves the pictures that documents name, by their addresses there.

    Without the host, so that the browser finds them at whatever address it knows us by; those that
    were not downloaded are missing. One query.
    """
    paths: dict[str, str] = {}
    for body in bodies:
        paths |= paths_in(body, connection.pim_url)
    pictures = {text: path for text, path in paths.items() if _is_picture(path)}
    rows = known_files(connection.pk, set(pictures.values())) if pictures else {}
    return {
        text: urlsplit(StoredFile(rows[path]).address).path
        for text, path in pictures.items()
        if path in rows and is_there(rows[path])
    }


def variant_names_in(*bodies: str | None) -> dict[str, str]:
    """Return what people call the variants in versions of a model, by their uuids: A-1 (Blue, M).

    What the last version says counts. One of which nothing but the uuid is known is missing.
    """
    named: dict[str, str] = {}
    for body in bodies:
        for uuid, variant in _variants_of(body or ""):
            named[uuid] = _name_of(variant) or named.get(uuid, "")
    return {uuid: name for uuid, name in named.items() if name}


def _variants_of(body: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return
    variants = content.get(_VARIANTS) if isinstance(content, Mapping) else None
    for one in variants if isinstance(variants, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("uuid"), str):
            yield one["uuid"], one


def _name_of(variant: Mapping[str, Any]) -> str:
    identifier = identifier_of(variant)
    named = _axes_of(variant) or next(filter(None, map(_text_in, _labels_of(variant))), "")
    return f"{identifier} ({named})" if identifier and named else identifier or named


def _labels_of(variant: Mapping[str, Any]) -> Iterator[Any]:
    return (variant.get(name) for name in LABEL_TARGETS)


def axes_in(text: str) -> str:
    """Return a variant's values on the axes, as its document has them, in words: Blue, M."""
    try:
        return _axes_in(json.loads(text))
    except (ValueError, RecursionError):
        return ""


def _axes_of(variant: Mapping[str, Any]) -> str:
    return _axes_in(variant.get(AXIS_VALUES))


def _axes_in(values: Any) -> str:
    if not isinstance(values, list):
        return ""
    values = [one for one in values if isinstance(one, Mapping)]
    said = (_text_in(one.get("label")) or _text_in(one.get("value")) for one in values)
    return ", ".join(filter(None, said))[:_LONGEST]


def _text_in(value: Any) -> str:
    """Return a text, or that of the first language that has one; "" for what is none."""
    if isinstance(value, list):
        texts = (one.get("value") for one in value if isinstance(one, Mapping))
        return next(filter(None, map(_text_in, texts)), "")
    if isinstance(value, Mapping) or value is None:
        return ""
    return str(value).replace("\0", "").encode(errors="replace").decode().strip()[:_LONGEST]
