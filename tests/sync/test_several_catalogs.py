"""Whole runs of several catalogs on one channel: the shop holds each product once.

The first catalog that holds a product carries it, with its own document. One catalog here is raw
and the other mapped, so that the shop shows whose document it has.
"""

import pytest

from catalogs.models import Catalog
from connections.models import Connection
from sync.models import Listing, Run
from sync.ordering import archive, reorder, restore

pytestmark = pytest.mark.whole_runs

Status = Listing.Status


@pytest.fixture
def first(world):
    """Backpacks and T-shirts, raw."""
    world.select(world.catalog, "backpacks", "t_shirts")
    return world.catalog


@pytest.fixture
def second(world, first):
    """T-shirts, shoes and mugs by their categories, mapped."""
    catalog = world.add_catalog("Wardrobe", raw=False)
    world.select(catalog, category=["clothing", "footwear", "mugs"])
    return catalog


@pytest.fixture
def both(world, first, second):
    """Both catalogs, synced."""
    world.sync(first)
    world.sync(second)
    return first, second


def overlap(world, first, second):
    keys = world.listed(first) & world.listed(second)
    assert 5 < len(keys) < len(world.listed(first))
    return keys


def carriers(world):
    """Which catalog carries what: its listing alone has `sent`."""
    rows = Listing.objects.on_channel().values_list("key", "catalog__name")
    assert len(rows) == len(dict(rows))
    return dict(rows)


@pytest.mark.parametrize("second_before_first", [False, True])
def test_where_they_overlap_the_first_carries(world, first, second, second_before_first):
    for catalog in [second, first] if second_before_first else [first, second]:
        world.sync(catalog)

    shared = overlap(world, first, second)
    assert world.shop.live_documents() == world.documents(first, second)
    assert {carriers(world)[key] for key in shared} == {first.name}
    assert world.statuses(second)[Status.CARRIED] == len(shared)
    assert not world.withdrawn()


def test_nothing_more_is_sent_once_each_product_has_its_carrier(world, both):
    batches = world.shop.stats()["batches"]

    runs = [world.sync(catalog, full=True) for catalog in both]

    assert [(run.changed, run.pushed, run.withdrawn) for run in runs] == [(0, 0, 0)] * 2
    assert world.shop.stats()["batches"] == batches


def test_an_edit_arrives_in_the_words_of_the_carrier(world, both):
    uuid = sorted(overlap(world, *both))[0]
    world.pim.edit_product(uuid, "sku", "EDITED-1")

    pushed = [world.sync(catalog).pushed for catalog in both]

    assert pushed == [1, 0]
    assert world.shop.live_documents() == world.documents(*both)


def test_products_that_leave_the_first_are_handed_over_in_its_own_run(world, both):
    first, second = both
    shared = overlap(world, first, second)
    world.select(first, "backpacks")

    run = world.sync(first)

    assert (run.status, run.pushed, run.withdrawn) == (Run.Status.SUCCEEDED, len(shared), 0)
    assert world.shop.live_documents() == world.documents(first, second)
    assert {carriers(world)[key] for key in shared} == {second.name}
    assert not world.withdrawn()


def test_products_that_leave_the_second_stay_with_the_first(world, both):
    first, second = both
    before = world.listed(second)
    world.select(second, category=["footwear"])

    run = world.sync(second)

    left = before - world.listed(second) - world.listed(first)
    assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, len(left))
    assert left
    assert world.shop.live_documents() == world.documents(first, second)
    assert world.withdrawn() == left


def test_products_that_leave_both_are_withdrawn(world, both):
    gone = sorted(overlap(world, *both))[:3]
    for uuid in gone:
        world.pim.disable_product(uuid)

    runs = [world.sync(catalog) for catalog in both]

    assert sum(run.withdrawn for run in runs) == 3
    assert world.shop.live_documents() == world.documents(*both)
    assert world.withdrawn() == set(gone)


def test_products_that_come_back_to_the_first_are_its_own_again(world, both):
    first, second = both
    world.select(first, "backpacks")
    world.sync(first)
    world.select(first, "backpacks", "t_shirts")

    world.sync(first)

    assert world.shop.live_documents() == world.documents(first, second)
    assert not world.withdrawn()


def test_another_order_sends_each_shared_product_anew_in_the_words_of_the_new_first(world, both):
    first, second = both
    before = world.shop.stats()["pushed_items"]

    reorder(world.channel, [second.uuid, first.uuid])
    [run] = world.work()

    shared = overlap(world, first, second)
    assert (run.catalog, run.mode, run.pushed) == (second, Run.Mode.PUSH, len(shared))
    assert world.shop.stats()["pushed_items"] == before + len(shared)
    assert world.shop.live_documents() == world.documents(second, first)
    assert not world.withdrawn()


def test_a_disabled_catalog_keeps_what_it_carries(world, both):
    first, second = both
    on_shop = world.shop.live_documents()
    world.pim.catalogs[first.pim_catalog_id].enabled = False

    stopped, run = world.sync(first), world.sync(second, full=True)

    assert (stopped.status, run.status) == (Run.Status.STOPPED, Run.Status.SUCCEEDED)
    assert (run.pushed, run.withdrawn) == (0, 0)
    assert world.shop.live_documents() == on_shop


def test_a_catalog_that_was_deleted_in_the_pim_keeps_what_it_carries(world, both):
    first, second = both
    on_shop = world.shop.live_documents()
    del world.pim.catalogs[first.pim_catalog_id]

    stopped, run = world.sync(first), world.sync(second, full=True)

    assert (stopped.status, run.status) == (Run.Status.STOPPED, Run.Status.SUCCEEDED)
    assert Catalog.objects.get(pk=first.pk).pim_state == Catalog.PimState.GONE
    assert (run.pushed, run.withdrawn) == (0, 0)
    assert world.shop.live_documents() == on_shop


def test_an_archived_catalog_cares_only_for_what_no_other_holds(world, both):
    first, second = both
    shared = overlap(world, first, second)
    on_shop = world.shop.live_documents()

    archive(first)
    [run] = world.work()

    assert (run.catalog, run.mode, run.pushed) == (second, Run.Mode.PUSH, len(shared))
    assert world.shop.live_documents() == on_shop | world.documents(second)
    assert not world.withdrawn()


def test_a_restored_catalog_is_read_before_it_carries_again(world, both):
    first, second = both
    archive(first)
    world.work()
    changed = sorted(overlap(world, first, second))[0]
    world.pim.edit_product(changed, "sku", "MEANWHILE-1")
    world.sync(second)

    restore(first)
    [run] = world.work()

    assert (run.catalog, run.status) == (first, Run.Status.SUCCEEDED)
    assert run.read_at is not None
    assert world.shop.live_documents() == world.documents(first, second)


def test_a_catalog_that_is_restored_while_its_pim_is_away_changes_nothing_on_the_shop(world, both):
    first, _ = both
    archive(first)
    world.work()
    on_shop = world.shop.live_documents()
    Connection.objects.update(state=Connection.State.DISCONNECTED)

    restore(world.again(first))

    assert world.work() == []
    assert world.shop.live_documents() == on_shop


def test_three_catalogs_pass_products_on_until_none_wants_them(world, both):
    first, second = both
    third = world.add_catalog("Everything", raw=False)
    world.sync(third)
    shirts = overlap(world, first, second)
    assert world.shop.live_documents() == world.documents(first, second, third)

    for catalog, families in [
        (first, ["backpacks"]),
        (second, ["shoes", "mugs"]),
        (third, ["backpacks", "shoes", "mugs", "monitors"]),
    ]:
        assert not world.withdrawn()
        world.select(catalog, *families)
        assert world.sync(catalog).status == Run.Status.SUCCEEDED
        assert world.shop.live_documents() == world.documents(first, second, third)

    assert world.withdrawn() == shirts
