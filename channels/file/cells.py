"""A product's document as cells of a table: column to text."""

from typing import Literal, NamedTuple

import msgspec

from channels.base import ChannelProduct

UNREADABLE = "The product's document is not a JSON object that can be read."

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_elements = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)

# By what the entries of a list of objects are told apart, and what each of them says.
_BY = (("locale", "value"), ("currency", "amount"))


class DoesNotFit(Exception):
    """A product that a format cannot hold, in a sentence."""


class Cell(NamedTuple):
    """Numbers are the JSON's own digits. `parts` are the elements of a list, as texts."""

    text: str
    kind: Literal["text", "number", "boolean"] = "text"
    parts: tuple[str, ...] = ()


Row = dict[str, Cell]


def cells(product: ChannelProduct, *, by_language: bool = False) -> Row:
    """The document as one row.

    Objects become columns joined with dots (`price.amount`), lists of plain values are joined with
    commas, lists that this would garble stay JSON text. With `by_language` a text in several
    languages and a price in several currencies are found as `name.de_DE` and `price.EUR` too. A
    document without a `uuid` gets its key there. Raises DoesNotFit.
    """
    row: Row = {}
    try:
        _flatten("", _members.decode(product.body), row, by_language)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        raise DoesNotFit(UNREADABLE) from None
    row.setdefault("uuid", Cell(product.key))
    return row


def _flatten(prefix: str, members: dict[str, msgspec.Raw], row: Row, by_language: bool) -> None:
    for name, raw in members.items():
        column = f"{prefix}{name}"
        json = bytes(raw).lstrip()
        if json.startswith(b"{"):
            _flatten(f"{column}.", _members.decode(json), row, by_language)
        elif column in row:
            raise DoesNotFit(f"Two fields of the product would share the column “{column}”.")
        else:
            row[column] = _joined(json) if json.startswith(b"[") else _plain(json)
            if by_language and json.startswith(b"["):
                _split(column, json, row)


def _plain(json: bytes) -> Cell:
    if json.startswith(b'"'):
        return Cell(_text.decode(json))
    if json == b"null":
        return Cell("")
    return Cell(json.decode(), "boolean" if json in (b"true", b"false") else "number")


def _joined(json: bytes) -> Cell:
    elements = [bytes(element).lstrip() for element in _elements.decode(json)]
    if not any(element.startswith((b"{", b"[")) for element in elements):
        texts = tuple(_plain(element).text for element in elements)
        if not any("," in text for text in texts):
            return Cell(",".join(texts), parts=texts)
        return Cell(_compact(json), parts=texts)
    return Cell(_compact(json))


def _split(column: str, json: bytes, row: Row) -> None:
    """Add a column for each language or currency of a list of objects."""
    for element in _elements.decode(json):
        entry = bytes(element).lstrip()
        if not entry.startswith(b"{"):
            return
        members = _members.decode(entry)
        for by, value in _BY:
            if members.keys() >= {by, value}:
                name = _plain(bytes(members[by]).lstrip()).text
                row.setdefault(f"{column}.{name}", _plain(bytes(members[value]).lstrip()))


def _compact(json: bytes) -> str:
    return msgspec.json.format(json, indent=-1).decode()
