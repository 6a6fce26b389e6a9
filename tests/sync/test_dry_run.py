"""A dry run reads everything, says what would change, and stores nothing but itself."""

import pytest
from django.utils import timezone

from connections.clients import client_for
from sandbox.faults import Fault
from sandbox.state import Criterion
from sync import ownership, pull
from sync.dry_run import compare_only
from sync.foreground import run_here
from sync.models import Checkpoint, Document, KeyPage, Listing, Run
from sync.runs import create_run

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(25)
    world.sleep = passing_time
    return world


def dry_run(world):
    return run_here(world.catalog, full=False, dry_run=True, sleep=world.sleep)


def rows():
    """Everything that a dry run must not change."""
    return [list(model.objects.order_by("pk").values()) for model in (Listing, Document, KeyPage)]


def test_before_the_first_run_everything_would_be_sent(world):
    run = dry_run(world)

    listed = len(world.listed())
    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    assert (run.listed, run.pulled, run.changed, run.leaving, run.held) == (
        *(listed, listed, listed),
        *(0, 0),
    )
    assert rows() == [[], [], []]
    assert world.on_shop() == set()


def test_what_waits_would_be_sent_though_it_is_as_before(world):
    world.channel.paused_at = timezone.now()
    world.channel.save()
    world.sync()

    run = dry_run(world)

    assert (run.changed, run.to_send) == (0, len(world.listed()))


def test_it_counts_what_would_change_and_leave(world):
    world.sync()
    before, rows_before = world.documents_on_shop(), rows()
    uuids = sorted(world.listed())
    world.pim.edit_product(uuids[0], "sku", "EDITED-1", None, None)
    world.pim.disable_product(uuids[1])
    product = world.pim.add_product("NEW-1", "shoes")

    run = dry_run(world)

    assert product.uuid in world.listed()
    assert (run.mode, run.changed, run.leaving, run.held) == (Run.Mode.FULL, 2, 1, 0)
    assert run.to_send == 2
    assert rows() == rows_before
    assert not Checkpoint.objects.exists()
    assert world.documents_on_shop() == before
    assert world.sync().since is not None  # a delta from before: the dry run read nothing for it


def test_it_says_what_would_wait_for_a_person(world):
    world.sync()
    there = world.pim.catalogs[world.catalog.pim_catalog_id]
    there.criteria = [Criterion("enabled", "=", False), Criterion("enabled", "=", True)]

    before = dry_run(world)
    world.sync()
    after = dry_run(world)

    listed = len(world.on_shop())
    assert (before.leaving, before.held) == (listed, listed)
    assert (after.leaving, after.held) == (0, listed)


def test_what_a_sibling_holds_would_not_leave(world):
    sibling = world.add_catalog("Sibling")
    world.sync()
    world.sync(sibling)
    world.pim.catalogs[world.catalog.pim_catalog_id].criteria = [
        Criterion("enabled", "=", False),
        Criterion("enabled", "=", True),
    ]

    run = dry_run(world)

    assert (run.leaving, run.held) == (0, 0)


def test_a_listing_that_ends_early_says_nothing(world):
    world.sync()

    def ends_here(page):
        del page["_embedded"]["items"][4:]
        page["_links"].pop("next", None)

    world.between.edit_json(r"/product-uuids\?", ends_here)

    run = dry_run(world)

    assert run.status == Run.Status.FAILED
    assert "ended early" in run.problem


def test_products_on_no_page_are_read_one_by_one_up_to_a_limit(world, monkeypatch):
    def take_off_three(page):
        del page["_embedded"]["items"][:3]

    world.between.edit_json(r"/products\?", take_off_three)
    assert dry_run(world).changed == len(world.listed())
    monkeypatch.setattr(pull, "ONE_BY_ONE", 2)
    world.between.edit_json(r"/products\?", take_off_three)

    run = dry_run(world)

    assert (run.status, run.changed) == (Run.Status.FAILED, len(world.listed()) - 3)


@pytest.mark.parametrize("path", [r"/product-uuids$", r"/products$"])
def test_a_disabled_catalog_is_told_as_by_any_run(world, path):
    world.pim.faults.add(Fault("disable", path))

    run = dry_run(world)

    assert run.status == Run.Status.STOPPED
    assert "is disabled in the PIM" in run.problem


def test_taken_up_after_a_crash_it_starts_again_and_counts_once(world):
    run = create_run(world.catalog, Run.Trigger.MANUAL, dry_run=True)
    Run.objects.update(pulled=7, changed=7)
    run.refresh_from_db()
    ownership.claim(run)

    compare_only(run, client_for(world.connection), go_on=lambda: None)

    listed = len(world.listed())
    assert (run.pulled, run.changed) == (listed, listed)


def test_whoever_lost_it_writes_nothing_more(world):
    run = create_run(world.catalog, Run.Trigger.MANUAL, dry_run=True)
    ownership.claim(run)
    Run.objects.update(owner="elsewhere|1|1|x")

    with pytest.raises(ownership.RunLost):
        compare_only(run, client_for(world.connection), go_on=lambda: None)

    assert Run.objects.get().pulled == 0
