"""A catalog of the sandbox in a Shopify shop, by the whole app."""

import pytest

from catalogs.channels import create_channel
from catalogs.content import set_content
from catalogs.models import ChannelId
from sandbox.data.associations import Link
from sandbox.records import Source
from sync.models import Listing
from tests.channels.shopify.server import TOKEN, running_shop

pytestmark = pytest.mark.whole_runs

RELATED = ("shopify--discovery--product_recommendation", "related_products")
MAPPED = ("uuid", "title", "description", "vendor", "tags", "sku", "price")


@pytest.fixture
def shop():
    locales = [{"locale": "en_US", "primary": True}, {"locale": "fr_FR", "primary": False}]
    with running_shop(locales=locales) as stand_in:
        stand_in.shop.bucket.maximum = stand_in.shop.bucket.left = 1e9  # or the test would wait
        yield stand_in.shop


@pytest.fixture
def catalog(world, shop):
    world.channel = create_channel(
        world.connection,
        name="Shopify",
        kind="shopify",
        values={"shop": shop.url, "access_token": TOKEN},
        by_staff=True,
    )
    world.catalog = world.add_catalog(raw=False)
    world.select(world.catalog, "mugs")
    mapping = world.pim.catalogs[world.catalog.pim_catalog_id].mapping
    mapping |= {code: Source(None) for code in mapping if code not in MAPPED}
    return world.catalog


def text(value, locale):
    return next(one["value"] for one in value if one["locale"] == locale)


def test_a_catalog_arrives_changes_and_leaves(world, shop, catalog):
    run = world.sync(catalog)

    documents = world.documents(catalog)
    there = {one["metafields"]["ferry", "pim_id"]: one for one in shop.products}
    assert (run.status, run.failed) == ("succeeded", 0)
    assert there.keys() == documents.keys() != set()
    for key, document in documents.items():
        [only] = there[key]["variants"]
        french = shop.translations[there[key]["id"], "fr_FR", "title"]["value"]
        assert there[key]["title"] == text(document["title"], "en_US")
        assert french == text(document["title"], "fr_FR")
        assert only["sku"] == document["sku"]
        assert only["price"] == f"{document.get('price', 0):.2f}"
        assert Listing.objects.get(key=key).external_id == there[key]["id"]
        assert ChannelId.objects.get(kind="product", key=key).external_id == there[key]["id"]

    edited, leaving = sorted(documents)[:2]
    shop.writes.clear()
    world.pim.edit_product(edited, "sku", "EDITED-1")
    world.sync(catalog)
    assert shop.writes == ["ProductSet"]
    assert there[edited]["id"] in shop.nodes
    assert shop.nodes[there[edited]["id"]]["variants"][0]["sku"] == "EDITED-1"

    world.pim.enable_product(leaving, enabled=False)
    world.sync(catalog)
    statuses = {one["metafields"]["ferry", "pim_id"]: one["status"] for one in shop.products}
    assert statuses == {key: "ARCHIVED" if key == leaving else "ACTIVE" for key in documents}


def test_links_and_shops_that_a_product_loses_in_the_pim_are_gone(world, shop, catalog):
    shop.define("PRODUCT", ".".join(RELATED), "list.product_reference")
    mapping = world.pim.catalogs[catalog.pim_catalog_id].mapping
    mapping["shops"] = mapping["tags"]
    documents = world.documents(catalog)
    online = shop.publications[0]["id"]
    first, second = [key for key, one in documents.items() if one.get("tags")][:2]
    shops = {tag: online for one in documents.values() for tag in one.get("tags", ())}
    set_content(catalog, relations={"UPSELL": "related"}, shops=shops)
    world.pim.associate(first, "UPSELL", Link(second))
    world.sync(catalog)
    there = next(one for one in shop.products if one["metafields"]["ferry", "pim_id"] == first)
    assert there["published"] == {online}
    assert RELATED in there["metafields"]

    world.pim.associate(first, "UPSELL")
    world.pim.edit_product(first, "collection", None)
    world.sync(catalog)

    assert shop.nodes[there["id"]]["published"] == set()
    assert RELATED not in shop.nodes[there["id"]]["metafields"]
