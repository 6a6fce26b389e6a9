"""What products are associated with: believable, and the same in every run.

About half of the products that came with the shop have any; what a user has set wins.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.data.assortment import Assortment, Product


@dataclass(frozen=True, slots=True)
class Link:
    """To a product by its uuid, or to a model by its code; with a quantity where the type has."""

    key: str
    is_model: bool = False
    quantity: int | None = None


Links = dict[str, tuple[Link, ...]]  # by the code of the association type


def links_of(assortment: "Assortment", product: "Product") -> Links:
    """The product's associations, without those that lead to nothing (any more)."""
    links = product.links
    if links is None:
        links = dict(_designed(assortment, product)) if product.design is not None else {}
    there = {code: tuple(_existing(assortment, found)) for code, found in links.items()}
    return {code: found for code, found in there.items() if found}


def _designed(
    assortment: "Assortment", product: "Product"
) -> Iterator[tuple[str, tuple[Link, ...]]]:
    digest = hashlib.md5(
        f"{assortment.seed}/links/{product.identifier}".encode(), usedforsecurity=False
    ).digest()
    number = int.from_bytes(digest[:8])
    others = [
        key
        for step in range(3)
        if (key := assortment.one_of_first(number // (step + 1))) != product.uuid
    ]
    models = list(assortment.first_models)
    if number % 3 == 0 and others:
        yield "X_SELL", tuple(Link(key) for key in dict.fromkeys(others[:2]))
    if number % 5 == 0 and models:
        yield "UPSELL", (Link(models[number % len(models)], is_model=True),)
    if number % 7 == 0 and others:
        yield "BUNDLE", (Link(others[0], quantity=1 + number % 4),)


def _existing(assortment: "Assortment", links: tuple[Link, ...]) -> Iterator[Link]:
    for link in links:
        if link.key in assortment.models if link.is_model else assortment.has_product(link.key):
            yield link
