"""Single products on demand: read now, sent alone, and no watermark moved."""

from uuid import UUID

import pytest

from outbound.errors import ConfigurationError
from pim.client import PimClient
from sandbox.faults import Fault
from sandbox.state import Criterion
from sync import single
from sync.foreground import run_here
from sync.listings import retry_parked
from sync.models import Checkpoint, KeyPage, Listing, Run
from sync.runs import AlreadyRunning, last_read, push_what_waits, since_for, start_run
from sync.single import sync_products
from tests.programs import call
from tests.sync.commanding import assert_stopped, counts, sync

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]
Status = Listing.Status


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(25)
    world.sleep = passing_time
    return world


def sync_alone(world, *keys, catalog=None):
    sync_products(world.again(catalog), keys)
    (run,) = world.work()
    return run


def edit(world, *keys):
    for number, key in enumerate(keys):
        world.pim.edit_product(key, "sku", f"EDITED-{number}", None, None)


def test_it_sends_this_product_and_leaves_the_others_waiting(world):
    world.sync()
    mine, other, *_ = sorted(world.listed())
    edit(world, mine, other)
    world.read(world.catalog)
    world.pim.edit_product(mine, "sku", "EDITED-AGAIN", None, None)
    before = world.documents_on_shop()

    run = sync_alone(world, mine)

    assert (run.status, run.problem, run.mode) == (Run.Status.SUCCEEDED, "", Run.Mode.PRODUCT)
    assert (run.pulled, run.changed, run.pushed, run.total) == (1, 1, 1, 1)
    after = world.documents_on_shop()
    assert {key for key in after if after[key] != before[key]} == {mine}
    assert after[mine] == world.documents_in_pim()[mine]
    assert Listing.objects.get(key=other).status == Status.WAITING


def test_it_moves_no_watermark_and_is_nothing_the_next_run_starts_from(world):
    first = world.sync()
    since = since_for(world.catalog)
    run = sync_alone(world, min(world.listed()))

    assert (run.watermark, run.read_at) == (None, None)
    assert last_read(world.catalog) == first
    assert since_for(world.catalog) == since
    assert not KeyPage.objects.exists()
    assert not Checkpoint.objects.exists()


def test_a_product_that_left_is_withdrawn(world):
    world.sync()
    left = min(world.listed())
    world.pim.disable_product(left)

    run = sync_alone(world, left)

    assert (run.status, run.pulled, run.total, run.withdrawn) == ("succeeded", 0, 1, 1)
    assert world.on_shop() == world.listed()


def test_a_product_that_the_pim_lists_and_does_not_show_alone_stays(world, monkeypatch):
    """The address of a single product is no part of what is documented of every PIM."""
    world.sync()
    family_of = {key: world.pim.assortment.product(key).family for key in sorted(world.listed())}
    shown = min(family_of)
    left = next(key for key in family_of if family_of[key] != family_of[shown])
    world.select(world.catalog, family_of[shown])
    monkeypatch.setattr(PimClient, "product", lambda *args, **options: None)

    run = sync_alone(world, shown, left)

    assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, 1)
    assert shown in world.on_shop()
    assert left not in world.on_shop()


def test_a_product_that_nobody_knows_changes_nothing(world):
    world.sync()

    run = sync_alone(world, str(UUID(int=7)))

    assert (run.status, run.pulled, run.changed, run.withdrawn) == ("succeeded", 0, 0, 0)


def test_a_product_that_no_run_has_read_yet_arrives(world):
    key = min(world.listed())

    sync_alone(world, key)

    assert world.on_shop() == {key}
    assert world.sync().mode == Run.Mode.FULL
    assert world.on_shop() == world.listed()


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_disabled_catalog_withdraws_nothing(world, when):
    world.sync()
    key = min(world.listed())
    if when == "before":
        world.pim.catalogs[world.catalog.pim_catalog_id].enabled = False
    else:
        world.pim.faults.add(Fault("disable", "/products/"))
    on_shop = world.on_shop()

    run = sync_alone(world, key)

    assert run.status == Run.Status.STOPPED
    assert "is disabled in the PIM" in run.problem
    assert world.on_shop() == on_shop
    assert Listing.objects.get(key=key).status == Status.LISTED


def test_all_of_a_catalog_at_once_is_held_by_the_fuse(world):
    world.sync()
    keys = sorted(world.listed())
    world.pim.catalogs[world.catalog.pim_catalog_id].criteria = [
        Criterion("enabled", "=", False),
        Criterion("enabled", "=", True),
    ]

    run = sync_alone(world, *keys)

    assert (run.status, run.held, run.withdrawn) == ("held", len(keys), 0)
    assert world.on_shop() == set(keys)


def test_only_its_own_parked_product_is_tried_again(world):
    world.sync()
    mine, other, *_ = sorted(world.listed())
    Listing.objects.filter(key__in=[mine, other]).update(status=Status.PARKED, sent=None)

    run = sync_alone(world, mine)

    assert run.pushed == 1
    assert Listing.objects.get(key=other).status == Status.PARKED


def test_what_a_person_lets_wait_meanwhile_is_sent_by_a_run_that_follows(world):
    world.sync()
    mine, other, *_ = sorted(world.listed())
    Listing.objects.filter(key=other).update(status=Status.PARKED, sent=None)
    run = sync_products(world.again(), [mine])
    retry_parked(world.catalog)
    assert push_what_waits(world.catalog) == run

    world.work()
    (follower,) = world.work()

    assert (follower.mode, follower.pushed) == (Run.Mode.PUSH, 1)


def test_and_also_if_this_one_stops(world):
    world.sync()
    mine, other, *_ = sorted(world.listed())
    Listing.objects.filter(key=other).update(status=Status.PARKED, sent=None)
    sync_products(world.again(), [mine])
    retry_parked(world.catalog)
    world.pim.catalogs[world.catalog.pim_catalog_id].enabled = False

    (stopped,) = world.work()
    (follower,) = world.work()

    assert (stopped.status, follower.mode, follower.pushed) == ("stopped", Run.Mode.PUSH, 1)


def test_there_is_one_live_run_of_a_catalog(world):
    start_run(world.catalog, Run.Trigger.SCHEDULE)

    with pytest.raises(AlreadyRunning):
        sync_products(world.again(), [min(world.listed())])


def test_so_many_are_no_single_products_any_more(world, monkeypatch):
    monkeypatch.setattr(single, "ONE_BY_ONE", 2)

    with pytest.raises(ConfigurationError, match="At most 2 products"):
        sync_products(world.again(), sorted(world.listed())[:3])

    assert not Run.objects.exists()


def test_taken_up_while_it_sends_it_reads_nothing_again(world):
    world.sync()
    key = min(world.listed())
    edit(world, key)
    world.read(world.catalog)
    sync_products(world.again(), [key])
    Run.objects.live().update(phase=Run.Phase.PUSHING)
    world.pim.faults.add(Fault("500", r"/products/", times=100))

    (run,) = world.work()

    assert (run.status, run.pushed, run.pulled) == ("succeeded", 1, 0)


def test_the_command_syncs_the_products_that_it_names(world):
    sync(world.catalog)
    mine, also, other, *_ = sorted(world.listed())
    edit(world, mine, also, other)

    ended = sync(world.catalog, "--product", mine.upper(), "--product", also)

    assert (ended.status, ended.answer["mode"]) == (0, "product")
    assert counts(ended.answer) == {"pulled": 2, "changed": 2, "pushed": 2}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--product", "SKU-1"], "takes the uuid of a product"),
        (["--product", str(UUID(int=1)), "--full"], "neither --full nor --dry-run"),
        (["--product", str(UUID(int=1)), "--dry-run"], "neither --full nor --dry-run"),
    ],
)
def test_the_command_says_what_it_does_not_take(world, options, says):
    ended = call("sync_catalog", world.catalog.pk, *options)

    assert ended.status == 1
    assert says in ended.problem
    assert not Run.objects.exists()


def test_the_command_takes_up_another_run_first_and_then_does_what_was_asked(world):
    waiting = start_run(world.catalog, Run.Trigger.MANUAL)
    key = min(world.listed())

    run = run_here(world.again(), full=False, dry_run=False, products=[key], sleep=world.sleep)

    waiting.refresh_from_db()
    assert waiting.status == Run.Status.SUCCEEDED
    assert (run.mode, run.keys, run.pulled) == (Run.Mode.PRODUCT, [key], 1)


def test_the_command_says_of_a_disabled_catalog_what_to_do(world):
    world.pim.catalogs[world.catalog.pim_catalog_id].enabled = False

    ended = sync(world.catalog, "--product", min(world.listed()))

    assert_stopped(ended, "is disabled in the PIM")
