"""Runs in the foreground, and the runs of other processes that they meet."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from catalogs.models import Catalog
from sync import ownership
from sync.foreground import NotStarted, run_here
from sync.models import Listing, Run
from sync.removal import remove_catalog
from sync.runs import create_run

pytestmark = pytest.mark.whole_runs


class Time:
    """A clock that moves while somebody sleeps, and then lets something happen."""

    def __init__(self):
        self.now = 1000.0
        self.slept = 0.0
        self.then = lambda: None

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.slept += seconds
        self.then()


@pytest.fixture
def time():
    return Time()


def sync(catalog, time, *, full=False, dry_run=False):
    again = Catalog.objects.get(pk=catalog.pk)
    return run_here(again, full=full, dry_run=dry_run, sleep=time.sleep, clock=time)


def alive(catalog, mode=Run.Mode.FULL, trigger=Run.Trigger.SCHEDULE):
    """A run that somebody works on, somewhere else."""
    run = create_run(catalog, trigger, mode=mode)
    Run.objects.filter(pk=run.pk).update(owner="elsewhere|1|1|x", status=Run.Status.RUNNING)
    return run


def fall_silent(run):
    """Its process has died."""
    silent_since = timezone.now() - Run.STALE_AFTER - timedelta(seconds=1)
    Run.objects.filter(pk=run.pk).update(heartbeat_at=silent_since)


def test_it_waits_a_minute_for_another_run_and_then_names_it(world, time):
    other = alive(world.catalog)

    with pytest.raises(NotStarted, match=f"Run {other.pk} of this catalog is under way"):
        sync(world.catalog, time)

    assert 60 <= time.slept < 61
    assert Run.objects.get() == other
    assert not world.shop.batches


def test_it_goes_on_as_soon_as_the_other_run_has_ended(world, time):
    other = alive(world.catalog)
    time.then = lambda: Run.objects.filter(pk=other.pk).update(status=Run.Status.SUCCEEDED)

    run = sync(world.catalog, time)

    assert run != other
    assert run.status == Run.Status.SUCCEEDED
    assert time.slept < 1
    assert world.on_shop() == world.listed()


def test_a_run_that_falls_silent_is_taken_up(world, time):
    other = alive(world.catalog, trigger=Run.Trigger.MANUAL)
    time.then = lambda: fall_silent(other)

    run = sync(world.catalog, time)

    assert (run, run.status) == (other, Run.Status.SUCCEEDED)
    assert world.on_shop() == world.listed()
    assert Run.objects.count() == 1


def test_a_run_that_waits_for_a_worker_is_taken_up_at_once(world, time):
    queued = create_run(world.catalog, Run.Trigger.MANUAL)

    run = sync(world.catalog, time)

    assert (run, time.slept) == (queued, 0)
    assert world.on_shop() == world.listed()


def test_a_taken_up_run_that_read_only_changes_is_followed_by_a_full_one(world, time):
    world.sync()
    fall_silent(alive(world.catalog, Run.Mode.DELTA, Run.Trigger.MANUAL))

    run = sync(world.catalog, time, full=True)

    ended = Run.objects.order_by("pk").values_list("mode", "status")
    assert run.mode == Run.Mode.FULL
    assert list(ended) == [
        ("full", "succeeded"),
        ("delta", "succeeded"),
        ("full", "succeeded"),
    ]


def test_a_taken_up_run_that_only_sends_is_followed_by_one_that_reads(world, time):
    fall_silent(alive(world.catalog, Run.Mode.PUSH, Run.Trigger.MANUAL))

    run = sync(world.catalog, time)

    assert list(Run.objects.order_by("pk").values_list("mode")) == [("push",), ("full",)]
    assert run.pushed == len(world.listed())


def test_a_taken_up_scheduled_run_is_followed_by_one_that_tries_parked_products(world, time):
    refused = sorted(world.listed())[0]
    world.shop.reject = {refused}
    world.sync()
    world.shop.reject = set()
    fall_silent(alive(world.catalog, Run.Mode.FULL))

    run = sync(world.catalog, time)

    scheduled = Run.objects.get(trigger=Run.Trigger.SCHEDULE)
    assert (scheduled.status, scheduled.pushed) == (Run.Status.SUCCEEDED, 0)
    assert (run.trigger, run.pushed) == (Run.Trigger.MANUAL, 1)
    assert refused in world.on_shop()


def test_runs_of_other_catalogs_are_no_obstacle(world, time):
    second = world.add_catalog("Second")
    other = alive(world.catalog)

    run = sync(second, time)

    assert (run.status, time.slept) == (Run.Status.SUCCEEDED, 0)
    other.refresh_from_db()
    assert other.status == Run.Status.RUNNING


def test_a_dry_run_waits_for_a_run_that_moves_what_it_compares_with(world, time):
    other = alive(world.catalog)

    with pytest.raises(NotStarted, match=f"Run {other.pk} of this catalog is under way"):
        sync(world.catalog, time, dry_run=True)

    assert 60 <= time.slept < 61


def test_a_dry_run_takes_up_no_run(world, time):
    queued = create_run(world.catalog, Run.Trigger.MANUAL)

    run = sync(world.catalog, time, dry_run=True)

    queued.refresh_from_db()
    assert (run.dry_run, run.status) == (True, Run.Status.SUCCEEDED)
    assert (queued.status, time.slept) == (Run.Status.QUEUED, 0)
    assert not world.shop.batches


def test_of_two_dry_runs_the_second_waits_and_then_names_the_first(world, time):
    first = create_run(world.catalog, Run.Trigger.MANUAL, dry_run=True)
    Run.objects.filter(pk=first.pk).update(owner="elsewhere|1|1|x", status=Run.Status.RUNNING)

    with pytest.raises(NotStarted, match=f"Run {first.pk} of this catalog is under way"):
        sync(world.catalog, time, dry_run=True)

    assert Run.objects.get().pk == first.pk


def test_a_dry_run_that_a_dead_process_left_is_taken_up_by_another_dry_run_only(world, time):
    dead = create_run(world.catalog, Run.Trigger.MANUAL, dry_run=True)
    Run.objects.filter(pk=dead.pk).update(owner="elsewhere|1|1|x", status=Run.Status.RUNNING)
    fall_silent(dead)

    real = sync(world.catalog, time)
    is_untouched = Run.objects.get(pk=dead.pk).is_live
    run = sync(world.catalog, time, dry_run=True)

    assert (real.dry_run, is_untouched) == (False, True)
    assert (run.pk, run.status, run.pulled) == (
        *(dead.pk, Run.Status.SUCCEEDED),
        len(world.listed()),
    )


def test_a_dry_run_under_way_is_no_obstacle(world, time):
    dry = create_run(world.catalog, Run.Trigger.MANUAL, mode=Run.Mode.FULL, dry_run=True)
    ownership.claim(dry)

    assert sync(world.catalog, time).status == Run.Status.SUCCEEDED


def test_a_catalog_that_is_being_removed_is_not_synced(world, time):
    world.sync()
    remove_catalog(
        world.catalog, on_shop=Catalog.OnShop.WITHDRAW, in_pim=Catalog.InPim.KEEP, by="Mary"
    )

    with pytest.raises(NotStarted, match="is being removed"):
        sync(world.catalog, time)

    assert world.on_shop() == world.listed()
    assert Run.objects.get(mode=Run.Mode.PUSH).status == Run.Status.QUEUED


def test_a_catalog_that_was_removed_meanwhile_is_not_synced(world, time):
    alive(world.catalog)
    catalog = Catalog.objects.get()
    time.then = lambda: Catalog.objects.all().delete()

    with pytest.raises(NotStarted, match="is being removed"):
        run_here(catalog, full=False, dry_run=False, sleep=time.sleep, clock=time)

    assert not Run.objects.exists()


def test_no_run_is_made_for_a_catalog_that_is_no_more(world):
    catalog = Catalog.objects.get()
    Catalog.objects.all().delete()

    with pytest.raises(IntegrityError):
        create_run(catalog, Run.Trigger.MANUAL)


def test_a_run_that_another_process_took_over_is_waited_for(world, time):
    """It was taken for dead in the middle of sending."""
    taken: list[int] = []

    def take_over():
        if not taken:
            taken.append(Run.objects.get().pk)
            Run.objects.update(owner="elsewhere|1|1|x")
        connection.close()  # this is the shop's thread
        return 0.0

    world.shop.clock = take_over
    time.then = lambda: fall_silent(Run.objects.get())

    run = sync(world.catalog, time)

    assert time.slept > 0
    assert ([run.pk], run.status) == (taken, Run.Status.SUCCEEDED)
    assert world.on_shop() == world.listed()
    assert world.statuses() == {Listing.Status.LISTED: len(world.listed())}
