"""kill -9, and the loss of the database, at every step of a run: on the way there, and back.

The process that dies is a real one. What it had under way is lost with it; what the other side
has dealt with by then is not, so that the next run must find out, or say it once more.
"""

import os
import signal

import psycopg
import pytest
from django.db import connection

from sync.models import Run
from tests.faults.scenario import PRODUCTS, STEPS, Scenario
from tests.programs import database_url
from tests.sync.processes import killed, start_child

pytestmark = pytest.mark.usefixtures("small_pages")

DEALT_WITH = {"before-the-call": False, "before-its-answer": True}

at_each_step = pytest.mark.parametrize("step", STEPS)
either_way = pytest.mark.parametrize("moment", DEALT_WITH)


@pytest.fixture
def world(make_world):
    return make_world(PRODUCTS)


def cut_database_connections():
    """As a restart of the server does; from a connection of its own."""
    with psycopg.connect(database_url(), autocommit=True) as own:
        own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@either_way
@at_each_step
def test_killed(world, step, moment):
    scenario = Scenario(world, STEPS[step])
    place = scenario.step
    with world.between.holding(place.path, after=place.after, answered=DEALT_WITH[moment]) as held:
        child = start_child(scenario.sync)
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)

    scenario.assert_nothing_was_lost()
    run = scenario.further_run()

    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    scenario.assert_in_step()


@at_each_step
def test_killed_twice(world, step):
    """Whoever takes the run up dies at the very same step."""
    scenario = Scenario(world, STEPS[step])
    place = scenario.step
    for _ in range(2):
        with world.between.holding(place.path) as held:
            child = start_child(scenario.sync)
            held.wait()
            os.kill(child, signal.SIGKILL)
            assert killed(child)

    scenario.assert_nothing_was_lost()
    run = scenario.further_run()

    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    scenario.assert_in_step()


@at_each_step
def test_the_database_is_lost_by_a_process_that_ends_by_it(world, step):
    """As a command does, between a call and the transaction that its answer leads to."""
    scenario = Scenario(world, STEPS[step])
    place = scenario.step
    world.between.meanwhile(place.path, cut_database_connections, after=place.after)
    child = start_child(scenario.sync)
    os.waitpid(child, 0)

    scenario.assert_nothing_was_lost()
    run = scenario.further_run()

    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    scenario.assert_in_step()


@at_each_step
def test_the_database_is_lost_by_a_process_that_goes_on(world, step, passing_time):
    """As a worker does: its run is taken up once its heartbeat is old."""
    world.sleep = passing_time
    scenario = Scenario(world, STEPS[step])
    place = scenario.step
    world.between.meanwhile(place.path, cut_database_connections, after=place.after)
    try:
        scenario.sync()
    except Exception:  # noqa: BLE001  (whatever it is, a worker goes on after it)
        connection.close()

    scenario.assert_nothing_was_lost()
    run = scenario.further_run()

    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    scenario.assert_in_step()
