"""Only what is complete in the PIM is on the shop."""

import pytest

from catalogs.models import Catalog
from sandbox.completeness import completenesses
from sync.models import Departure, Listing, Run
from sync.runs import create_run
from tests.sync.content.able_world import requests, setting

pytestmark = pytest.mark.whole_runs

Status = Listing.Status


def lose_name(world, key):
    """Make the product incomplete; return what mends it."""
    name = world.pim.assortment.value(world.pim.assortment.product(key), "name", "de_DE", None)
    world.pim.edit_product(key, "name", None, "de_DE")
    return lambda: world.pim.edit_product(key, "name", name, "de_DE")


def complete_in_print(world):
    assortment = world.pim.assortment
    products = [assortment.product(key) for key in world.listed()]
    return {
        product.uuid
        for product in products
        if all(
            each["data"] == 100
            for each in completenesses(assortment, product, assortment.values_of(product))
            if each["scope"] == "print"
        )
    }


def test_what_is_not_complete_is_never_sent_and_says_what_it_lacks(world, shop):
    lost = sorted(complete_in_print(world))[0]
    lose_name(world, lost)
    setting(world, complete_for="print")

    run = world.sync()

    assert run.status == Run.Status.SUCCEEDED
    assert set(shop.products) == complete_in_print(world)
    assert lost not in {product.key for product in shop.given}
    listing = Listing.objects.get(key=lost)
    assert (listing.status, listing.left_because) == (Status.GONE, "incomplete")
    assert listing.problem.startswith("Not complete in the PIM: ")
    assert " %" in listing.problem
    assert listing.label or listing.identifier


def test_it_arrives_when_it_becomes_complete_and_leaves_when_it_is_not_any_more(world, shop):
    setting(world, complete_for="print")
    world.sync()
    key = sorted(shop.products)[0]
    others = set(shop.products) - {key}

    mend = lose_name(world, key)
    left = world.sync()
    on_shop_then = set(shop.products)
    listing = Listing.objects.get(key=key)
    mend()
    world.sync()

    assert (left.mode, left.withdrawn) == (Run.Mode.DELTA, 1)
    assert on_shop_then == others
    assert (listing.status, listing.left_because) == (Status.GONE, "incomplete")
    assert "%" in listing.problem
    assert set(shop.products) == others | {key}
    assert Listing.objects.get(key=key).problem == ""
    assert not Departure.objects.exists()


def test_it_stays_on_the_shop_where_that_is_what_is_set(world, shop):
    setting(world, complete_for="print", when_incomplete="leave")
    world.sync()
    key = sorted(shop.products)[0]

    lose_name(world, key)
    world.sync()

    assert key in shop.products
    assert Listing.objects.get(key=key).status == Status.KEPT


def test_many_at_once_are_held_for_a_person(world, shop):
    world.sync()
    everything = set(shop.products)
    setting(world, complete_for="print")
    Catalog.objects.update(fuse_count=0, fuse_percent=1)
    incomplete = everything - complete_in_print(world)
    for key in sorted(complete_in_print(world))[:3]:
        lose_name(world, key)
        incomplete.add(key)

    run = world.sync()

    assert (run.status, run.held) == (Run.Status.HELD, len(incomplete))
    assert set(shop.products) == everything


def test_a_delta_does_not_ask_for_incomplete_products_one_by_one(world, shop):
    setting(world, complete_for="print")
    for key in sorted(complete_in_print(world))[:3]:
        lose_name(world, key)
    Run.objects.update(watermark=None)
    world.sync()
    requests(world)

    run = world.sync()

    assert (run.mode, run.changed) == (Run.Mode.DELTA, 0)
    assert not [path for path in requests(world) if "mapped-products/<" in path]


def test_a_dry_run_says_what_would_leave_and_changes_nothing(world, shop):
    setting(world, complete_for="print")
    world.sync()
    key = sorted(shop.products)[0]
    lose_name(world, key)
    before = sorted(Listing.objects.values_list("key", "status", "problem"))

    run = create_run(world.again(), Run.Trigger.MANUAL, mode=Run.Mode.FULL, dry_run=True)
    [run] = world.work()

    assert (run.status, run.leaving, run.changed) == (Run.Status.SUCCEEDED, 1, 0)
    assert sorted(Listing.objects.values_list("key", "status", "problem")) == before
    assert list(run.differences.values_list("key", "action")) == [(key, "withdraw")]


def test_a_pim_that_says_nothing_of_any_product_changes_nothing(world, shop):
    setting(world, complete_for="print")
    world.sync()
    before = dict(shop.products)
    world.between.edit_json(
        r"/products-uuid\?", lambda page: page["_embedded"]["items"].clear(), times=999
    )

    run = world.sync(full=True)

    assert run.status == Run.Status.FAILED
    assert shop.products == before
