"""The sandbox's assortment, brought by the app into a real Vendure shop, field by field."""

import copy

import pytest

from sandbox.data.designs import media_code
from sync.models import Listing
from tests.shops.assortment import sell_models, wanted_categories, wanted_products
from tests.shops.comparing import compare_collections, compare_slugs, compare_with_shop
from tests.shops.vendure_stage import standing

PRODUCTS = 1500
FEW = 60
DOWNLOAD = "media-files"


def in_shop(shop):
    return {one["customFields"]["externalId"]: one for one in standing(shop).values()}


def moved(before, after):
    """The keys of those products of which anything is not as before, a date included."""
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def downloads(world):
    requests = world.pim.traffic.as_json()["requests"]
    return sum(count for name, count in requests.items() if DOWNLOAD in name)


def with_variants(products, *, at_least=2):
    return [one for one in products if len(one.data.get("variants", ())) >= at_least]


def test_the_whole_assortment_arrives_and_only_what_changes_is_sent(make_world, shop, between):
    world = make_world(PRODUCTS)
    catalog = sell_models(world, shop, between.url)

    world.sync(full=True)

    products = wanted_products(world)
    assert sum(len(one.data.get("variants", (1,))) for one in products) == len(world.listed())
    assert world.statuses() == {"listed": len(products)}
    assert not Listing.objects.filter(catalog=catalog).exclude(problem="").exists()
    assert compare_with_shop(shop, products) == {}
    assert compare_collections(shop, wanted_categories(world), products) == {}
    assert compare_slugs(shop, products) == {}
    assert between.count("CreateAssets")
    assert downloads(world)

    # The same again: everything is read, nothing is sent.
    between.said.clear()
    world.pim.traffic.reset()
    before = in_shop(shop)
    world.sync(full=True)
    assert between.changes == []
    assert downloads(world) == 0
    assert in_shop(shop) == before

    # One edit, one variant that leaves.
    edited, thinned = with_variants(products)[:2]
    world.pim.edit_product(edited.data["variants"][0]["uuid"], "ean", "1234567890128")
    world.pim.disable_product(thinned.data["variants"][0]["uuid"])
    world.sync()
    assert moved(before, in_shop(shop)) == {edited.key, thinned.key}
    assert compare_with_shop(shop, wanted_products(world)) == {}


@pytest.fixture
def arrived(make_world, shop, between):
    """A world whose products are in the shop."""
    world = make_world(FEW)
    sell_models(world, shop, between.url)
    world.sync(full=True)
    between.said.clear()
    world.pim.traffic.reset()
    return world


def test_an_edit_changes_exactly_that_product(arrived, shop, between):
    world = arrived
    one, other = with_variants(wanted_products(world))[:2]
    uuid = one.data["variants"][0]["uuid"]
    prices = [{"amount": "12.34", "currency": "EUR"}, {"amount": "13.5", "currency": "USD"}]
    for key, edit in (
        (one.key, lambda: world.pim.edit_product(uuid, "price", prices)),
        (other.key, lambda: world.pim.edit_model(other.key, "name", "Autre nom", "fr_FR")),
    ):
        before = in_shop(shop)
        edit()
        world.sync()
        assert moved(before, in_shop(shop)) == {key}
        assert compare_with_shop(shop, wanted_products(world)) == {}
    assert downloads(world) == 0


def test_another_picture_is_fetched_and_uploaded_once(arrived, shop, between):
    world = arrived
    product = next(one for one in with_variants(wanted_products(world)) if one.media)
    variant = next(one for one in product.data["variants"] if one.get("variant_images"))
    name = product.media[variant["variant_images"][0]].name
    another = media_code(world.pim.assortment.seed, name.replace(".png", "-detail.png"))
    before = in_shop(shop)

    world.pim.edit_product(variant["uuid"], "image", another)
    world.sync()

    assert moved(before, in_shop(shop)) == {product.key}
    assert compare_with_shop(shop, wanted_products(world)) == {}
    assert downloads(world) == between.count("CreateAssets") == 1


def test_what_leaves_is_withdrawn_variant_by_variant_and_the_model_with_the_last(arrived, shop):
    world = arrived
    model = with_variants(wanted_products(world))[0]
    first, *others = [one["uuid"] for one in model.data["variants"]]
    before = in_shop(shop)

    world.pim.disable_product(first)
    world.sync()

    after = in_shop(shop)
    assert moved(before, after) == {model.key}
    assert after[model.key]["enabled"]
    hidden = [one for one in after[model.key]["variants"] if not one["enabled"]]
    assert [one["customFields"]["externalId"] for one in hidden] == [first]

    for uuid in others:
        world.pim.disable_product(uuid)
    world.sync()

    assert moved(after, in_shop(shop)) == {model.key}
    assert not in_shop(shop)[model.key]["enabled"]
    assert compare_with_shop(shop, wanted_products(world)) == {}


def test_a_label_of_a_category_renames_its_collection_and_touches_no_product(
    arrived, shop, between
):
    world = arrived
    world.pim.assortment.categories = copy.deepcopy(world.pim.assortment.categories)
    products = wanted_products(world)
    at_first = copy.deepcopy(wanted_categories(world))
    code = products[0].data["pim_categories"][0]
    before = in_shop(shop)

    world.pim.assortment.categories[code]["labels"]["fr_FR"] = "Autrement"
    world.sync()

    assert moved(before, in_shop(shop)) == set()
    renamed = wanted_categories(world)
    assert compare_collections(shop, renamed, products, at_first=at_first) == {}
    assert between.count("UpdateCollection") == 1


@pytest.mark.parametrize(
    "operation",
    [
        "CreateCollection",
        "CreateAssets",
        "CreateGroup",
        "CreateProduct",
        "AddGroup",
        "CreateVariants",
        "UpdateVariants",
    ],
)
def test_a_lost_answer_in_the_middle_of_a_run_makes_no_duplicate(
    make_world, shop, between, operation
):
    world = make_world(FEW)
    sell_models(world, shop, between.url)
    between.loses = {operation: 1}

    world.sync(full=True)

    products = wanted_products(world)
    assert between.loses == {operation: 0}
    assert compare_with_shop(shop, products) == {}
    assert compare_collections(shop, wanted_categories(world), products) == {}
    assert len(standing(shop)) == len(products)
    uploaded = shop.ask("{ assets(options: { take: 1000 }) { items { name } } }")["assets"]["items"]
    pictures = {file.name for one in products for file in one.media.values()}
    assert sorted(one["name"] for one in uploaded) == sorted(pictures)
