"""The formats a feed can be written in: JSON Lines and CSV."""

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from channels.base import ChannelProduct, TransientError
from channels.targets import SHOP_TARGETS

UNREADABLE = "The product's document is not a JSON object that can be read."

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_elements = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)


class DoesNotFit(Exception):
    """A product that a format cannot hold, in a sentence."""


@dataclass(frozen=True, slots=True)
class FeedFormat:
    """How a feed is written.

    `check` raises DoesNotFit for a product that the format cannot hold; `write` streams what the
    callable gives, which it may call more than once.
    """

    check: Callable[[ChannelProduct], object]
    write: Callable[[BinaryIO, Callable[[], Iterator[ChannelProduct]]], None]


def json_line(product: ChannelProduct) -> bytes:
    """The document on one line, keys in their order and numbers to the letter."""
    try:
        _members.decode(product.body)
        return msgspec.json.format(product.body.encode(), indent=-1) + b"\n"
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        raise DoesNotFit(UNREADABLE) from None


def cells(product: ChannelProduct) -> dict[str, str]:
    """The document as one row of text: column to cell.

    Objects become columns joined with dots (`price.amount`), lists of plain values are joined with
    commas, lists that this would garble stay JSON text. Numbers are the JSON's own digits. A
    document without a `uuid` gets its key there.
    """
    row: dict[str, str] = {}
    try:
        _flatten("", _members.decode(product.body), row)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        raise DoesNotFit(UNREADABLE) from None
    row.setdefault("uuid", product.key)
    return row


def _flatten(prefix: str, members: dict[str, msgspec.Raw], row: dict[str, str]) -> None:
    for name, raw in members.items():
        column = f"{prefix}{name}"
        json = bytes(raw).lstrip()
        if json.startswith(b"{"):
            _flatten(f"{column}.", _members.decode(json), row)
        elif column in row:
            raise DoesNotFit(f"Two fields of the product would share the column “{column}”.")
        else:
            row[column] = _joined(json) if json.startswith(b"[") else _plain(json)


def _plain(json: bytes) -> str:
    if json.startswith(b'"'):
        return _text.decode(json)
    return "" if json == b"null" else json.decode()


def _joined(json: bytes) -> str:
    elements = [bytes(element).lstrip() for element in _elements.decode(json)]
    if not any(element.startswith((b"{", b"[")) for element in elements):
        texts = [_plain(element) for element in elements]
        if not any("," in text for text in texts):
            return ",".join(texts)
    return msgspec.json.format(json, indent=-1).decode()


def _write_json_lines(stream: BinaryIO, products: Callable[[], Iterator[ChannelProduct]]) -> None:
    for product in products():
        stream.write(json_line(product))


def _write_csv(stream: BinaryIO, products: Callable[[], Iterator[ChannelProduct]]) -> None:
    """Comma-separated by RFC 4180 in UTF-8: once through for the columns, once for the rows."""
    columns = dict.fromkeys(["uuid"])
    for product in products():
        columns.update(dict.fromkeys(cells(product)))
    text = codecs.getwriter("utf-8")(stream)
    writer = csv.DictWriter(text, sorted(columns, key=_place), restval="")
    writer.writeheader()
    for product in products():
        row = cells(product)
        if not row.keys() <= columns.keys():
            raise TransientError(
                "Products changed while the file was being written. It will be written again."
            )
        writer.writerow(row)


_PLACES = {target.code: place for place, target in enumerate(SHOP_TARGETS)}


def _place(column: str) -> int:
    """Known targets in their own order, so that a header does not depend on the first product."""
    return _PLACES.get(column.partition(".")[0], len(_PLACES))


FORMATS = {
    "jsonl": FeedFormat(check=json_line, write=_write_json_lines),
    "csv": FeedFormat(check=cells, write=_write_csv),
}
