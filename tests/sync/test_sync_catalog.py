"""The command `sync_catalog`: what it answers, to the letter, and its exit status."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.pauses import pause
from sandbox.faults import Fault
from sync.execution import execute_run
from sync.models import Listing, Run
from sync.ownership import claim
from sync.runs import create_run
from tests.programs import call
from tests.sync.commanding import FIELDS, assert_stopped, counts, sync


@pytest.fixture
def world(make_world):
    return make_world(60)


def some(world, number):
    return sorted(world.listed())[:number]


def test_the_first_run_is_full_and_says_all_that_is_promised(world):
    ended = sync(world.catalog)

    number = len(world.listed())
    run = Run.objects.get()
    assert (ended.status, ended.err) == (0, "")
    assert [*ended.answer] == [*FIELDS, "run"]
    assert ended.answer | {"seconds": 0} == {
        "status": "succeeded",
        "mode": "full",
        "dry_run": False,
        "pulled": number,
        "changed": number,
        "pushed": number,
        "withdrawn": 0,
        "failed": 0,
        "held": 0,
        "seconds": 0,
        "run": run.pk,
    }
    assert ended.answer["seconds"] == round(run.seconds, 3) > 0
    assert (run.trigger, run.started_by) == (Run.Trigger.MANUAL, "")
    assert world.on_shop() == world.listed()


def test_the_second_reads_what_changed_and_sends_nothing(world):
    sync(world.catalog)
    batches = world.shop.stats()["batches"]

    ended = sync(world.catalog)

    assert (ended.status, ended.answer["status"], ended.answer["mode"]) == (0, "succeeded", "delta")
    assert ended.answer["changed"] == ended.answer["pushed"] == 0
    assert world.shop.stats()["batches"] == batches


def test_a_change_is_read_and_sent(world):
    sync(world.catalog)
    changed, left = some(world, 2)
    world.pim.edit_product(changed, "sku", "CHANGED-1", None, None)
    world.pim.disable_product(left)

    ended = sync(world.catalog)

    assert ended.answer["mode"] == "delta"
    assert counts(ended.answer) | {"pulled": 0} == {
        **{"pulled": 0, "changed": 1, "pushed": 1, "withdrawn": 1}
    }


def test_full_reads_everything(world):
    sync(world.catalog)

    ended = sync(world.catalog, "--full")

    assert ended.answer["mode"] == "full"
    assert counts(ended.answer) == {"pulled": len(world.listed())}


def test_a_nightly_full_run_that_is_overdue_is_made_up_for(world):
    sync(world.catalog)
    sync(world.catalog)
    yesterday = timezone.now() - timedelta(hours=24, minutes=1)
    Run.objects.filter(mode=Run.Mode.FULL).update(read_at=yesterday)

    overdue, after = sync(world.catalog), sync(world.catalog)

    assert (overdue.answer["mode"], after.answer["mode"]) == ("full", "delta")


def test_a_run_that_did_not_read_to_its_end_is_no_full_one(world):
    world.pim.faults.add(Fault("disable-after-page", "/product-uuids"))
    stopped = sync(world.catalog)
    world.pim.catalogs[world.catalog.pim_catalog_id].enabled = True

    ended = sync(world.catalog)

    assert_stopped(stopped, "is disabled in the PIM")
    assert (ended.answer["status"], ended.answer["mode"]) == ("succeeded", "full")


def test_refused_products_are_counted_and_the_run_succeeds(world):
    world.shop.reject = set(some(world, 2))

    ended = sync(world.catalog)

    assert (ended.status, ended.answer["status"], ended.err) == (0, "succeeded", "")
    assert ended.answer["failed"] == 2
    assert ended.answer["pushed"] == len(world.listed()) - 2
    assert "problem" not in ended.answer


def test_each_run_of_a_person_tries_refused_products_once_more(world):
    world.shop.reject = set(some(world, 2))
    sync(world.catalog)

    again = sync(world.catalog)
    world.shop.reject = set(some(world, 1))
    after = sync(world.catalog)

    assert counts(again.answer) | {"pulled": 0} == {"pulled": 0, "failed": 2}
    assert counts(after.answer) | {"pulled": 0} == {"pulled": 0, "pushed": 1, "failed": 1}
    assert world.on_shop() == world.listed() - world.shop.reject


def test_a_scheduled_run_does_not_try_refused_products_again(world):
    world.shop.reject = set(some(world, 2))
    sync(world.catalog)
    world.shop.reject = set()

    run = create_run(world.catalog, Run.Trigger.SCHEDULE)
    claim(run)
    execute_run(run)

    assert (run.status, run.pushed, run.failed) == (Run.Status.SUCCEEDED, 0, 0)
    assert world.statuses()[Listing.Status.PARKED] == 2


def test_many_withdrawals_are_held_and_the_other_work_is_done(world):
    sync(world.catalog)
    changed, *left = some(world, 22)
    for uuid in left:
        world.pim.disable_product(uuid)
    world.pim.edit_product(changed, "sku", "CHANGED-1", None, None)
    before = world.on_shop()

    ended = sync(world.catalog)

    assert_stopped(ended, "21 products have left the catalog", "held")
    assert counts(ended.answer) | {"pulled": 0} == {
        **{"pulled": 0, "changed": 1, "pushed": 1, "held": 21}
    }
    assert world.on_shop() == before


def test_held_withdrawals_wait_on_in_the_runs_after(world):
    sync(world.catalog)
    for uuid in some(world, 21):
        world.pim.disable_product(uuid)
    sync(world.catalog)

    ended = sync(world.catalog)

    assert_stopped(ended, "21 products have left the catalog", "held")


def test_a_paused_catalog_is_not_synced_by_a_person_either(world):
    pause(world.catalog, reason="Stocktaking")

    ended = sync(world.catalog)

    assert_stopped(ended, "Stocktaking. Resume it to sync it again.")
    assert world.on_shop() == set()


def test_it_says_so_in_a_sentence(world):
    world.pim.catalogs[world.catalog.pim_catalog_id].enabled = False

    ended = call("sync_catalog", world.catalog.pk)

    assert ended.status == 1
    assert ended.out.startswith("Stopped: read 0 products, 0 changed, 0 sent, 0 withdrawn, ")
    assert "Enable it there, then sync again" in ended.problem


@pytest.mark.parametrize("unknown", ["4000000", "0", "-1", "9" * 30])
def test_an_unknown_catalog_is_an_error_in_one_line(db, unknown):
    ended = call("sync_catalog", unknown, "--json")

    assert (ended.status, ended.out) == (1, "")
    assert ended.problem == f"There is no catalog {unknown}. See sync_status for the ids."
