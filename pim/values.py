"""What the client returns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawProduct:
    """A product as the PIM sent it: `key` is its uuid in canonical form, `body` its exact JSON.

    Or a model with its variants in it: then `key` is its code, and `variants` are their uuids.
    `beside` is what else the PIM says of it, for those who asked: JSON too, equal for equal facts.
    """

    key: str
    body: bytes
    variants: tuple[str, ...] = ()
    beside: bytes = b""


@dataclass(frozen=True, slots=True)
class RawModel:
    """A model as the PIM sent it; `variants` only where it sent them along and no address."""

    key: str
    body: bytes
    variants: tuple[RawProduct, ...] | None = None


@dataclass(frozen=True, slots=True)
class ModelPage:
    """One page of a catalog's models. `link` is the address it was read from."""

    models: tuple[RawModel, ...]
    next_link: str | None
    link: str


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One page of a catalog's products. `link` is the address it was read from."""

    products: tuple[RawProduct, ...]
    next_link: str | None
    link: str


@dataclass(frozen=True, slots=True)
class UuidPage:
    """One page of a catalog's uuids; `total` is the catalog's size, if the PIM counted it."""

    uuids: tuple[str, ...]
    next_link: str | None
    total: int | None
    link: str


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a mapped product does not tell: its categories, and how complete it is.

    `completeness` in percent by PIM channel and locale; nothing of a product without a family.
    """

    categories: tuple[str, ...]
    completeness: dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class PimCategory:
    """One category; a tree's root has no parent."""

    code: str
    parent: str | None
    labels: dict[str, str]
    position: int


@dataclass(frozen=True, slots=True)
class PimCatalog:
    """A catalog as the PIM knows it. The managed lists are None where the PIM has no such thing."""

    id: str
    name: str
    enabled: bool
    managed_currencies: tuple[str, ...] | None = None
    managed_locales: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SystemInformation:
    version: str
    edition: str
