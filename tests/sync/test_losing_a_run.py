"""Of two that work on one run, the one that lost it stops without another write."""

import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from catalogs.models import Catalog
from sandbox.faults import Fault
from sync import ownership
from sync.execution import execute_run
from sync.models import (
    Batch,
    Change,
    Checkpoint,
    Document,
    Feed,
    KeyPage,
    Listing,
    Run,
)
from sync.runs import create_run
from sync.tasks import work_on_run

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]

CALLS = {
    "catalog": (r"/catalogs/[^/?]+\?", 0),
    "first uuids": (r"/product-uuids\?", 0),
    "more uuids": (r"/product-uuids\?", 1),
    "first products": (r"/products\?", 0),
    "more products": (r"/products\?", 1),
    "one product": (r"/products/", 0),
    "first batch": (r"/shop/ingest\?", 0),
    "more batches": (r"/shop/ingest\?", 1),
}


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(25)
    world.sleep = passing_time
    # On no page, so that it is read by itself.
    world.between.edit_json(r"/products\?", lambda page: page["_embedded"]["items"].pop(3))
    return world


def everything():
    tables = (Run, Checkpoint, KeyPage, Listing, Document, Batch, Change, Feed)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize("call", CALLS)
def test_whoever_lost_the_run_writes_nothing_more_and_the_other_finishes_it(world, call):
    run = create_run(world.catalog, Run.Trigger.MANUAL)
    ownership.claim(run)
    rows = []

    def lose():
        Run.objects.update(owner="elsewhere|1|1|x")
        rows.append(everything())
        connection.close()  # of the sandbox's thread

    path, after = CALLS[call]
    world.between.meanwhile(path, lose, after=after)

    with pytest.raises(ownership.RunLost):
        execute_run(run, sleep=world.sleep)

    assert [everything()] == rows
    Run.objects.update(owner="")
    other = Run.objects.get()
    ownership.claim(other)
    assert execute_run(other, sleep=world.sleep).status == Run.Status.SUCCEEDED
    assert world.documents_on_shop() == world.documents_in_pim()
    assert {item.pushes for item in world.shop.items.values()} == {1}


def at_once(count, work):
    """Let threads do the same at the same moment; return what each of them got."""
    barrier, results = threading.Barrier(count), []

    def one():
        try:
            barrier.wait()
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_many_claims_at_the_same_moment_one_wins(world):
    run = create_run(world.catalog, Run.Trigger.MANUAL)
    mine = [Run.objects.get(pk=run.pk) for _ in range(6)]

    results = at_once(6, lambda: ownership.claim(mine.pop()))

    assert sorted(results) == [False] * 5 + [True]


def test_two_workers_with_the_same_run_do_it_once(world):
    run = create_run(world.catalog, Run.Trigger.MANUAL)

    at_once(2, lambda: work_on_run(run.pk))

    assert Run.objects.get().status == Run.Status.SUCCEEDED
    assert world.documents_on_shop() == world.documents_in_pim()
    assert {item.pushes for item in world.shop.items.values()} == {1}


def test_a_run_that_waits_for_the_pim_notices_that_its_catalog_is_removed(world):
    world.pim.faults.add(Fault("429", r"/product-uuids$", times=8, retry_after=100))
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 5:
            Catalog.objects.update(removing_since=timezone.now(), on_shop=Catalog.OnShop.LEAVE)
            connection.close()
        time.sleep(min(seconds, 0.05))

    run = create_run(world.catalog, Run.Trigger.MANUAL)
    ownership.claim(run)

    execute_run(run, sleep=sleep)

    assert (run.status, run.problem) == (Run.Status.STOPPED, "The catalog is being removed.")
    assert 5 <= len(waited) < 100  # within a second, and not after 8 tries
    assert Run.objects.live().get().mode == Run.Mode.PUSH
