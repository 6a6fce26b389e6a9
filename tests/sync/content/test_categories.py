"""Categories: what products say of theirs, and the tree that the shop gets."""

import pytest

from channels.base import ConfigurationError, TransientError
from sync.models import Run
from tests.sync.content.able_world import on_shop, setting

pytestmark = pytest.mark.whole_runs


def test_products_say_their_categories_and_the_shop_gets_the_tree(world, shop):
    setting(world, category_root="master", locales={"en_US": "en"}, locale="en_US")

    world.sync()

    assortment = world.pim.assortment
    below = assortment.with_children({"master"}) - {"master"}
    assert {key: set(one["pim_categories"]) for key, one in on_shop(shop).items()} == {
        key: set(assortment.product(key).categories) & below for key in world.listed()
    }
    tree = shop.trees["master"]
    assert {one.code for one in tree} == below
    assert {one.label("en") for one in tree} == {
        assortment.categories[code]["labels"]["en_US"] for code in below
    }
    known = {None}
    for one in tree:
        assert one.parent in known
        known.add(one.code)


def test_it_follows_at_a_delta_only_when_the_tree_changed(world, shop):
    setting(world, category_root="master")
    world.sync()
    world.sync()
    assert shop.arranged == ["master"]

    code = shop.trees["master"][0].code
    world.pim.assortment.categories[code]["labels"]["en_US"] = "Renamed"
    run = world.sync()

    assert run.mode == Run.Mode.DELTA
    assert shop.arranged == ["master", "master"]
    assert shop.trees["master"][0].label("en_US") == "Renamed"


def test_another_root_takes_the_first_tree_away(world, shop):
    setting(world, category_root="master")
    world.sync()

    setting(world, category_root="clothing")
    world.sync()

    assert shop.trees.keys() == {"master", "clothing"}
    assert shop.trees["master"] == []
    assert {one.parent for one in shop.trees["clothing"]} == {None}


def test_products_that_would_lose_all_their_categories_wait_for_a_person(world, shop):
    setting(world, category_root="master")
    world.sync()

    setting(world, category_root="")
    run = world.sync()

    assert (run.status, run.held) == (Run.Status.HELD, len(world.listed()))
    assert all(one["pim_categories"] for one in on_shop(shop).values())


def test_a_root_that_is_gone_stops_the_run_before_anything_is_lost(world, shop):
    setting(world, category_root="master")
    world.sync()
    before = dict(shop.products)
    known = world.pim.assortment.categories
    known["outlet"] = {**known["master"], "code": "outlet"}
    setting(world, category_root="outlet")
    del known["outlet"]

    run = world.sync()

    assert run.status == Run.Status.STOPPED
    assert "outlet" in run.problem
    assert shop.products == before
    assert shop.arranged == ["master"]


@pytest.mark.parametrize("full", [False, True])
def test_a_tree_with_nothing_in_it_takes_no_navigation_away(world, shop, full):
    setting(world, category_root="master")
    world.sync()
    before, tree = dict(shop.products), shop.trees["master"]

    def empty(page):
        items = page["_embedded"]["items"]
        items[:] = [one for one in items if one["code"] == "master"]
        page["items_count"] = 1

    world.between.edit_json(r"/rest/v1/categories\?", empty, times=100)

    run = world.sync(full=full)

    assert run.status == Run.Status.STOPPED
    assert "master" in run.problem
    assert (shop.products, shop.trees["master"]) == (before, tree)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (ConfigurationError("Grant the app the collections."), Run.Status.STOPPED),
        (TransientError("The shop is busy."), Run.Status.FAILED),
    ],
)
def test_a_shop_that_refuses_the_tree_gets_no_products_that_would_miss_it(
    world, shop, fault, status
):
    setting(world, category_root="master")
    shop.arrange_fault = fault

    first = world.sync()
    shop.arrange_fault = None
    sent = dict(shop.products)
    world.sync()

    assert (first.status, sent) == (status, {})
    assert first.problem.startswith(fault.message)
    assert set(shop.products) == world.listed()
    assert shop.arranged == ["master"]
