"""Reading the bodies of the PIM's answers, decoding no more of them than is needed.

A page of products is split into its items' exact bytes; of each item only the key is decoded
(about 4 µs a product of 4 KB), and of a model whether it has its variants in it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from outbound.errors import OutboundError
from pim.errors import CatalogDisabled, NoMappingSchema, UnexpectedAnswer
from pim.values import PimCatalog, RawModel, RawProduct, SystemInformation

T = TypeVar("T")

_LONGEST_CODE = 255
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _Link(msgspec.Struct):
    href: str


class _Links(msgspec.Struct):
    next: _Link | None = None


class _RawItems(msgspec.Struct):
    items: list[msgspec.Raw]


class _Uuids(msgspec.Struct):
    items: list[str]


class _Envelope(msgspec.Struct, rename={"links": "_links"}):
    links: _Links = msgspec.field(default_factory=_Links)
    items_count: Any = UNSET
    error: Any = UNSET
    message: Any = UNSET

    @property
    def next_href(self) -> str | None:
        return self.links.next.href if self.links.next else None


class _RawPage(_Envelope, rename={"links": "_links", "embedded": "_embedded"}):
    embedded: _RawItems | UnsetType = UNSET


class _UuidPage(_Envelope, rename={"links": "_links", "embedded": "_embedded"}):
    embedded: _Uuids | UnsetType = UNSET


class _Product(msgspec.Struct):
    uuid: str | UnsetType = UNSET
    error: Any = UNSET
    message: Any = UNSET


class _Model(msgspec.Struct):
    code: str
    variants: str | list[msgspec.Raw] | None = None


class _Catalog(msgspec.Struct):
    id: str
    name: str
    enabled: bool
    managed_currencies: tuple[str, ...] | None = None
    managed_locales: tuple[str, ...] | None = None


class _System(msgspec.Struct):
    version: str = ""
    edition: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of any list: its items, the `next` link as sent, the list's size if counted."""

    items: tuple[T, ...]
    next_href: str | None = None
    total: int | None = None


class Reader:
    """Turns bodies into values for one PIM; raises UnexpectedAnswer for whatever has no such shape.

    A product endpoint of a catalog that is disabled or has no mapping schema answers 200 with an
    `error` (or `message`) in place of the products: CatalogDisabled or NoMappingSchema.
    """

    def __init__(self, host: str) -> None:
        self._host = host

    def products(self, body: bytes) -> Page[RawProduct]:
        page = self._decode(_RAW_PAGE, self._text(body))
        if page.embedded is UNSET:
            raise self._unusable(page.error, page.message, body)
        items = map(bytes, page.embedded.items)
        return Page(tuple(RawProduct(self._key(item), item) for item in items), page.next_href)

    def models(self, body: bytes) -> Page[RawModel]:
        page = self._decode(_RAW_PAGE, self._text(body))
        if page.embedded is UNSET:
            raise self._unusable(page.error, page.message, body)
        return Page(tuple(map(self._model, map(bytes, page.embedded.items))), page.next_href)

    def uuids(self, body: bytes) -> Page[str]:
        page = self._decode(_UUID_PAGE, body)
        if page.embedded is UNSET:
            raise self._unusable(page.error, page.message, body)
        uuids = tuple(map(self._canonical, page.embedded.items))
        return Page(uuids, page.next_href, _count(page))

    def product(self, body: bytes) -> RawProduct:
        product = self._decode(_PRODUCT, self._text(body))
        if product.uuid is UNSET:
            raise self._unusable(product.error, product.message, body)
        return RawProduct(self._canonical(product.uuid), body)

    def catalog(self, body: bytes) -> PimCatalog:
        found = self._decode(_CATALOG, body)
        return PimCatalog(
            found.id, found.name, found.enabled, found.managed_currencies, found.managed_locales
        )

    def catalogs(self, body: bytes) -> Page[PimCatalog]:
        return self._each(body, self.catalog)

    def items(self, body: bytes) -> Page[dict[str, Any]]:
        """Any page, decoded; some lists of the PIM are bare arrays without links."""
        if body.lstrip().startswith(b"["):
            bare = self._decode(_BARE_LIST, body)
            return Page(tuple(bare))
        return self._each(body, self.object)

    def object(self, body: bytes) -> dict[str, Any]:
        return self._decode(_OBJECT, body)

    def mapping_schema(self, body: bytes) -> dict[str, Any]:
        """Whatever has no properties is no schema, and says nothing about the one there is."""
        found = self.object(body)
        if not isinstance(found.get("properties"), dict):
            raise self._wrong("something else than a mapping schema", body)
        return found

    def system_information(self, body: bytes) -> SystemInformation:
        found = self._decode(_SYSTEM, body)
        return SystemInformation(found.version, found.edition)

    def _each(self, body: bytes, read: Callable[[bytes], T]) -> Page[T]:
        page = self._decode(_RAW_PAGE, body)
        if page.embedded is UNSET:
            raise self._wrong("a page without items", body)
        items = tuple(map(read, map(bytes, page.embedded.items)))
        return Page(items, page.next_href, _count(page))

    def _decode(self, decoder: msgspec.json.Decoder[T], body: bytes) -> T:
        try:
            return decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self._wrong("not the JSON that a PIM sends", body) from None

    def _text(self, body: bytes) -> bytes:
        """The body, if it is UTF-8: decoding skips what it does not need without a look."""
        try:
            body.decode()
        except UnicodeDecodeError:
            raise self._wrong("text that is not UTF-8", body) from None
        return body

    def _key(self, item: bytes) -> str:
        uuid = self._decode(_PRODUCT, item).uuid
        if uuid is UNSET:
            raise self._wrong("a product without a uuid", item)
        return self._canonical(uuid)

    def _model(self, item: bytes) -> RawModel:
        found = self._decode(_MODEL, item)
        if not 0 < len(found.code) <= _LONGEST_CODE or not found.code.isprintable():
            raise self._wrong("a model whose code is not one", item)
        if not isinstance(found.variants, list):  # an address, which we know without being told
            return RawModel(found.code, item)
        variants = map(bytes, found.variants)
        return RawModel(
            found.code, item, tuple(RawProduct(self._key(one), one) for one in variants)
        )

    def _canonical(self, uuid: str) -> str:
        canonical = uuid.lower()
        if not _UUID.fullmatch(canonical):
            raise self._wrong("a product whose uuid is not one", uuid.encode())
        return canonical

    def _unusable(self, error: Any, message: Any, body: bytes) -> OutboundError:
        """What a product endpoint means that answers 200 without products."""
        said = error if error is not UNSET else message
        if said is UNSET:
            return self._wrong("a page without products", body)
        # The texts differ between versions, so only this one is told apart, and all others mean
        # that the catalog gives no products (pim-contract.md 2.3).
        if "mapping schema" in str(said).lower():
            return NoMappingSchema(self._host, str(said))
        return CatalogDisabled(self._host, str(said))

    def _wrong(self, what: str, body: bytes) -> UnexpectedAnswer:
        return UnexpectedAnswer(self._host, what, detail=f"body starts with {body[:200]!r}")


def _count(page: _Envelope) -> int | None:
    return page.items_count if isinstance(page.items_count, int) else None


_RAW_PAGE = msgspec.json.Decoder(_RawPage)
_UUID_PAGE = msgspec.json.Decoder(_UuidPage)
_MODEL = msgspec.json.Decoder(_Model)
_PRODUCT = msgspec.json.Decoder(_Product)
_CATALOG = msgspec.json.Decoder(_Catalog)
_SYSTEM = msgspec.json.Decoder(_System)
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_BARE_LIST = msgspec.json.Decoder(list[dict[str, Any]])
