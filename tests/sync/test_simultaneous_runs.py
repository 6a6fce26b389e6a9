"""Runs of several catalogs of one channel at the same time, each in a process of its own."""

import threading

import pytest

from catalogs.channels import change_channel
from catalogs.models import Catalog
from sync.models import Listing, Run
from sync.ordering import reorder
from sync.removal import remove_catalog
from tests.sync.processes import at_once

pytestmark = pytest.mark.whole_runs

Status = Listing.Status


@pytest.fixture
def both(world):
    """Two catalogs with T-shirts in common, the first raw and the second mapped; small batches."""
    values = {"endpoint": f"{world.url}/shop/ingest", "batch_size": "3"}
    change_channel(world.channel, name="Shop", values=values, by_staff=True)
    world.sleep = lambda seconds: threading.Event().wait(min(seconds, 0.02))
    first = world.catalog
    second = world.add_catalog("Wardrobe", raw=False)
    world.select(first, "backpacks", "t_shirts")
    world.select(second, "t_shirts", "shoes", "mugs")
    return first, second


def sync_at_once(world, *catalogs):
    at_once(*(lambda catalog=catalog: world.sync(catalog) for catalog in catalogs))


def assert_the_shop_has_exactly(world, *catalogs):
    """Each product once, in the words of the first catalog that holds it, and all at rest."""
    runs = list(Run.objects.order_by("pk"))
    assert [(run.status, run.problem) for run in runs] == [(Run.Status.SUCCEEDED, "")] * len(runs)
    assert world.shop.live_documents() == world.documents(*catalogs)
    rows = Listing.objects.on_channel().values_list("key", "catalog")
    first_holder = {
        key: catalog.pk for catalog in reversed(catalogs) for key in world.listed(catalog)
    }
    assert len(rows) == len(first_holder)
    assert dict(rows) == first_holder
    at_rest = {Status.LISTED, Status.CARRIED, Status.GONE}
    assert not Listing.objects.exclude(status__in=at_rest).exists()


def test_two_first_runs(world, both):
    sync_at_once(world, *both)

    assert_the_shop_has_exactly(world, *both)
    assert not world.withdrawn()


def test_what_one_lets_go_of_and_the_other_holds_or_takes(world, both):
    """Mugs change catalogs: whether they are off the shop in between depends on who reads first."""
    first, second = both
    sync_at_once(world, *both)
    shared = world.listed(first) & world.listed(second)
    world.select(first, "backpacks", "mugs")
    world.select(second, "t_shirts", "shoes", "monitors")

    sync_at_once(world, *both)

    assert shared
    assert_the_shop_has_exactly(world, *both)
    assert not world.withdrawn() & shared


def test_what_both_let_go_of(world, both):
    first, second = both
    sync_at_once(world, *both)
    gone = world.listed(first) & world.listed(second)
    world.select(first, "backpacks")
    world.select(second, "shoes", "mugs")

    sync_at_once(world, *both)

    assert gone
    assert_the_shop_has_exactly(world, *both)
    assert world.withdrawn() == gone


def test_edits_while_the_order_changes(world, both):
    first, second = both
    sync_at_once(world, *both)
    for uuid in sorted(world.listed(first) & world.listed(second))[:5]:
        world.pim.edit_product(uuid, "sku", f"EDITED-{uuid}")

    at_once(
        lambda: world.sync(first),
        lambda: world.sync(second),
        lambda: reorder(world.channel, [second.uuid, first.uuid]),
    )
    world.work()

    assert_the_shop_has_exactly(world, second, first)
    assert not world.withdrawn()


def test_a_removal_during_a_run_of_the_other(world, both):
    first, second = both
    sync_at_once(world, *both)
    only_there = world.listed(first) - world.listed(second)
    remove_catalog(first, on_shop=Catalog.OnShop.WITHDRAW, in_pim=Catalog.InPim.KEEP)
    for uuid in sorted(world.listed(second))[:5]:
        world.pim.edit_product(uuid, "sku", f"EDITED-{uuid}")

    at_once(world.work, lambda: world.sync(second, full=True))

    assert list(Catalog.objects.all()) == [second]
    assert_the_shop_has_exactly(world, second)
    assert world.withdrawn() == only_there
