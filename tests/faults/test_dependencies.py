"""Each way a call may end, and death, at every step of a look at what products refer to.

Whatever a run could not look at, it goes on without: so one further run is enough, and exactly what
is concerned was sent once more.
"""

import os
import signal

import pytest

from sandbox.faults import Fault
from sync.models import Run
from tests.faults.dependencies_scenario import PRODUCTS, STEPS, DependenciesScenario
from tests.faults.test_deaths import DEALT_WITH
from tests.faults.test_faults_of_the_other_side import ENDS, STRIKES, can_strike
from tests.sync.processes import killed, start_child

pytestmark = pytest.mark.usefixtures("small_pages")

CELLS = [
    pytest.param(strike, step, id=f"{strike}-{step}")
    for strike in ENDS
    for step in STEPS
    if can_strike(STRIKES[strike][0], STEPS[step])
]


@pytest.fixture
def world(make_world):
    return make_world(PRODUCTS)


def finished(scenario):
    """The one further run; after a fault that a person has to mend, or that nobody noticed."""
    run = scenario.further_run()
    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    scenario.assert_in_step()


@pytest.mark.parametrize(("strike", "step"), CELLS)
def test_one_further_run_is_enough(world, passing_time, strike, step):
    world.sleep = passing_time
    kind, times = STRIKES[strike]
    scenario = DependenciesScenario(world, STEPS[step])
    fault = Fault(kind, scenario.step.path, times, scenario.step.after, 0.1, retry_after=7)
    world.pim.faults.add(fault)

    scenario.sync()

    assert fault.times < times, "it did not strike"
    scenario.assert_nothing_was_lost()
    scenario.mend()
    finished(scenario)


@pytest.mark.parametrize("moment", DEALT_WITH)
@pytest.mark.parametrize("step", STEPS)
def test_killed(world, step, moment):
    scenario = DependenciesScenario(world, STEPS[step])
    place = scenario.step
    with world.between.holding(place.path, after=place.after, answered=DEALT_WITH[moment]) as held:
        child = start_child(scenario.sync)
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)

    scenario.assert_nothing_was_lost()
    finished(scenario)
