"""What the sandbox's PIM wants in a shop: its products in a catalog of models, as documents."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from channels.base import Category, ChannelProduct
from channels.targets import Target
from channels.vendure import VendureAdapter
from sandbox.records import Source
from sandbox.state import Pim, make_pim
from tests.sandbox_server import serving_sandbox
from tests.shops.vendure_stage import Picture

_SCOPES = {"read_products", "read_catalogs", "write_catalogs", "read_media_files"}
ROOT = "master"


@dataclass
class SandboxCatalog:
    """A catalog of models in a sandbox, and what it gives now."""

    pim: Pim
    url: str
    session: requests.Session
    id: str
    _pictures: dict[str, Picture] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many products the catalog holds, variants and those that stand alone."""
        return sum(1 for _ in self.pim.listed_products(self.pim.catalogs[self.id]))

    def products(self) -> list[ChannelProduct]:
        """Models with their variants and the products beside them, with categories and media."""
        return [*map(self._model, self._items("mapped-models")), *map(self._simple, self._alone())]

    def categories(self) -> list[Category]:
        """The tree below the root, parents first."""
        return [
            Category(
                code,
                None if one["parent"] == ROOT else one["parent"],
                one["labels"],
                one["position"],
            )
            for code, one in self.pim.assortment.categories.items()
            if code != ROOT
        ]

    def _items(self, path: str) -> Iterator[dict[str, Any]]:
        address = f"{self.url}/api/rest/v1/catalogs/{self.id}/{path}?limit=100"
        while address:
            answer = self.session.get(address).json()
            yield from answer["_embedded"]["items"]
            address = answer["_links"].get("next", {}).get("href", "")

    def _alone(self) -> Iterator[dict[str, Any]]:
        return self._items("mapped-products")

    def _model(self, item: dict[str, Any]) -> ChannelProduct:
        variants = list(self._items(f"mapped-models/{item['code']}/variants"))
        categories = self.pim.assortment.models[item["code"]].categories
        return self._product(item["code"], {**item, "variants": variants}, categories)

    def _simple(self, item: dict[str, Any]) -> ChannelProduct:
        categories = self.pim.assortment.product(item["uuid"]).categories
        return self._product(item["uuid"], item, categories)

    def _product(
        self, key: str, document: dict[str, Any], categories: Sequence[str]
    ) -> ChannelProduct:
        document = {**document, "pim_categories": sorted(set(categories) - {ROOT})}
        return ChannelProduct(key, json.dumps(document), media=self._media(document))

    def _media(self, document: dict[str, Any]) -> dict[str, Picture]:
        things = [document, *document.get("variants", ())]
        addresses = [
            address
            for thing in things
            for name in ("images", "variant_images")
            for address in thing.get(name, ())
        ]
        return {address: self._picture(address) for address in addresses}

    def _picture(self, address: str) -> Picture:
        if address not in self._pictures:
            name = address.removesuffix("/download").rpartition("/")[2].partition("_")[2]
            self._pictures[address] = Picture(name, self.session.get(address).content)
        return self._pictures[address]


@contextmanager
def sandbox_catalog(products: int, fields: Sequence[Target]) -> Iterator[SandboxCatalog]:
    """A sandbox with a catalog of models whose mapping fills the shop's own terms."""
    pim = make_pim(products=products, app_url="https://ferry.example.com")
    app = next(iter(pim.apps.values()))
    app.connected = True
    with serving_sandbox(pim) as url:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {pim.set_scopes(app, _SCOPES)}"
        root = f"{url}/api/rest/v1/catalogs"
        id_ = session.post(root, json={"name": "Shop"}).json()["id"]
        schema = VendureAdapter.mapping_schema(fields, shape="models")
        put = session.put(f"{root}/{id_}/mapping-schemas/product", json=schema)
        assert put.ok, put.text
        catalog = pim.catalogs[id_]
        catalog.enabled = True
        pim.auto_map(catalog)
        catalog.mapping |= {"slug": Source(None), "color": Source(None), "size": Source(None)}
        yield SandboxCatalog(pim, url, session, id_)
