"""A worker's run is put off instead of waiting, and nobody calls again and again in vain."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.channels import change_channel
from connections.models import Circuit
from sandbox.faults import Fault
from sync import ownership
from sync.execution import MAX_SETBACKS, execute_run
from sync.models import Run
from sync.runs import create_run, start_run
from tests.channels.receiver import Answer
from tests.factories import make_channel
from tests.ports import closed_port
from tests.programs import ROOT, database_url
from tests.sync.processes import until

pytestmark = pytest.mark.whole_runs

Status = Run.Status
# Retries measure their patience by a clock that no test moves: so long at most with a sleep that
# takes no time, a quarter of it in earnest.
A_MINUTE = 60


@pytest.fixture
def world(world, passing_time):
    world.sleep = passing_time
    return world


def work_on(world, run):
    """What a worker does with a run; how long it was kept by waiting."""
    before = world.sleep.slept
    assert ownership.claim(run)
    ours = Run.objects.select_related("catalog__channel__connection").get(pk=run.pk)
    execute_run(ours, sleep=world.sleep, gives_way=True)
    run.refresh_from_db()
    return world.sleep.slept - before


def pass_time_until(world, moment):
    world.sleep(max(0.0, (moment - timezone.now()).total_seconds()) + 0.1)


def begin(world, catalog=None):
    return create_run(world.again(catalog), Run.Trigger.SCHEDULE)


def shut_shop(world):
    """Nobody listens where the shop was; return what opens it again."""
    values = dict(world.channel.settings)

    def move_to(endpoint):
        world.channel.refresh_from_db()
        settings = {**values, "endpoint": endpoint}
        change_channel(world.channel, name="Shop", values=settings, by_staff=True)

    move_to(f"http://127.0.0.1:{closed_port()}/shop/ingest")
    return lambda: move_to(values["endpoint"])


def test_a_shop_that_is_down_keeps_no_worker_and_loses_nothing(world):
    reopen = shut_shop(world)
    run = begin(world)

    kept = work_on(world, run)

    assert kept <= A_MINUTE
    assert run.is_put_off
    assert (run.owner, run.phase) == ("", Run.Phase.PUSHING)
    assert "could not be reached. The next try is at" in run.note
    assert run.pulled == len(world.listed())

    calls = world.pim.traffic.as_json()["total"]
    reopen()
    pass_time_until(world, run.not_before)
    work_on(world, run)

    assert (run.status, run.not_before) == (Status.SUCCEEDED, None)
    assert world.on_shop() == world.listed()
    assert world.pim.traffic.as_json()["total"] == calls  # it went on where it was
    assert not Circuit.objects.exists()


def test_a_pim_that_is_unwell_puts_the_run_off_at_its_checkpoint(world, small_pages):
    world.pim.faults.add(Fault("500", "/products$", after=2, times=1000))
    run = begin(world)

    kept = work_on(world, run)
    pulled = run.pulled
    world.pim.faults.clear()
    pass_time_until(world, run.not_before)
    work_on(world, run)

    assert kept <= 4 * A_MINUTE  # each of the threads that read
    assert 0 < pulled < len(world.listed())
    assert (run.status, run.pulled) == (Status.SUCCEEDED, len(world.listed()))
    assert world.on_shop() == world.listed()
    assert world.documents_on_shop() == world.documents_in_pim()


def test_who_asked_to_be_left_alone_is_not_called_before(world, receiver):
    receiver.answers = [Answer(429, b"", {"Retry-After": "300"})]
    run = begin(world)

    kept = work_on(world, run)

    assert kept <= 1
    assert run.is_put_off
    assert run.not_before > timezone.now() + timedelta(seconds=290)
    assert not Circuit.objects.exists()

    pass_time_until(world, run.not_before)
    work_on(world, run)

    assert run.status == Status.SUCCEEDED
    assert receiver.products == world.documents(world.catalog)


def test_another_run_over_the_same_shop_does_not_even_try(world):
    other = world.add_catalog("Other")
    world.select(world.catalog, "backpacks")
    world.select(other, "shoes", "mugs")
    shut_shop(world)
    work_on(world, begin(world))
    run = begin(world, other)

    kept = work_on(world, run)

    assert kept == 0
    assert run.is_put_off
    assert run.not_before == Circuit.objects.get().next_try_at
    assert run.setbacks == 0  # it did not try in vain


def test_a_run_over_another_shop_of_the_pim_is_not_concerned(world):
    other = make_channel(world.connection, name="Second", settings=world.channel.settings)
    shut_shop(world)
    work_on(world, begin(world))
    run = begin(world, world.add_catalog("Other", channel=other))

    work_on(world, run)

    assert run.status == Status.SUCCEEDED
    assert Circuit.objects.get().channel == str(world.channel.uuid)


def test_a_run_that_tries_in_vain_ends_and_says_since_when(world):
    shut_shop(world)
    run = begin(world)
    kept, notes = 0.0, []

    while run.status == Status.QUEUED:
        kept += work_on(world, run)
        if run.is_put_off:
            notes.append(run.note)
            pass_time_until(world, run.not_before)

    assert run.status == Status.FAILED
    assert len(notes) == MAX_SETBACKS
    assert "could not be reached" in notes[0]
    assert "Shop has not answered since" in notes[-1]
    assert "Shop has not answered since" in run.problem
    assert "next try" not in run.problem
    assert kept <= A_MINUTE * (MAX_SETBACKS + 1)


def test_a_run_that_gets_on_may_be_put_off_as_often_as_it_takes(world, receiver):
    run = begin(world)
    Run.objects.update(setbacks=MAX_SETBACKS)
    run.refresh_from_db()
    receiver.answers = [Answer(200, b"{}"), Answer(429, b"", {"Retry-After": "60"})]

    work_on(world, run)

    assert run.is_put_off
    assert run.setbacks == 1


def test_a_trial_ends_instead(world):
    world.pim.faults.add(Fault("500", times=1000))
    run = create_run(world.again(), Run.Trigger.MANUAL, mode=Run.Mode.FULL, dry_run=True)

    kept = work_on(world, run)

    assert kept <= A_MINUTE
    assert run.status == Status.FAILED
    assert "cannot answer at the moment" in run.problem


def test_in_the_foreground_a_run_waits_by_itself_and_its_success_closes_the_circuit(world):
    reopen = shut_shop(world)
    put_off = begin(world)
    work_on(world, put_off)
    assert Circuit.objects.exists()

    failed = world.sync()
    reopen()
    run = world.sync()

    assert failed.status == Status.FAILED
    assert run.status == Status.SUCCEEDED
    assert world.on_shop() == world.listed()
    assert not Circuit.objects.exists()


def test_one_put_off_is_not_one_that_nobody_works_on(world):
    run = begin(world)
    long_ago = timezone.now() - timedelta(minutes=5)
    Run.objects.update(heartbeat_at=long_ago, not_before=timezone.now() + timedelta(minutes=5))
    assert not Run.objects.unfinished_and_silent().exists()

    Run.objects.update(not_before=None)

    assert Run.objects.unfinished_and_silent().get() == run


@pytest.mark.only_on("postgresql")  # whose broker a worker finds by the environment alone
@pytest.mark.slow
def test_a_pool_of_two_is_not_kept_by_others(make_world):
    """With real workers: a PIM that hangs, a shop that is down, and a third that must not wait."""
    hanging, down, fine = make_world(5), make_world(45), make_world(25)
    shut_shop(down)
    behind = [down.catalog, down.add_catalog("Second"), down.add_catalog("Third")]
    for catalog, family in zip(behind, ["backpacks", "shoes", "mugs"], strict=True):
        down.select(catalog, family)
    worker = [sys.executable, "-m", "celery", "-A", "akeneo_app", "worker", "-c", "2"]
    environment = {**os.environ, "DATABASE_URL": database_url()}
    with hanging.between.holding(r"/catalogs/", times=1000) as held:  # also when asked again
        for catalog in [hanging.catalog, *behind, fine.catalog]:
            start_run(catalog, Run.Trigger.SCHEDULE)
        process = subprocess.Popen(  # noqa: S603  (our own program)
            worker, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
        )
        try:
            until(lambda: fine.catalog.runs.get().status == Status.SUCCEEDED)
            waits = [one.runs.get() for one in behind]
            stands_still = held.is_reached(within=0) and hanging.catalog.runs.get()
        finally:
            held.release()
            process.terminate()
            process.wait(timeout=300)

    assert fine.on_shop() == fine.listed()
    assert all(run.is_put_off for run in waits)
    assert stands_still
    assert not stands_still.finished_at


def test_what_came_back_while_the_run_was_put_off_stays_on_the_channel(world):
    world.sync()
    back, gone = sorted(world.listed())[:2]
    for uuid in (back, gone):
        world.pim.disable_product(uuid)
    # Once the listing is complete: the run asks why they left.
    world.pim.faults.add(Fault("500", r"/products-uuid$", times=100))
    run = begin(world)
    work_on(world, run)
    assert (run.status, run.phase) == (Status.QUEUED, Run.Phase.RECONCILING)
    world.pim.faults.clear()
    world.pim.enable_product(back)
    pass_time_until(world, timezone.now() + timedelta(hours=2))

    work_on(world, run)

    assert (run.status, run.withdrawn) == (Status.SUCCEEDED, 1)
    assert world.on_shop() == world.listed()
