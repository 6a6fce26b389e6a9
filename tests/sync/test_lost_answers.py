"""What the channel may have carried out although its answer was lost is never forgotten."""

import pytest

from sync.models import Batch, Document, Listing, Run
from tests.channels.receiver import Answer, answer_json

pytestmark = pytest.mark.slow

Status = Listing.Status


@pytest.fixture
def answers_are_lost(receiver):
    """The receiver carries out every call, and a proxy in front of it says that it failed."""

    def on_call(received):
        receiver.carry_out(received)
        receiver.answers.append(Answer(504, b"Gateway Timeout"))

    def lose():
        receiver.on_call = on_call

    return lose


@pytest.fixture
def synced(world, receiver, waited):
    """The channel holds the whole catalog; the keys of its products."""
    world.sync()
    receiver.received.clear()
    return sorted(world.listed())


def test_a_product_that_left_after_its_first_push_got_no_answer_is_withdrawn(
    world, receiver, waited, answers_are_lost
):
    answers_are_lost()
    failed = world.sync()
    there = set(receiver.products)
    for uuid in list(there)[:3]:
        world.pim.disable_product(uuid)
    receiver.on_call = lambda received: None

    run = world.sync()

    assert (failed.status, len(there)) == (Run.Status.FAILED, 10)
    assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, 3)
    assert receiver.products.keys() == world.listed()


def test_a_change_that_was_taken_back_after_its_push_got_no_answer_is_sent(
    world, receiver, synced, answers_are_lost
):
    uuid = synced[0]
    before = receiver.products[uuid]
    world.pim.edit_product(uuid, "sku", "WRONG-1")
    answers_are_lost()
    world.sync()
    there = receiver.products[uuid]
    world.pim.assortment.product(uuid).edits = {}
    world.pim.enable_product(uuid)
    receiver.on_call = lambda received: None

    run = world.sync()

    assert there["values"]["sku"][0]["data"] == "WRONG-1"
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, 1)
    assert receiver.products[uuid]["values"] == before["values"]
    assert world.statuses() == {Status.LISTED: len(synced)}


def test_a_product_that_came_back_after_its_withdrawal_got_no_answer_is_sent(
    world, receiver, synced, answers_are_lost
):
    uuid = synced[0]
    world.pim.disable_product(uuid)
    answers_are_lost()
    world.sync()
    assert uuid not in receiver.products
    world.pim.enable_product(uuid)
    receiver.on_call = lambda received: None

    run = world.sync()

    assert (run.status, run.pushed, run.withdrawn) == (Run.Status.SUCCEEDED, 1, 0)
    assert receiver.products.keys() == world.listed()


def test_a_product_that_left_after_the_channel_never_mentioned_it_is_withdrawn(
    world, receiver, waited
):
    receiver.on_call = lambda received: (
        receiver.carry_out(received),
        receiver.answers.append(answer_json({"results": []})),
    )
    world.sync()
    uuid = sorted(world.listed())[0]
    world.pim.disable_product(uuid)
    receiver.on_call = lambda received: None

    world.sync()

    assert world.statuses() == {Status.LISTED: len(world.listed()), Status.GONE: 1}
    assert receiver.products.keys() == world.listed()


def test_a_run_that_a_person_interrupts_between_two_tries_leaves_its_batch_in_doubt(
    world, receiver, answers_are_lost
):
    answers_are_lost()

    def interrupt(seconds):
        raise KeyboardInterrupt

    world.sleep = interrupt
    stopped = world.sync()
    uuid = next(iter(receiver.products))
    world.pim.disable_product(uuid)
    receiver.on_call = lambda received: None

    run = world.sync()

    assert (stopped.status, run.status) == (Run.Status.STOPPED, Run.Status.SUCCEEDED)
    assert receiver.products.keys() == world.listed()


def test_what_the_channel_refused_as_a_whole_is_not_in_doubt(world, receiver, synced):
    uuid = synced[0]
    world.pim.edit_product(uuid, "sku", "WRONG-1")
    receiver.script = answer_json({"error": "No"}, 403)
    world.sync()
    world.pim.assortment.product(uuid).edits = {}
    world.pim.enable_product(uuid)
    receiver.script = None

    run = world.sync()

    assert (run.status, run.changed, run.pushed) == (Run.Status.SUCCEEDED, 1, 0)
    assert world.statuses() == {Status.LISTED: len(synced)}
    assert not Document.objects.filter(digest=Document.UNKNOWN).exists()


def test_the_next_run_sends_the_same_batch_under_its_key(world, receiver, waited, answers_are_lost):
    answers_are_lost()
    world.sync()
    receiver.on_call = lambda received: None

    world.sync()

    calls = receiver.received[:9]
    assert len({received.headers["Idempotency-Key"] for received in calls}) == 1
    assert len({received.body for received in calls}) == 1
    assert receiver.products.keys() == world.listed()


def test_a_key_is_not_used_again_after_another_batch(world, receiver, synced, answers_are_lost):
    """The channel would take the second call with the first document for the first call."""
    uuid = synced[0]
    answers_are_lost()
    for sku in ("A-1", "B-2"):
        world.pim.edit_product(uuid, "sku", sku)
        world.sync()
    world.pim.edit_product(uuid, "sku", "A-1")
    receiver.on_call = lambda received: None

    world.sync()

    by_key: dict[str, set[bytes]] = {}
    for received in receiver.received:
        by_key.setdefault(received.headers["Idempotency-Key"], set()).add(received.body)
    assert len(by_key) == 3
    assert all(len(bodies) == 1 for bodies in by_key.values())
    assert receiver.products[uuid]["values"]["sku"][0]["data"] == "A-1"
    assert Batch.objects.filter(state=Batch.State.DISSOLVED).count() == 2


@pytest.mark.parametrize("status", [500, 400])
def test_a_product_that_breaks_the_channel_does_not_keep_the_others_waiting(
    world, receiver, waited, status
):
    world.read(world.catalog)
    poison = Listing.objects.order_by("next_attempt_at", "pk")[0].key
    receiver.on_call = lambda received: (
        receiver.answers.append(Answer(status)) if poison.encode() in received.body else None
    )

    runs = [world.sync() for _ in range(3)]

    assert not any(run.status == Run.Status.SUCCEEDED for run in runs)
    assert len(receiver.products) >= 30
