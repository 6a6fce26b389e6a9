"""The navigation of a catalog that is removed goes after its products, unless others have it."""

import pytest

from catalogs.models import Catalog, Channel
from channels.base import ConfigurationError, TransientError
from sync.models import Run
from sync.removal import remove_catalog, remove_channel
from tests.sync.content.able_world import in_pim, setting

pytestmark = pytest.mark.whole_runs

LEAVE, WITHDRAW = Catalog.OnShop.LEAVE, Catalog.OnShop.WITHDRAW
KEEP = Catalog.InPim.KEEP


@pytest.fixture
def world(world, shop):
    setting(world, category_root="master")
    assert world.sync().status == Run.Status.SUCCEEDED
    assert shop.trees["master"]
    shop.arranged.clear()
    return world


@pytest.fixture
def other(world):
    """Another catalog of the channel with the same tree; it was not synced yet."""
    other = world.add_catalog("Other", raw=False)
    world.pim.catalogs[other.pim_catalog_id].mapping = in_pim(world).mapping
    world.select(other, "mugs")
    Catalog.objects.filter(pk=other.pk).update(category_root="master")
    return other


def remove(world, on_shop=WITHDRAW):
    remove_catalog(world.again(), on_shop=on_shop, in_pim=KEEP)
    return world.work()


def test_it_goes_when_the_products_are_off(world, shop):
    [run] = remove(world)

    assert run.status == Run.Status.SUCCEEDED
    assert (shop.products, shop.trees["master"]) == ({}, [])
    assert (shop.arranged, shop.there_then[-1]) == (["master"], 0)
    assert not Catalog.objects.exists()


def test_it_stays_with_products_that_are_left(world, shop):
    tree = list(shop.trees["master"])

    remove(world, LEAVE)

    assert shop.arranged == []
    assert shop.trees["master"] == tree


def test_it_stays_for_another_catalog_that_has_the_same_tree(world, shop, other):
    tree = list(shop.trees["master"])

    remove(world)

    assert shop.trees["master"] == tree


def test_a_catalog_that_is_put_aside_keeps_it(world, shop, other):
    Catalog.objects.filter(pk=other.pk).update(archived_at=other.created_at)
    tree = list(shop.trees["master"])

    remove(world)

    assert shop.trees["master"] == tree


def test_it_goes_with_the_last_catalog_of_a_channel_that_is_removed(world, shop, other):
    world.sync(other)

    remove_channel(world.channel, on_shop=WITHDRAW, in_pim=KEEP)
    runs = world.work()

    assert [(run.status, run.problem) for run in runs] == [(Run.Status.SUCCEEDED, "")] * 2

    assert (shop.products, shop.trees["master"]) == ({}, [])
    assert not Channel.objects.filter(pk=world.channel.pk).exists()


def test_a_catalog_that_made_none_takes_none_away(world, shop):
    setting(world, category_root="")
    Catalog.objects.update(arranged={})

    remove(world)

    assert shop.arranged == []


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (ConfigurationError("Grant the app the collections."), Run.Status.STOPPED),
        (TransientError("The shop is busy."), Run.Status.FAILED),
    ],
)
def test_a_shop_that_refuses_keeps_the_catalog_until_it_does_it(world, shop, fault, status):
    shop.arrange_fault = fault

    [failed] = remove(world)
    assert (failed.status, shop.products) == (status, {})
    assert failed.problem.startswith(fault.message)
    assert world.again().arranged["tree"] == "master"
    shop.arrange_fault = None
    remove(world)

    assert shop.trees["master"] == []
    assert not Catalog.objects.exists()


def test_a_run_that_died_before_it_was_done_is_taken_up(world, shop):
    shop.arrange_fault = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        remove(world)
    shop.arrange_fault = None
    Run.objects.update(owner="elsewhere|1|1|x", heartbeat_at="2020-01-01T00:00:00Z")

    [run] = world.work()

    assert run.status == Run.Status.SUCCEEDED
    assert shop.trees["master"] == []
    assert not Catalog.objects.exists()


def test_a_person_may_leave_it_after_all(world, shop):
    shop.arrange_fault = ConfigurationError("Grant the app the collections.")
    remove(world)

    remove(world, LEAVE)

    assert shop.trees["master"]
    assert not Catalog.objects.exists()


def test_products_that_stay_by_a_fault_keep_their_navigation(world, shop):
    shop.fault = ConfigurationError("The token is not valid any more.")

    [run] = remove(world)

    assert run.status == Run.Status.STOPPED
    assert shop.arranged == []
    assert shop.trees["master"]
