"""How a product looks in the shop's window, whatever form its document has.

A document is mapped (the targets of the mapping schema) or raw (a product as the PIM sends it,
with `values`), so name, SKU and price stand in different places.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NAMES = ("name", "title", "label", "product_name")
_SKUS = ("sku", "identifier", "code", "mpn")
_PRICES = ("price", "regular_price", "list_price")


@dataclass(frozen=True, slots=True)
class Face:
    """What the product grid shows; empty where the document says nothing."""

    name: str
    sku: str
    price: str
    searched: str

    def matches(self, query: str) -> bool:
        """Whether every word of the query occurs in name, SKU or uuid."""
        return all(word in self.searched for word in query.casefold().split())


def face_of(document: dict[str, Any]) -> Face:
    """The first name, SKU and price that the document has."""
    name, sku = _first(document, _NAMES), _first(document, _SKUS)
    searched = f"{name} {sku} {document.get('uuid', '')}".casefold()
    return Face(name, sku, _first(document, _PRICES), searched)


def _first(document: dict[str, Any], fields: tuple[str, ...]) -> str:
    values = document.get("values")
    sources = [document, values] if isinstance(values, dict) else [document]
    for source in sources:
        for field in fields:
            text = next((text for text in _texts(source.get(field)) if text), "")
            if text:
                return text
    return ""


def _texts(value: object) -> Iterator[str]:
    """The texts in a value of any form: plain, price, localized, or a PIM's list of values."""
    match value:
        case bool() | None:
            return
        case str() | int() | float():
            yield str(value).strip()
        case {"amount": amount, "currency": str(currency)}:
            yield f"{amount} {currency}"
        case {"data": inner} | {"value": inner}:
            yield from _texts(inner)
        case [*members]:
            for member in members:
                yield from _texts(member)
