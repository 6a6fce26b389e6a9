"""A world whose catalog holds models with variants; made from `make_world`.

A conftest.py that imports `models_world` beside the fixtures of tests/world.py offers it.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from catalogs.channels import create_channel
from catalogs.models import Catalog
from channels.registry import KINDS
from sandbox.data.assortment import Product
from sync.models import ListingVariant
from tests.channels.shop import HttpShopAdapter
from tests.world import World


@dataclass
class Models:
    """What tests ask of a world with models."""

    world: World
    asked: dict[str, int] = field(default_factory=dict)

    @property
    def codes(self) -> list[str]:
        """The models that the catalog has, by code."""
        return sorted({root for product in self.listed() if (root := self.root_of(product))})

    @property
    def simple(self) -> list[str]:
        return [product.uuid for product in self.listed() if product.parent is None]

    def listed(self) -> list[Product]:
        pim = self.world.pim
        return list(pim.listed_products(pim.catalogs[self.world.catalog.pim_catalog_id]))

    def root_of(self, product: Product) -> str | None:
        above = list(self.world.pim.assortment.parents(product))
        return above[-1].code if above else None

    def variants(self, code: str) -> list[str]:
        """The uuids of a model's variants in the catalog."""
        return [product.uuid for product in self.listed() if self.root_of(product) == code]

    def known(self, code: str) -> set[str]:
        """The variants that we know the model to have."""
        rows = ListingVariant.objects.filter(listing__catalog=self.world.catalog)
        return set(rows.filter(listing__key=code).values_list("uuid", flat=True))

    def in_pim(self) -> dict[str, Any]:
        return self.world.documents(self.world.catalog)

    def on_shop(self) -> dict[str, Any]:
        return self.world.shop.live_documents()

    def requests(self) -> dict[str, int]:
        """How often each of the PIM's addresses was called, by its end."""
        counts = self.world.pim.traffic.as_json()["requests"]
        return {name.rsplit("/api/rest/v1/", 1)[-1]: count for name, count in counts.items()}


def use_models(world: World, monkeypatch: pytest.MonkeyPatch) -> Models:
    """Let the world's channel and catalog be ones with variants."""
    monkeypatch.setitem(KINDS, "http-shop", HttpShopAdapter)
    world.channel.delete()
    world.channel = create_channel(
        world.connection,
        name="Shop",
        kind="http-shop",
        values={"endpoint": f"{world.url}/shop/ingest", "batch_size": "10"},
        by_staff=True,
    )
    world.catalog = world.add_catalog("Models", raw=False, shape=Catalog.Shape.MODELS)
    return Models(world)


@pytest.fixture
def models(world: World, monkeypatch: pytest.MonkeyPatch) -> Models:
    return use_models(world, monkeypatch)
