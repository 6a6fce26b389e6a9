"""Every fault of the sandbox at every step of a run: once, and until the run gives up."""

import pytest

from sandbox.faults import KINDS, Fault
from sync.models import Run
from tests.faults.scenario import PRODUCTS, STEPS, Scenario, Step

pytestmark = pytest.mark.usefixtures("small_pages")

FOR_GOOD = 1_000_000
# What a run makes up for by trying again: it must end in step all the same when trying is vain.
TRIED_AGAIN = ["429", "429-bare", "500", "html", "cut"]
STRIKES = {kind: (kind, 1) for kind in KINDS} | {
    f"{kind}-for-good": (kind, FOR_GOOD) for kind in TRIED_AGAIN
}
# One of each way in which a call ends. The client and its retries, which tell the others apart, are
# the same for every step: where this matrix has been, others may do with these.
ENDS = (
    *("429", "cut", "late", "413", "error-200", "disable", "disconnect"),
    *("500-for-good", "html-for-good", "cut-for-good"),
)
# These are about a catalog or its connection, and the shop knows neither; and whatever stands in a
# 2xx of the shop, it has accepted the batch (docs/channels/http.md).
AT_THE_PIM = {"early-end", "disable", "disable-after-page", "disconnect", "error-200"}

# What is written many at a time; a run reads, and sends to a shop, which knows neither of these.
OF_WRITING = {"lines-cut", "line-422"}


def can_strike(kind: str, step: Step) -> bool:
    if kind in OF_WRITING:
        return False
    if kind == "early-end":
        return step.is_list
    return not (step.is_at_shop and kind in AT_THE_PIM)


CELLS = [
    pytest.param(strike, step, id=f"{strike}-{step}")
    for strike, (kind, _) in STRIKES.items()
    for step in STEPS
    if can_strike(kind, STEPS[step])
]


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(PRODUCTS)
    world.sleep = passing_time
    return world


def test_there_are_enough_cells():
    assert len(CELLS) >= 60
    assert {param.values[1] for param in CELLS} == set(STEPS)


@pytest.mark.parametrize(("strike", "step"), CELLS)
def test_one_further_run_is_enough(world, strike, step):
    kind, times = STRIKES[strike]
    scenario = Scenario(world, STEPS[step])
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
