"""The sandbox's assortment in a real shop: a catalog of models, and what it wants there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalogs.channels import adapter_for, create_channel
from catalogs.content import set_content
from catalogs.models import Catalog
from channels.base import Category, ChannelProduct
from channels.targets import as_json
from sandbox.records import Source
from tests.shops.comparing import LANGUAGES
from tests.shops.vendure_shop import VendureShop
from tests.shops.vendure_stage import Picture
from tests.world import World

ROOT = "master"
_WITH_IMAGES = ("images", "variant_images")


def sell_models(world: World, shop: VendureShop, url: str) -> Catalog:
    """Let the world's catalog be one of models that a shop, reached at `url`, gets in full."""
    channel = create_channel(
        world.connection,
        name="Vendure",
        kind="vendure",
        values={"url": url, "api_key": shop.api_key},
        by_staff=True,
    )
    channel.fields = as_json(adapter_for(channel).read_fields())
    channel.save(update_fields=["fields"])
    catalog = world.add_catalog("Vendure", raw=False, channel=channel, shape=Catalog.Shape.MODELS)
    # What has such names in the PIM means something else.
    world.pim.catalogs[catalog.pim_catalog_id].mapping |= {
        code: Source(None) for code in ("slug", "color", "size", "shops")
    }
    set_content(
        catalog,
        locale="en_US",
        locales=LANGUAGES,
        when_missing=dict.fromkeys(LANGUAGES.values(), Catalog.OnMissing.EMPTY),
        currencies=["EUR", "USD"],
        category_root=ROOT,
    )
    world.catalog = catalog
    return catalog


def wanted_products(world: World) -> list[ChannelProduct]:
    """What the PIM gives now, with the categories and pictures it has beside that."""
    documents = world.documents(world.catalog)
    variants = {
        variant["uuid"] for one in documents.values() for variant in one.get("variants", ())
    }
    return [
        _product(world, key, document) for key, document in documents.items() if key not in variants
    ]


def wanted_categories(world: World) -> list[Category]:
    """The tree below the root, parents first, by the PIM's locales."""
    assortment = world.pim.assortment
    below = assortment.with_children({ROOT}) - {ROOT}
    return [
        Category(
            code, None if one["parent"] == ROOT else one["parent"], one["labels"], one["position"]
        )
        for code, one in assortment.categories.items()
        if code in below
    ]


def _product(world: World, key: str, document: Mapping[str, Any]) -> ChannelProduct:
    uuids = [one["uuid"] for one in document.get("variants", (document,))]
    assortment = world.pim.assortment
    below = assortment.with_children({ROOT}) - {ROOT}
    codes = {code for uuid in uuids for code in assortment.product(uuid).categories} & below
    addresses = {address for one in _images(document) for address in one}
    return ChannelProduct(
        key,
        json.dumps({**document, "pim_categories": sorted(codes)}),
        media={address: Picture(_name(address), b"") for address in addresses},
    )


def _images(document: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for one in (document, *document.get("variants", ())):
        for target in _WITH_IMAGES:
            yield one.get(target) or ()


def _name(address: str) -> str:
    return address.removesuffix("/download").rpartition("/")[2].partition("_")[2]
