"""What Celery wakes workers for: every task may run twice, and in any state of the world."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from akeneo_app.celery import app
from catalogs.models import Catalog
from catalogs.schedules import TASK, apply_schedule
from connections.models import Connection
from sync import ownership
from sync.models import Run
from sync.runs import create_run, start_run
from sync.tasks import start_scheduled_run, take_up_unfinished_runs, tidy_up, work_on_run
from tests.factories import make_catalog, make_run
from tests.queued import waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]

GONE = "elsewhere|1|1|x"


def work_on(run):
    return ("sync.tasks.work_on_run", [run.pk])


def silent(run, ago):
    Run.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - ago)


def test_working_on_a_run_twice_does_it_once(world):
    run = create_run(world.catalog, Run.Trigger.MANUAL)

    work_on_run(run.pk)
    ended = Run.objects.values().get()
    batches = len(world.shop.batches)
    work_on_run(run.pk)

    assert ended["status"] == Run.Status.SUCCEEDED
    assert Run.objects.values().get() == ended
    assert len(world.shop.batches) == batches
    assert world.on_shop() == world.listed()


def test_a_run_that_somebody_works_on_is_left_alone(world):
    run = create_run(world.catalog, Run.Trigger.MANUAL)
    ownership.claim(run)
    before = Run.objects.values().get()

    work_on_run(run.pk)

    assert Run.objects.values().get() == before
    assert world.on_shop() == set()


def test_a_run_that_was_removed_with_its_catalog_is_no_fault():
    run = make_run(status=Run.Status.QUEUED)
    run.catalog.delete()

    work_on_run(run.pk)

    assert not Run.objects.exists()


def test_a_schedule_starts_a_run(queue):
    catalog = make_catalog()

    start_scheduled_run(catalog.pk)

    run = Run.objects.get()
    assert (run.catalog, run.trigger, run.status) == (
        *(catalog, Run.Trigger.SCHEDULE),
        Run.Status.QUEUED,
    )
    assert waiting(queue) == [work_on(run)]


def test_a_schedule_skips_while_the_last_run_works(queue):
    run = create_run(make_catalog(), Run.Trigger.SCHEDULE)

    start_scheduled_run(run.catalog_id)

    assert Run.objects.get() == run
    assert waiting(queue) == []


def test_a_scheduler_that_was_down_for_a_day_starts_one_run(queue):
    catalog = make_catalog(every=30)
    apply_schedule(catalog)
    yesterday = timezone.now() - timedelta(days=1)
    PeriodicTask.objects.filter(task=TASK).update(last_run_at=yesterday)

    scheduler = DatabaseScheduler(app=app)
    for _ in range(5):
        scheduler.tick()
    scheduler.close()
    again = DatabaseScheduler(app=app)
    for _ in range(5):
        again.tick()

    started = [message for message in waiting(queue) if message[0] == TASK]
    assert started == [(TASK, [catalog.pk])]


def test_schedules_that_come_too_often_do_not_pile_up(queue):
    run = create_run(make_catalog(), Run.Trigger.SCHEDULE)

    for _ in range(3):
        start_scheduled_run(run.catalog_id)

    catalog = Catalog.objects.get()
    assert Run.objects.get() == run
    assert (catalog.skipped_at is not None, catalog.skipped_for) == (True, run.created_at)


@pytest.mark.parametrize(
    "state",
    [
        {"paused_at": timezone.now()},
        {"archived_at": timezone.now()},
        {"removing_since": timezone.now()},
    ],
    ids=["paused", "archived", "being removed"],
)
def test_a_schedule_skips_a_catalog_that_is_put_aside(queue, state):
    catalog = make_catalog(**state)

    start_scheduled_run(catalog.pk)

    assert not Run.objects.exists()
    assert waiting(queue) == []


def test_a_schedule_skips_a_lost_connection_and_a_catalog_that_is_gone(queue):
    catalog = make_catalog()
    Connection.objects.update(state=Connection.State.DISCONNECTED)

    start_scheduled_run(catalog.pk)
    Catalog.objects.all().delete()
    start_scheduled_run(catalog.pk)

    assert not Run.objects.exists()
    assert waiting(queue) == []


def test_a_run_whose_worker_fell_silent_is_taken_up(queue):
    run = make_run(status=Run.Status.RUNNING, owner=GONE)
    silent(run, timedelta(seconds=31))

    take_up_unfinished_runs()

    assert waiting(queue) == [work_on(run)]
    assert ownership.claim(Run.objects.get())


def test_a_busy_pool_is_told_once_of_a_run_that_waits_to_be_taken_up(queue):
    run = make_run(status=Run.Status.RUNNING, owner=GONE)
    silent(run, timedelta(seconds=31))

    for _ in range(3):
        take_up_unfinished_runs()
    once = waiting(queue)
    silent(run, timedelta(minutes=3))
    take_up_unfinished_runs()

    assert once == [work_on(run)]
    assert waiting(queue) == [work_on(run)]


def test_a_run_whose_worker_is_alive_is_not(queue):
    run = make_run(status=Run.Status.RUNNING, owner=GONE)
    with time_machine.travel(timezone.now(), tick=False):
        silent(run, timedelta(seconds=29))

        take_up_unfinished_runs()

    assert waiting(queue) == []
    assert Run.objects.get().owner == GONE


def test_a_run_whose_message_was_lost_is_queued_again(queue):
    fresh = make_run(status=Run.Status.QUEUED)
    forgotten = make_run(status=Run.Status.QUEUED)
    silent(forgotten, timedelta(minutes=3))

    take_up_unfinished_runs()
    take_up_unfinished_runs()

    assert waiting(queue) == [work_on(forgotten)]
    assert fresh.pk != forgotten.pk


def test_a_removal_is_begun_at_once_where_the_last_run_knew_nothing_of_it(queue):
    run = make_run(status=Run.Status.SUCCEEDED)
    Run.objects.update(finished_at=timezone.now())
    Catalog.objects.update(removing_since=timezone.now(), on_shop=Catalog.OnShop.LEAVE)

    take_up_unfinished_runs()
    take_up_unfinished_runs()

    removal = Run.objects.exclude(pk=run.pk).get()
    assert waiting(queue) == [work_on(removal)]


def test_a_run_that_is_put_off_is_taken_up_when_it_is_due_and_not_before(queue):
    later = timezone.now() + timedelta(minutes=10)
    run = make_run(status=Run.Status.QUEUED, not_before=later)
    silent(run, timedelta(minutes=3))

    take_up_unfinished_runs()
    work_on_run(run.pk)  # a message that came twice
    early = waiting(queue)
    run.refresh_from_db()
    untouched = (run.status, run.not_before)
    Run.objects.update(not_before=timezone.now())
    take_up_unfinished_runs()
    take_up_unfinished_runs()

    assert early == []
    assert untouched == (Run.Status.QUEUED, later)
    assert waiting(queue) == [work_on(run)]
    assert Run.objects.get().not_before is None


def test_ended_runs_are_left_alone(queue):
    silent(make_run(status=Run.Status.FAILED, owner=GONE), timedelta(hours=1))

    take_up_unfinished_runs()

    assert waiting(queue) == []


def test_a_removal_that_nobody_finishes_is_gone_on_with(queue):
    catalog = make_catalog(removing_since=timezone.now())

    take_up_unfinished_runs()

    run = Run.objects.get()
    assert (run.catalog, run.mode) == (catalog, Run.Mode.PUSH)
    assert waiting(queue) == [work_on(run)]


def test_a_removal_that_failed_a_moment_ago_waits(queue):
    catalog = make_catalog(removing_since=timezone.now())
    failed = make_run(catalog, status=Run.Status.FAILED, finished_at=timezone.now())

    take_up_unfinished_runs()
    Run.objects.update(finished_at=timezone.now() - timedelta(minutes=11))
    now_waiting = waiting(queue)
    take_up_unfinished_runs()

    assert now_waiting == []
    assert waiting(queue) == [work_on(Run.objects.exclude(pk=failed.pk).get())]


def test_a_run_of_a_catalog_that_was_archived_meanwhile_stops(world):
    run = start_run(world.catalog, Run.Trigger.SCHEDULE)
    Catalog.objects.update(archived_at=timezone.now())

    work_on_run(run.pk)

    run.refresh_from_db()
    assert (run.status, run.problem) == (
        Run.Status.STOPPED,
        "The catalog is archived. Restore it to sync it again.",
    )
    assert world.on_shop() == set()


def test_tidying_up_twice_is_no_fault():
    tidy_up()
    tidy_up()
