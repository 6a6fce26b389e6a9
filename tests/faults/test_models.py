"""Each way a call may end at every step of a run over models, and death at each of them.

At most one further run, and each variant is in exactly one model, as the PIM has it.
"""

import os
import signal

import pytest

from sandbox.faults import Fault
from sync.models import Run
from tests.faults.models_scenario import PRODUCTS, STEPS, ModelsScenario
from tests.faults.test_deaths import DEALT_WITH
from tests.faults.test_faults_of_the_other_side import ENDS, STRIKES, can_strike
from tests.models_world import use_models
from tests.sync.processes import killed, start_child

pytestmark = pytest.mark.usefixtures("small_pages")

CELLS = [
    pytest.param(strike, step, id=f"{strike}-{step}")
    for strike in (*ENDS, "early-end", "disable-after-page")
    for step in STEPS
    if can_strike(STRIKES[strike][0], STEPS[step])
]


@pytest.fixture
def world(make_world):
    return make_world(PRODUCTS)


@pytest.mark.parametrize(("strike", "step"), CELLS)
def test_one_further_run_is_enough(world, monkeypatch, passing_time, strike, step):
    world.sleep = passing_time
    kind, times = STRIKES[strike]
    scenario = ModelsScenario(use_models(world, monkeypatch), STEPS[step])
    fault = Fault(kind, scenario.step.path, times, scenario.step.after, 0.1, retry_after=7)
    world.pim.faults.add(fault)

    run = scenario.sync()

    assert fault.times < times, "it did not strike"
    scenario.assert_nothing_was_lost()
    scenario.mend()
    if run.status != Run.Status.SUCCEEDED:
        assert run.problem
        run = scenario.further_run()
        assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    scenario.assert_in_step()


@pytest.mark.parametrize("moment", DEALT_WITH)
@pytest.mark.parametrize("step", STEPS)
def test_killed(world, monkeypatch, step, moment):
    scenario = ModelsScenario(use_models(world, monkeypatch), STEPS[step])
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
