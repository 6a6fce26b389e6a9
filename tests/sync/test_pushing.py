"""Several calls to the channel at the same time, and fewer while it is unwell."""

import json
import threading

import pytest

from sync.models import Batch, Listing, Run
from tests.channels.receiver import Answer, answer_json

Status = Listing.Status

BATCHES = 5  # of ten products each, the last one shorter


class UnderWay:
    """Told of each call: how many were under way when it came."""

    def __init__(self, receiver, *, together=0):
        self._together = threading.Barrier(together) if together else None
        self._receiver = receiver
        self._lock = threading.Lock()
        self.calls = 0
        receiver.on_call = self

    def __call__(self, received):
        with self._lock:
            self.calls += 1
            first = self.calls == 1
        if self._together is not None and not first:
            self._together.wait(timeout=30)  # raises if they do not come together


def test_once_the_channel_answered_well_the_other_calls_are_made_together(world, receiver):
    under_way = UnderWay(receiver, together=BATCHES - 1)

    run = world.sync()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert under_way.calls == BATCHES
    assert receiver.products == world.documents(world.catalog)


def test_a_channel_that_is_unwell_from_the_beginning_gets_one_call_at_a_time(world, receiver):
    receiver.script = Answer(503)

    run = world.sync()

    assert (run.status, run.pushed) == (Run.Status.FAILED, 0)
    assert len({one.headers["Idempotency-Key"] for one in receiver.received}) == 1
    assert len(receiver.received) == 8


def test_what_was_answered_beside_a_refused_batch_is_settled(world, receiver):
    """The refusal ends the run; the calls that were under way beside it count."""
    together = threading.Barrier(BATCHES - 1)
    answered = []

    def answer(received):
        answered.append(received)
        if len(answered) > 1:
            together.wait(timeout=30)

    receiver.on_call = answer
    receiver.answers = [receiver_ok(), Answer(400, b"No such field")]

    run = world.sync()

    refused = len(world.listed()) - run.pushed  # the last batch is shorter than the others
    assert (run.status, refused in (3, 10)) == (Run.Status.STOPPED, True)
    assert world.statuses() == {Status.LISTED: run.pushed, Status.WAITING: refused}
    assert "No such field" in run.problem
    receiver.answers = []
    receiver.on_call = lambda received: None
    again = world.sync()
    assert (again.status, again.pushed) == (Run.Status.SUCCEEDED, refused)
    states = Batch.objects.values_list("state", flat=True)
    assert sorted(set(states)) == [Batch.State.SETTLED]  # the refused one went out again


def receiver_ok():
    """Accepts everything, whatever it is."""
    return answer_json({})


def test_nothing_is_withdrawn_before_everything_is_pushed(world, receiver):
    world.sync()
    receiver.received.clear()
    uuids = sorted(world.listed())
    for uuid in uuids[:2]:
        world.pim.disable_product(uuid)
    for uuid in uuids[2:]:
        world.pim.edit_product(uuid, "sku", f"NEW-{uuid[:8]}", None, None)
    pushed = []
    receiver.on_call = lambda received: pushed.append(json.loads(received.body)["action"])

    run = world.sync()

    assert (run.pushed, run.withdrawn) == (len(uuids) - 2, 2)
    assert pushed == ["push"] * (len(pushed) - 1) + ["withdraw"]


@pytest.mark.parametrize("retry_after", ["", "5"])
def test_after_a_failure_in_between_everything_still_arrives_once(
    world, receiver, passing_time, retry_after
):
    world.sleep = passing_time
    receiver.answers = [receiver_ok(), Answer(503, headers={"Retry-After": retry_after})]

    run = world.sync()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    bodies = [one.body for one in receiver.received]
    assert len(bodies) == BATCHES + 1
    assert len(set(bodies)) == BATCHES
