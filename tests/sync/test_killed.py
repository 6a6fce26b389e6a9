"""A process that is killed while it sends: the next run ends what it began."""

import pytest
from django.db import transaction

from channels.base import Outcome, PushResult
from sync import ownership
from sync.models import Batch, Change, Listing, Run
from sync.models.batches import Action
from sync.runs import create_run
from sync.settling import settle
from tests.sync.one_batch import claim_batch
from tests.sync.processes import KillAt, kill_me, killed, start_child

pytestmark = pytest.mark.slow

Status = Listing.Status


def by_key(receiver):
    bodies: dict[str, set[bytes]] = {}
    for received in receiver.received:
        bodies.setdefault(received.headers["Idempotency-Key"], set()).add(received.body)
    return bodies


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("number", [1, 3, 5])
def test_killed_during_a_call(world, receiver, number, carried_out):
    kill = KillAt(receiver, number, carried_out=carried_out)

    kill.during(world.sync)
    settled = Change.objects.count()
    struck = {item["key"] for item in kill.call.content["items"]}
    arrived = struck & receiver.products.keys()
    run = world.sync()

    assert min(10, 10 * (number - 1)) <= settled <= 10 * (number - 1)
    assert arrived == (struck if carried_out else set())
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert Run.objects.get() == run
    assert len(receiver.received) > len(by_key(receiver))  # what was under way went out again
    assert all(len(bodies) == 1 for bodies in by_key(receiver).values())
    assert len(by_key(receiver)) == Batch.objects.count() == 5
    assert receiver.products == world.documents(world.catalog)
    assert Change.objects.count() == len(world.listed())
    assert world.statuses() == {Status.LISTED: len(world.listed())}


def test_killed_while_it_withdraws(world, receiver):
    world.sync()
    receiver.received.clear()
    gone = sorted(world.listed())[:3]
    for uuid in gone:
        world.pim.disable_product(uuid)
    kill = KillAt(receiver, 1, carried_out=True)

    kill.during(world.sync)
    run = world.sync()

    assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, 3)
    [bodies] = by_key(receiver).values()
    assert len(bodies) == 1
    assert receiver.products.keys() == world.listed()


def test_killed_between_the_batch_and_its_call(world, receiver):
    world.read(world.catalog)

    def claim_and_die():
        run = create_run(world.again(), Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
        ownership.claim(run)
        claim_batch(run, Action.PUSH, 10)
        kill_me()

    assert killed(start_child(claim_and_die))
    [left_open] = Batch.objects.all()
    world.sync()

    assert (left_open.state, left_open.tries) == (Batch.State.OPEN, 0)
    assert receiver.received[0].headers["Idempotency-Key"] == str(left_open.key)
    assert receiver.products == world.documents(world.catalog)
    assert world.statuses() == {Status.LISTED: len(world.listed())}


def test_killed_in_the_middle_of_settling(world, receiver):
    world.read(world.catalog)

    def settle_half_and_die():
        run = create_run(world.again(), Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
        ownership.claim(run)
        batch = claim_batch(run, Action.PUSH, 10)
        assert batch is not None
        keys = Listing.objects.filter(pk__in=[pk for pk, _ in batch.items]).values_list("key")
        with transaction.atomic():
            settle(run, batch, [PushResult(key, Outcome.ACCEPTED) for (key,) in keys])
            kill_me()

    assert killed(start_child(settle_half_and_die))
    before = world.statuses()
    run = world.sync()

    assert before == {Status.IN_FLIGHT: 10, Status.WAITING: len(world.listed()) - 10}
    assert run.status == Run.Status.SUCCEEDED
    assert receiver.products == world.documents(world.catalog)
    assert Change.objects.count() == len(world.listed())


def test_a_change_between_the_kill_and_the_next_run_is_sent_after_the_old_batch(world, receiver):
    """What was under way ends first, under its key; then the next full look finds the change."""
    kill = KillAt(receiver, 1, carried_out=True)
    kill.during(world.sync)
    uuid = receiver.received[0].content["items"][0]["key"]
    world.pim.edit_product(uuid, "sku", "LATER-1")

    world.sync()
    world.sync()

    assert all(len(bodies) == 1 for bodies in by_key(receiver).values())
    assert receiver.products == world.documents(world.catalog)
