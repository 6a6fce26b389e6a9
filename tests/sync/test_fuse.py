"""The fuse: suspiciously many withdrawals wait for a person, and nothing else does."""

import pytest

from catalogs.models import Catalog, Channel
from sandbox.state import Criterion
from sync.fuse import blows_fuse
from sync.listings import confirm_held, refuse_held
from sync.models import Listing, Run


@pytest.mark.parametrize(
    ("leaving", "on_channel", "held"),
    [
        (0, 0, False),
        (0, 100, False),
        (1, 1, False),  # a catalog of one product may lose it
        (2, 2, True),  # but never all of several
        (20, 100, False),
        (20, 21, False),
        (21, 100, True),
        (21, 420, False),  # exactly 5 %
        (22, 420, True),
        (50, 1000, False),
        (51, 1000, True),
    ],
)
def test_suspiciously_many_withdrawals_blow_the_fuse(leaving, on_channel, held):
    assert blows_fuse(Catalog(), leaving, on_channel) is held


def test_the_thresholds_are_the_catalogs():
    catalog = Catalog(fuse_percent=10, fuse_count=5)

    assert blows_fuse(catalog, 11, 100)
    assert not blows_fuse(catalog, 10, 100)
    assert not blows_fuse(catalog, 5, 20)


@pytest.fixture
def hundred(make_world):
    """A world with 100 products on the shop."""
    world = make_world(110)
    for uuid in sorted(world.listed())[100:]:
        world.pim.delete_product(uuid)
    world.sync()
    assert len(world.on_shop()) == 100
    return world


def take_off(world, uuids):
    for uuid in uuids:
        world.pim.disable_product(uuid)


def select_nothing(world, catalog):
    """An enabled catalog whose selection has gone wrong."""
    there = world.pim.catalogs[catalog.pim_catalog_id]
    there.criteria = [Criterion("enabled", "=", False), Criterion("enabled", "=", True)]


def held(world):
    return list(Listing.objects.filter(catalog=world.catalog).held().order_by("key"))


def test_twenty_of_a_hundred_leave_at_once(hundred):
    take_off(hundred, sorted(hundred.listed())[:20])

    run = hundred.sync()

    assert (run.status, run.withdrawn, run.held) == (Run.Status.SUCCEEDED, 20, 0)
    assert hundred.on_shop() == hundred.listed()


def test_one_more_and_all_of_them_wait_while_the_rest_goes_on(hundred):
    uuids = sorted(hundred.listed())
    take_off(hundred, uuids[:21])
    hundred.pim.edit_product(uuids[50], "sku", "EDITED-1", None, None)

    run = hundred.sync()

    assert (run.status, run.withdrawn, run.held, run.pushed) == (Run.Status.HELD, 0, 21, 1)
    assert run.problem.startswith("21 products have left the catalog")
    assert run.read_at is not None
    assert hundred.on_shop() == set(uuids)
    assert hundred.shop.live_documents()[uuids[50]]["values"]["sku"][0]["data"] == "EDITED-1"


def test_a_yes_withdraws_what_was_seen_and_nothing_that_left_later(hundred):
    uuids = sorted(hundred.listed())
    take_off(hundred, uuids[:21])
    hundred.sync()
    seen = [listing.pk for listing in held(hundred)]
    take_off(hundred, uuids[21:23])
    assert hundred.sync().held == 23

    confirmed = confirm_held(hundred.catalog, seen)
    run = hundred.sync()

    assert confirmed == 21
    assert (run.status, run.withdrawn, run.held) == (Run.Status.HELD, 21, 2)
    assert hundred.on_shop() == set(uuids[21:])


def test_a_yes_does_not_touch_what_came_back_meanwhile(hundred):
    uuids = sorted(hundred.listed())
    take_off(hundred, uuids[:21])
    hundred.sync()
    seen = [listing.pk for listing in held(hundred)]
    hundred.pim.enable_product(uuids[0])
    hundred.sync()

    confirmed = confirm_held(hundred.catalog, seen)
    run = hundred.sync()

    assert confirmed == 20
    assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, 20)
    assert hundred.on_shop() == hundred.listed()


def test_a_no_keeps_them_for_good_and_is_not_asked_again(hundred):
    uuids = sorted(hundred.listed())
    take_off(hundred, uuids[:21])
    hundred.sync()

    refused = refuse_held(hundred.catalog, [listing.pk for listing in held(hundred)])
    take_off(hundred, uuids[21:31])
    run = hundred.sync()

    assert refused == 21
    assert (run.status, run.withdrawn, run.held) == (Run.Status.SUCCEEDED, 10, 0)
    assert hundred.on_shop() == {*uuids[:21], *uuids[31:]}


def test_what_comes_back_is_released_by_itself(hundred):
    uuids = sorted(hundred.listed())
    take_off(hundred, uuids[:30])
    hundred.sync()
    for uuid in uuids[:30]:
        hundred.pim.enable_product(uuid)

    run = hundred.sync()

    assert (run.status, run.pushed, run.withdrawn) == (Run.Status.SUCCEEDED, 0, 0)
    assert hundred.statuses() == {Listing.Status.LISTED: 100}


def test_a_slow_drip_does_not_pass_while_something_is_held(hundred):
    uuids = sorted(hundred.listed())
    take_off(hundred, uuids[:21])
    hundred.sync()
    for start in (21, 26, 31):
        take_off(hundred, uuids[start : start + 5])
        hundred.sync()

    assert len(held(hundred)) == 36
    assert hundred.on_shop() == set(uuids)


def test_a_catalog_that_lists_nothing_withdraws_nothing(make_world):
    world = make_world(12)
    world.sync()
    before = world.documents_on_shop()
    select_nothing(world, world.catalog)

    run = world.sync()

    assert (run.status, run.listed, run.withdrawn) == (Run.Status.HELD, 0, 0)
    assert run.held == len(before)
    assert world.documents_on_shop() == before


def test_a_catalog_of_one_product_may_lose_it(make_world):
    world = make_world(1)
    world.sync()
    take_off(world, world.listed())

    run = world.sync()

    assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, 1)


def test_the_last_products_wait_also_when_others_are_on_their_way_off(make_world):
    """A withdrawal that was decided before, and not carried out, hides nothing."""
    world = make_world(12)
    world.sync()
    uuids = sorted(world.listed())
    settings = world.channel.settings
    Channel.objects.update(settings={})
    take_off(world, uuids[:1])
    world.sync()
    Channel.objects.update(settings=settings)
    select_nothing(world, world.catalog)

    run = world.sync()

    assert (run.status, run.withdrawn, run.held) == (Run.Status.HELD, 1, len(uuids) - 1)
    assert world.on_shop() == set(uuids[1:])


def test_the_last_products_wait_also_when_a_sibling_takes_over_the_others(make_world):
    world = make_world(25)
    sibling = world.add_catalog("Sibling")
    family = world.pim.assortment.product(min(world.listed())).family
    criterion = Criterion("family", "IN", [family])
    world.pim.catalogs[sibling.pim_catalog_id].criteria += [criterion]
    world.sync()
    world.sync(sibling)
    shared = world.listed(sibling)
    everything = world.listed()
    assert shared < everything
    select_nothing(world, world.catalog)

    run = world.sync()

    assert (run.status, run.withdrawn) == (Run.Status.HELD, 0)
    assert run.held == len(everything - shared)
    assert world.on_shop() == everything
    assert Listing.objects.filter(catalog=sibling).on_channel().count() == len(shared)
