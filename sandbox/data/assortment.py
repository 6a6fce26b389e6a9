"""What the PIM holds: products, models, and the structure that they follow."""

import bisect
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

# (attribute, locale, scope) -> data
Edits = dict[tuple[str, str | None, str | None], Any]


@dataclass(slots=True)
class Product:
    """A product or variant; `created` and `updated` are Unix time, `edits` win over the design."""

    uuid: str
    identifier: str
    family: str
    parent: str | None
    categories: tuple[str, ...]
    enabled: bool
    created: float
    updated: float
    edits: Edits = field(default_factory=dict)


@dataclass(slots=True)
class Model:
    """A product model; `parent` is the code of the model above."""

    code: str
    family: str
    family_variant: str
    parent: str | None
    categories: tuple[str, ...]
    created: float
    updated: float
    edits: Edits = field(default_factory=dict)


class Assortment:
    """Everything a shop sells, as the PIM stores it."""

    def __init__(self) -> None:
        self.attributes: dict[str, dict[str, Any]] = {}
        self.options: dict[str, dict[str, dict[str, Any]]] = {}
        self.families: dict[str, dict[str, Any]] = {}
        self.categories: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, dict[str, Any]] = {}
        self.locales: dict[str, dict[str, Any]] = {}
        self.currencies: dict[str, dict[str, Any]] = {}
        self.models: dict[str, Model] = {}
        self._products: dict[str, Product] = {}
        self._uuids: list[str] = []

    @classmethod
    def generate(cls, products: int, seed: int) -> Self:
        """A believable shop; the same numbers make the same shop."""
        return cls()

    def product(self, uuid: str) -> Product:
        """The product, or KeyError."""
        return self._products[uuid]

    def products_after(self, after: str = "") -> Iterator[Product]:
        """The products by uuid, from behind `after` on."""
        for key in self._uuids[bisect.bisect_right(self._uuids, after) :]:
            yield self._products[key]

    def remove(self, uuid: str) -> None:
        """Remove a product, or KeyError."""
        del self._products[uuid]
        self._uuids.remove(uuid)

    def new_product(
        self, identifier: str, family: str, categories: tuple[str, ...], now: float
    ) -> Product:
        """Add a product without values."""
        product = Product(str(uuid.uuid4()), identifier, family, None, categories, True, now, now)
        self._products[product.uuid] = product
        bisect.insort(self._uuids, product.uuid)
        return product
