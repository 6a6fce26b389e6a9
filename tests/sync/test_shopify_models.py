"""Models of the sandbox in a Shopify shop, by the whole app, with all that products carry."""

import copy
import json
from decimal import Decimal

import pytest

from catalogs.channels import create_channel
from catalogs.content import set_content
from catalogs.models import Catalog
from channels.shopify import ShopifyAdapter
from sandbox.records import Source
from tests.channels.shopify.markets import add_price_list
from tests.channels.shopify.server import TOKEN, running_shop
from tests.shops.assortment import ROOT, wanted_categories, wanted_products
from tests.sync.media.pictures import content, downloaded

pytestmark = pytest.mark.slow

PRODUCTS = 45
BULK_FILE = "changes.jsonl"
LANGUAGES = {"en_US": "en", "fr_FR": "fr"}
MAPPED = {
    "title": Source("name"),
    "sku": Source("sku"),
    "prices": Source("price"),
    "images": Source("image_detail"),
    "variant_image": Source("image"),
}


@pytest.fixture
def shop():
    locales = [{"locale": "en", "primary": True}, {"locale": "fr", "primary": False}]
    with running_shop(locales=locales) as stand_in:
        shop = stand_in.shop
        shop.bucket.maximum = shop.bucket.left = 1e9  # or the test would wait
        shop.file_seconds = shop.bulk_seconds = 0.0
        yield shop


@pytest.fixture
def dollars(shop):
    return add_price_list(shop, "USD")


@pytest.fixture
def arrived(make_world, shop, dollars):
    """A world whose products are in the shop."""
    world = make_world(PRODUCTS)
    world.pim.small_pictures = True
    channel = create_channel(
        world.connection,
        name="Shopify",
        kind="shopify",
        values={"shop": shop.url, "access_token": TOKEN},
        by_staff=True,
    )
    catalog = world.add_catalog("Shopify", raw=False, channel=channel, shape=Catalog.Shape.MODELS)
    targets = {one.code for one in ShopifyAdapter.all_targets(())} - {"uuid"}
    world.pim.catalogs[catalog.pim_catalog_id].mapping |= {
        code: MAPPED.get(code, Source(None)) for code in targets
    }
    set_content(
        catalog,
        locale="en_US",
        locales=LANGUAGES,
        currencies=["EUR", "USD"],
        category_root=ROOT,
    )
    world.catalog = catalog
    run = world.sync(full=True)
    assert (run.status, run.failed) == ("succeeded", 0)
    uploaded = [name for name, _ in shop.uploads if name != BULK_FILE]
    assert downloaded(world) == run.files == len(uploaded) > 0
    return world


def wanted(world):
    """What customers should find, by our keys."""
    return {one.key: _wanted(world, one.data) for one in wanted_products(world)}


def _wanted(world, document):
    variants = document.get("variants", [{**document, "variation_axes_values": []}])
    shown = [
        *document.get("images", ()),
        *(one["variant_image"] for one in variants if one.get("variant_image")),
    ]
    return {
        "title": _texts(document["title"]),
        "pictures": [_picture(world, one) for one in dict.fromkeys(shown)],
        "categories": document["pim_categories"],
        "axes": [_texts(one["label"]) for one in document.get("variation_axes", ())],
        "variants": {one["uuid"]: _wanted_variant(world, one) for one in variants},
    }


def _wanted_variant(world, document):
    return {
        "sku": document["sku"],
        "prices": {one["currency"]: Decimal(str(one["amount"])) for one in document["prices"]},
        "picture": _picture(world, document.get("variant_image")),
        "values": [_texts(one["label"]) for one in document["variation_axes_values"]],
    }


def _texts(entries):
    return {LANGUAGES[one["locale"]]: one["value"] for one in entries}


def _picture(world, address):
    if address is None:
        return None
    return content(world, address.partition("/media-files/")[2].removesuffix("/download"))


def for_sale(shop, dollars):
    """What customers find in every sales channel, in the words of `wanted`."""
    return {
        _key(one): _seen(shop, dollars, one)
        for one in shop.products
        if one["status"] == "ACTIVE" and len(one["published"]) == len(shop.publications)
    }


def _key(node):
    return node["metafields"]["ferry", "pim_id"]


def _seen(shop, dollars, product):
    options = [one for one in product["options"] if one["name"] != "Title"]
    names = {
        value["name"]: _translated(shop, value, "name")
        for one in options
        for value in one["optionValues"]
    }
    return {
        "title": _translated(shop, product, "title"),
        "pictures": [shop.nodes[id_]["content"] for id_ in product["media"]],
        "categories": json.loads(product["metafields"]["ferry", "categories"]),
        "axes": [_translated(shop, one, "name") for one in options],
        "variants": {
            _key(one): {
                "sku": one["sku"],
                "prices": {
                    "EUR": Decimal(one["price"]),
                    "USD": Decimal(dollars["fixed"][one["id"]][0]),
                },
                "picture": next((shop.nodes[id_]["content"] for id_ in one["media"]), None),
                "values": [
                    names[chosen["value"]]
                    for chosen in one["selectedOptions"]
                    if chosen["value"] in names
                ],
            }
            for one in product["variants"]
        },
    }


def _translated(shop, node, key):
    return {"en": node[key], "fr": shop.translations[node["id"], "fr", key]["value"]}


def touched(before, after):
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def test_all_that_products_carry_arrives_and_only_what_changes_moves(arrived, shop, dollars):
    world = arrived
    there = for_sale(shop, dollars)
    assert there == wanted(world)
    assert {one["title"] for one in shop.all("Collection")} == {
        one.labels["en_US"] for one in wanted_categories(world)
    }

    # The same again: everything is read, nothing is sent.
    shop.writes.clear()
    world.pim.traffic.reset()
    world.sync(full=True)
    assert (shop.writes, downloaded(world)) == ([], 0)

    # A variant's picture is emptied, another one leaves, a model has another name in French.
    models = [key for key, one in there.items() if len(one["variants"]) > 1]
    emptied, thinned, renamed = models[:3]
    world.pim.edit_product(next(iter(there[emptied]["variants"])), "image", None)
    world.pim.disable_product(next(iter(there[thinned]["variants"])))
    world.pim.edit_model(renamed, "name", "Autre nom", "fr_FR")
    world.sync()
    after = for_sale(shop, dollars)
    assert after == wanted(world)
    assert touched(there, after) == {emptied, thinned, renamed}

    # A model leaves with its last variant, and comes back as the same.
    gone = [uuid for uuid in there[thinned]["variants"] if uuid in after[thinned]["variants"]]
    for uuid in gone:
        world.pim.disable_product(uuid)
    world.sync()
    assert touched(after, for_sale(shop, dollars)) == {thinned}
    [archived] = [one for one in shop.products if one["status"] == "ARCHIVED"]
    assert _key(archived) == thinned
    for uuid in gone:
        world.pim.enable_product(uuid)
    world.sync()
    assert for_sale(shop, dollars) == wanted(world)
    assert [one["id"] for one in shop.products if _key(one) == thinned] == [archived["id"]]


def test_a_label_of_a_category_renames_its_collection_and_touches_no_product(arrived, shop):
    world = arrived
    world.pim.assortment.categories = copy.deepcopy(world.pim.assortment.categories)
    code = wanted_categories(world)[0].code
    shop.writes.clear()

    world.pim.assortment.categories[code]["labels"]["en_US"] = "Called otherwise"
    world.sync()

    assert "Called otherwise" in [one["title"] for one in shop.all("Collection")]
    assert "ProductSet" not in shop.writes
