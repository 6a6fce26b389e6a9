"""What the client returns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawProduct:
    """A product as the PIM sent it: `key` is its uuid in canonical form, `body` its exact JSON.

    Or a model with its variants in it: then `key` is its code, and `variants` are their uuids.
    """

    key: str
    body: bytes
    variants: tuple[str, ...] = ()


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
