"""A person stops a run, or has one taken up at once: nothing is lost, and the next run goes on."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from connections.models import AuditRecord
from outbound.errors import ConfigurationError
from sync import ownership
from sync.execution import execute_run
from sync.models import Batch, Checkpoint, Listing, Run
from sync.runs import create_run
from sync.tasks import work_on_run
from sync.undo import undo_run
from sync.unfinished import may_be_taken_up, stop_run, take_up
from tests.factories import make_catalog, make_run

pytestmark = pytest.mark.whole_runs

SILENT = timedelta(minutes=5)


def stopping_at(call, receiver):
    """Let somebody stop the run that is under way once the channel gets this call."""

    def on_call(received):
        if receiver.received.index(received) == call - 1:
            stop_run(Run.objects.live().get(), by="Mary Smith")
            connection.close()  # of the receiver's thread, in which this is called

    receiver.on_call = on_call


def in_small_batches(world):
    world.channel.refresh_from_db()
    world.channel.settings |= {"batch_size": "2"}
    world.channel.save()


def queued(world, **values):
    return create_run(world.again(), Run.Trigger.MANUAL, **values)


def silent(run):
    """Let it look as if its worker, on another host, was gone for long."""
    owner, seen = "elsewhere|1|1|x", timezone.now() - SILENT
    Run.objects.filter(pk=run.pk).update(
        status=Run.Status.RUNNING, owner=owner, heartbeat_at=seen, started_at=seen
    )
    return Run.objects.get(pk=run.pk)


def test_a_run_that_is_sending_ends_at_its_next_step_and_the_next_one_finishes(world, receiver):
    in_small_batches(world)
    stopping_at(2, receiver)

    run = world.sync()
    sent = len(receiver.received)
    receiver.on_call = lambda received: None
    again = world.sync()

    assert run.status == Run.Status.STOPPED
    assert "It was stopped by Mary Smith. Nothing is lost" in run.problem
    assert run.pushed == 2 * sent < len(world.documents(world.catalog))
    assert not Batch.objects.filter(state=Batch.State.OPEN).exists()
    assert not Listing.objects.filter(status=Listing.Status.IN_FLIGHT).exists()
    assert again.status == Run.Status.SUCCEEDED
    assert receiver.products == world.documents(world.catalog)


def test_a_run_that_is_reading_ends_and_withdraws_nothing(world, receiver, small_pages):
    world.sync()
    before = dict(receiver.products)
    world.select(world.catalog, "shoes")
    world.between.meanwhile("product-uuids", lambda: stop(world))

    run = world.sync(full=True)

    assert run.status == Run.Status.STOPPED
    assert receiver.products == before
    assert not Checkpoint.objects.exists()
    assert world.sync(full=True).read_at is not None


def stop(world):
    stop_run(Run.objects.live().get(), by="Mary")
    connection.close()  # of the sandbox's thread


def test_a_run_of_single_products_that_is_stopped_leaves_them_waiting_or_sent(world, receiver):
    world.sync()
    keys = sorted(receiver.products)[:3]
    world.between.meanwhile("products", lambda: stop(world))

    run = queued(world, mode=Run.Mode.PRODUCT, keys=keys)
    world.work()
    run.refresh_from_db()

    assert run.status == Run.Status.STOPPED
    assert world.sync().status == Run.Status.SUCCEEDED
    assert receiver.products == world.documents(world.catalog)


def test_an_undoing_that_is_stopped_is_finished_by_the_next_run(world, receiver):
    in_small_batches(world)
    first = world.sync()
    undoing = undo_run(first, by="Mary")
    calls = len(receiver.received)
    stopping_at(calls + 1, receiver)

    world.work()
    undoing.refresh_from_db()
    receiver.on_call = lambda received: None
    world.sync()

    assert undoing.status == Run.Status.STOPPED
    assert receiver.products == {}


def test_a_trial_run_can_be_stopped(world, small_pages):
    world.between.meanwhile("product-uuids", lambda: stop(world))
    run = queued(world, mode=Run.Mode.FULL, dry_run=True)

    world.work()
    run.refresh_from_db()

    assert run.status == Run.Status.STOPPED


@pytest.mark.django_db
def test_a_run_that_waits_or_that_nobody_works_on_ends_at_once():
    put_off = make_run(status=Run.Status.QUEUED, not_before=timezone.now() + SILENT)
    gone = silent(make_run(status=Run.Status.RUNNING))

    ended = [stop_run(run, by="Mary") for run in (put_off, gone)]

    assert ended == [True, True]
    assert set(Run.objects.values_list("status", flat=True)) == {Run.Status.STOPPED}
    assert Run.objects.filter(finished_at=None).count() == 0


@pytest.mark.django_db
def test_a_stop_is_recorded_once_and_by_whom():
    run = make_run(status=Run.Status.QUEUED)
    ownership.claim(run)

    assert [stop_run(run, by="Mary"), stop_run(run, by="Eve")] == [False, False]

    run.refresh_from_db()
    assert run.stop_asked_by == "Mary"
    assert AuditRecord.objects.filter(action="run_stopped").count() == 1


@pytest.mark.django_db
def test_whoever_takes_a_stopped_run_up_ends_it(world):
    """Somebody asked, and died before the run was ended."""
    run = queued(world)
    Run.objects.update(stop_asked_at=timezone.now(), stop_asked_by="Mary")
    assert ownership.claim(run)

    execute_run(Run.objects.select_related("catalog__channel__connection").get(pk=run.pk))

    run.refresh_from_db()
    assert (run.status, run.pulled) == (Run.Status.STOPPED, 0)


@pytest.mark.django_db
def test_a_run_that_has_ended_or_removes_its_catalog_is_not_stopped():
    ended = make_run()
    removing = make_run(make_catalog(removing_since=timezone.now()), status=Run.Status.QUEUED)

    with pytest.raises(ConfigurationError, match="has ended already"):
        stop_run(ended, by="Mary")
    with pytest.raises(ConfigurationError, match="removes the catalog"):
        stop_run(removing, by="Mary")

    removing.refresh_from_db()
    assert (removing.status, removing.stop_asked_at) == (Run.Status.QUEUED, None)


def test_a_run_that_nobody_works_on_is_taken_up_at_once(world, receiver):
    run = silent(queued(world))

    assert may_be_taken_up(run)
    assert take_up(run)
    work_on_run(run.pk)  # as the worker does that gets the task

    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED
    assert receiver.products == world.documents(world.catalog)


def test_a_run_that_is_put_off_is_taken_up_before_its_time(world, receiver):
    run = queued(world)
    Run.objects.update(not_before=timezone.now() + timedelta(hours=1))
    run.refresh_from_db()

    assert take_up(run)
    work_on_run(run.pk)  # as the worker does that gets the task

    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED


@pytest.mark.django_db
def test_a_run_that_somebody_works_on_is_not_taken_away():
    run = make_run(status=Run.Status.QUEUED)
    ownership.claim(run)
    owner = run.owner

    assert not take_up(run)
    assert not take_up(make_run())

    run.refresh_from_db()
    assert run.owner == owner
