"""The client for Akeneo's REST API: one PIM, one app token."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO
from urllib.parse import quote
from uuid import UUID

import msgspec

from outbound.errors import NotSent, TransientError
from outbound.governor import Limiter, Unlimited
from outbound.retry import Retrier
from outbound.session import GuardedSession
from pim import media
from pim.assets import Assets
from pim.calls import SAFE_LIMIT, PimCalls
from pim.errors import (
    CatalogGone,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    TooMany,
    UnexpectedAnswer,
)
from pim.links import api_url, atom
from pim.media import MediaDescription, MediaFacts, Sink
from pim.models import CatalogModels
from pim.pages import Reader
from pim.scopes import join
from pim.uploads import MediaPlace, upload_media
from pim.urls import normalize_pim_url
from pim.values import PimCatalog, ProductPage, RawProduct, SystemInformation, UuidPage
from pim.writing import Writing

# How many of a catalog's products a page is asked for: the most that the PIM allows.
PAGE_SIZES = {
    "product-uuids": 1000,
    "products": 1000,
    "mapped-products": 100,
    "mapped-models": 100,
    "variants": 100,
}


class PimClient:
    """Calls one PIM with one app token; threads may share it.

    Every call keeps within the PIM's limits and is tried again while the PIM is unwell. All
    methods raise the exceptions of pim.errors and outbound.errors, and generators do so while they
    are being read. Catalogs that are gone, disabled or without mapping schema raise CatalogGone,
    CatalogDisabled, NoMappingSchema: none of these says anything about the catalog's products.
    """

    def __init__(
        self,
        pim_url: str,
        token: str,
        *,
        session: GuardedSession,
        limiter: Limiter | None = None,
        retrier: Retrier | None = None,
        connection_key: str = "",
        before_write: Callable[[], None] = lambda: None,
    ) -> None:
        """`connection_key` names the connection whose calls are counted together.

        `before_write` is called before each call that may change something in the PIM, and may
        raise to prevent it.
        """
        self.pim_url = normalize_pim_url(pim_url)
        self._calls = PimCalls(
            self.pim_url,
            token,
            session=session,
            limiter=limiter or Unlimited(),
            retrier=retrier or Retrier(),
            connection_key=connection_key or self.pim_url,
            before_write=before_write,
        )
        self._read = Reader(self._calls.host)
        self._limits = dict(PAGE_SIZES)

    def __repr__(self) -> str:
        return f"PimClient({self.pim_url!r})"

    def waiting_by(self, sleep: Callable[[float], None]) -> "PimClient":
        """The same client, which waits for its next tries by this sleep (it may raise)."""
        client = copy.copy(self)
        client._calls = self._calls.waiting_by(sleep)
        return client

    def page_size(self, *, mapped: bool) -> int:
        """How many products a page is asked for now."""
        return self._limits[_products(mapped)]

    def asks_small_pages(self, *, mapped: bool) -> bool:
        """Whether fewer products a page are asked for than the PIM's documentation allows."""
        kind = _products(mapped)
        return self._limits[kind] < PAGE_SIZES[kind]

    def ask_small_pages(self, *, mapped: bool) -> None:
        """Ask for no more products a page than every PIM gives, without trying more first."""
        kind = _products(mapped)
        self._limits[kind] = min(self._limits[kind], SAFE_LIMIT)

    @property
    def server_time(self) -> datetime | None:
        """The PIM's clock at its last answer, whatever that was; None if it did not say."""
        return self._calls.server_time

    def catalog(self, catalog_id: str) -> PimCatalog:
        return self._calls.call(
            "GET", self._catalog(catalog_id), self._read.catalog, gone=CatalogGone
        )

    def catalogs(self) -> Iterator[PimCatalog]:
        """All catalogs of this app in this PIM."""
        first = api_url(self.pim_url, "catalogs", {"page": 1, "limit": 100})
        for page, _, _ in self._calls.pages(first, self._read.catalogs):
            yield from page.items

    def create_catalog(
        self,
        name: str,
        *,
        managed_currencies: Sequence[str] | None = None,
        managed_locales: Sequence[str] | None = None,
    ) -> PimCatalog:
        """A new catalog, disabled as all new ones are.

        Tried again only where the first try certainly did nothing; otherwise OutcomeUnknown.
        Raises ValidationFailed, with `limit_reached` where the PIM allows no further catalog.
        """
        url = api_url(self.pim_url, "catalogs")
        body = _catalog_body(name, managed_currencies, managed_locales)
        return self._make_catalog(url, body, f"the catalog “{name}” was created")

    def duplicate_catalog(
        self,
        catalog_id: str,
        *,
        name: str,
        managed_currencies: Sequence[str] | None = None,
        managed_locales: Sequence[str] | None = None,
    ) -> PimCatalog:
        """A copy with selection, schema and mapping, disabled; tried again as `create_catalog`.

        A mapping that is not complete is copied too.
        """
        url = f"{self._catalog(catalog_id)}/duplicate"
        body = _catalog_body(name, managed_currencies, managed_locales)
        body["skip_required_checks"] = True
        return self._make_catalog(url, body, f"the catalog “{name}” was copied", gone=CatalogGone)

    def update_catalog(
        self,
        catalog_id: str,
        *,
        name: str,
        managed_currencies: Sequence[str] | None = None,
        managed_locales: Sequence[str] | None = None,
    ) -> PimCatalog:
        """The catalog as it is then. Whether the PIM keeps lists that are left out is not known."""
        return self._calls.call(
            "PATCH",
            self._catalog(catalog_id),
            self._read.catalog,
            body=_catalog_body(name, managed_currencies, managed_locales),
            gone=CatalogGone,
        )

    def delete_catalog(self, catalog_id: str) -> None:
        """Raises CatalogGone if it did not exist to begin with."""
        self._calls.delete(self._catalog(catalog_id), gone=CatalogGone)

    def put_mapping_schema(self, catalog_id: str, schema: dict[str, Any]) -> None:
        """Set the catalog's product mapping schema. The PIM gives no reason for refusing one."""
        self._calls.call("PUT", self._schema(catalog_id), _nothing, body=schema, gone=CatalogGone)

    def mapping_schema(self, catalog_id: str) -> dict[str, Any] | None:
        """The catalog's product mapping schema as the PIM stores it, None if it has none."""
        url = self._schema(catalog_id)
        try:
            return self._calls.call("GET", url, self._read.mapping_schema, gone=CatalogGone)
        except CatalogGone as error:
            if _lacks_schema(error):
                return None
            raise

    def uuid_pages(
        self,
        catalog_id: str,
        *,
        link: str | None = None,
        search_after: str | None = None,
        updated_after: datetime | None = None,
    ) -> Iterator[UuidPage]:
        """The uuids of all products of a catalog, in pages of up to 1,000.

        `link` goes on at a `next_link` of an earlier page; `search_after` starts after that uuid;
        `updated_after` (aware) leaves out products that were not changed since. A short page
        without a `next_link` is taken for the end: whether all was read is for the caller to judge.
        """
        kind = "product-uuids"
        first = link or self._first(
            catalog_id, kind, search_after, updated_after, with_count="true"
        )
        for page, next_link, read in self._calls.pages(
            first,
            self._read.uuids,
            gone=CatalogGone,
            on_smaller=lambda: self._be_content(kind),
            cursor_of=lambda uuid: uuid,
        ):
            yield UuidPage(page.items, next_link, page.total, read)

    def lists(self, catalog_id: str, uuid: str) -> bool:
        """Whether the list of the catalog's uuids has this one in its place, in their order."""
        before = UUID(int=max(0, UUID(uuid).int - 1))
        params: dict[str, object] = {"limit": 1, "search_after": before}
        path = f"catalogs/{quote(catalog_id, safe='')}/product-uuids"
        url = api_url(self.pim_url, path, params)
        page = self._calls.call("GET", url, self._read.uuids, gone=CatalogGone)
        return uuid in page.items

    def product_pages(
        self,
        catalog_id: str,
        *,
        mapped: bool,
        link: str | None = None,
        search_after: str | None = None,
        updated_after: datetime | None = None,
    ) -> Iterator[ProductPage]:
        """A catalog's products, raw in pages of up to 1,000, or mapped in pages of 100.

        The other parameters are those of `uuid_pages`.
        """
        kind = _products(mapped)
        first = link or self._first(catalog_id, kind, search_after, updated_after)
        for page, next_link, read in self._calls.pages(
            first,
            self._read.products,
            gone=CatalogGone,
            on_smaller=lambda: self._be_content(kind),
            cursor_of=lambda product: product.key,
        ):
            yield ProductPage(page.items, next_link, read)

    def product(self, catalog_id: str, uuid: str, *, mapped: bool) -> RawProduct | None:
        """One product; None if the PIM does not show it, or its whole catalog, to the app."""
        url = f"{self._catalog(catalog_id)}/{_products(mapped)}/{quote(uuid, safe='')}"
        try:
            found = self._calls.call("GET", url, self._read.product)
        except NotFound:
            return None
        if found.key != uuid.lower():
            raise UnexpectedAnswer(self._calls.host, "another product than the one asked for")
        return found

    def models(self, catalog_id: str) -> CatalogModels:
        """What the catalog has of models and their variants."""
        return CatalogModels(self._calls, self._read, self._limits, catalog_id)

    def writing(self) -> Writing:
        """What writes products, models, options and attributes, many at a time."""
        return Writing(self._calls)

    def assets(self) -> Assets:
        """What the PIM has of assets, for reading and writing."""
        return Assets(self._calls, self._read)

    def upload_media(
        self,
        file: BinaryIO,
        name: str,
        place: MediaPlace,
        *,
        arrived: Callable[[], str | None] | None = None,
    ) -> str:
        """As `pim.uploads.upload_media`: never sent twice, as it is no PATCH."""
        return upload_media(self._calls, file, name, place, arrived=arrived)

    def media_file(self, code: str) -> MediaFacts:
        """As `pim.media.facts`; one call."""
        return media.facts(self._calls, code)

    def search_products(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Up to 100 products of the PIM that fit a search which is too long for an address.

        `search` and `attributes` in the body are texts, as in an address; one call.
        """
        params = {"pagination_type": "search_after", "limit": SAFE_LIMIT}
        url = api_url(self.pim_url, "products-uuid/search", params)
        return list(self._calls.search(url, self._read.items, body).items)

    def which_are_enabled(self, uuids: Sequence[str]) -> Iterator[tuple[str, bool]]:
        """Of up to 100 products of the PIM, those that the app may see, each with `enabled`.

        What is not among them is deleted or not permitted: the PIM does not tell these apart.
        """
        condition = {"uuid": [{"operator": "IN", "value": list(uuids)}]}
        asked = {
            "search": msgspec.json.encode(condition).decode(),
            "pagination_type": "search_after",
            "limit": SAFE_LIMIT,
        }
        # No more than were asked for: after a full page the PIM has an empty one.
        for product in islice(self.items("products-uuid", **asked), len(uuids)):
            yield str(product.get("uuid", "")).lower(), product.get("enabled") is not False

    def notify_scopes(self, scopes: Iterable[str]) -> None:
        """Tell the PIM which scopes the app wants; it then tells its app managers."""
        query = quote(join(scopes), safe="")
        url = f"{self.pim_url}/connect/apps/v1/scopes/update?scopes={query}"
        self._calls.call("POST", url, _nothing, body={})

    def system_information(self) -> SystemInformation:
        url = api_url(self.pim_url, "system-information")
        return self._calls.call("GET", url, self._read.system_information)

    def download(
        self, path: str, sink: Sink, *, max_bytes: int = media.MAX_BYTES
    ) -> MediaDescription:
        """Let the sink have a media file, whose path `media_path` gave; return what it is called.

        Raises NotFound if the PIM does not have it, or not for the app; AnswerTooLarge.
        """
        return media.download(self._calls, path, sink, max_bytes=max_bytes)

    def items(self, path: str, **params: object) -> Iterator[dict[str, Any]]:
        """The items of any list of the PIM, over all its pages.

        `path` is what follows /api/rest/v1/, with codes in it quoted.
        """
        first = api_url(self.pim_url, path, params)
        for page, _, _ in self._calls.pages(first, self._read.items):
            yield from page.items

    def counted_items(self, path: str, **params: object) -> list[dict[str, Any]]:
        """As `items`, but complete: raises TransientError for fewer than the PIM counted."""
        return list(self.counted(path, params))

    def counted(
        self, path: str, params: Mapping[str, object], *, most: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """As `counted_items`, one by one; raises TooMany as soon as there are more than `most`."""
        first = api_url(self.pim_url, path, {**params, "with_count": "true"})
        found = counted = 0
        for page, _, _ in self._calls.pages(first, self._read.items):
            found += len(page.items)
            counted = max(counted, page.total or 0)
            if most is not None and max(found, counted) > most:
                raise TooMany(path, most)
            yield from page.items
        if found < counted:
            raise UnexpectedAnswer(
                self._calls.host, "a list that ended early", detail=f"{found} of {counted}"
            )

    def _make_catalog(
        self, url: str, body: dict[str, Any], what: str, *, gone: type[NotFound] = NotFound
    ) -> PimCatalog:
        """Ask for a catalog at most once; `what` is what may have happened if nobody answers."""
        try:
            return self._calls.call(
                "POST",
                url,
                self._read.catalog,
                body=body,
                gone=gone,
                retry_if=lambda error: isinstance(error, (NotSent, RateLimited)),
            )
        except (NotSent, RateLimited):
            raise
        except TransientError as error:
            raise OutcomeUnknown(self._calls.host, what, detail=error.detail) from error

    def _catalog(self, catalog_id: str) -> str:
        return api_url(self.pim_url, f"catalogs/{quote(catalog_id, safe='')}")

    def _schema(self, catalog_id: str) -> str:
        return f"{self._catalog(catalog_id)}/mapping-schemas/product"

    def _first(
        self,
        catalog_id: str,
        kind: str,
        search_after: str | None,
        updated_after: datetime | None,
        **more: str,
    ) -> str:
        params: dict[str, object] = {
            "limit": self._limits[kind],
            "search_after": search_after,
            "updated_after": updated_after and atom(updated_after),
            **more,
        }
        return api_url(self.pim_url, f"catalogs/{quote(catalog_id, safe='')}/{kind}", params)

    def _be_content(self, kind: str) -> None:
        self._limits[kind] = SAFE_LIMIT


def _catalog_body(
    name: str, currencies: Sequence[str] | None, locales: Sequence[str] | None
) -> dict[str, Any]:
    body: dict[str, Any] = {"name": name}
    if currencies is not None:
        body["managed_currencies"] = list(currencies)
    if locales is not None:
        body["managed_locales"] = list(locales)
    return body


def _products(mapped: bool) -> str:
    return "mapped-products" if mapped else "products"


def _lacks_schema(error: CatalogGone) -> bool:
    """Whether a 404 is about the schema and not about the catalog."""
    return "mapping schema" in error.said.lower()


def _nothing(body: bytes) -> None:
    return None
