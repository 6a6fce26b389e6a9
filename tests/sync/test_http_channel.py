"""Whole runs over the `http` channel, to the letter of its interface."""

import json

import pytest

from sync.models import Batch, Change, Listing, Run
from tests.channels.receiver import Answer, answer_json
from tests.world import SECRET

pytestmark = pytest.mark.whole_runs

Status = Listing.Status


def keys_of(received):
    return [item["key"] for item in received.content["items"]]


def test_a_push_is_a_signed_post_of_documents_under_a_key(world, receiver):
    world.sync()

    batches = {str(batch.key): batch for batch in Batch.objects.all()}
    assert {one.headers["Idempotency-Key"] for one in receiver.received} == batches.keys()
    assert len(receiver.received) == len(batches)
    for received in receiver.received:
        batch = batches[received.headers["Idempotency-Key"]]
        bodies = dict(Listing.objects.values_list("key", "sent__body"))
        keys = [Listing.objects.get(pk=pk).key for pk, _ in batch.items]
        assert (received.method, received.path) == ("POST", "/in")
        assert received.headers["Content-Type"] == "application/json"
        assert received.is_signed_with(SECRET)
        assert received.content == {
            "action": "push",
            "items": [{"key": key, "document": json.loads(bodies[key])} for key in keys],
        }
    assert receiver.products.keys() == world.listed()


def test_batches_are_full_but_for_the_last_of_each_action(world, receiver):
    world.sync()
    receiver.received.clear()
    listed = sorted(world.listed())
    for uuid in listed[:12]:
        world.pim.disable_product(uuid)
    for uuid in listed[12:35]:
        world.pim.edit_product(uuid, "sku", f"NEW-{uuid[:8]}")

    run = world.sync()

    calls = [(one.content["action"], len(one.content["items"])) for one in receiver.received]
    # Those of one action may be under way at the same time, and arrive in any order.
    assert sorted(calls[:3]) == [("push", 3), ("push", 10), ("push", 10)]
    assert sorted(calls[3:]) == [("withdraw", 2), ("withdraw", 10)]
    assert (run.status, run.pushed, run.withdrawn) == (Run.Status.SUCCEEDED, 23, 12)
    assert receiver.products.keys() == world.listed()


def test_a_withdrawal_carries_keys_alone(world, receiver):
    world.sync()
    gone = sorted(world.listed())[:2]
    for uuid in gone:
        world.pim.disable_product(uuid)

    world.sync()

    assert receiver.received[-1].content == {
        "action": "withdraw",
        "items": [{"key": key} for key in gone],
    }


@pytest.mark.parametrize(
    "answer",
    [
        Answer(204),
        Answer(200, b"<html><body>Thank you</body></html>"),
        Answer(200, b"\xff\xfe\x00nothing that UTF-8 knows"),
        Answer(200, b'{"results": [{"key": "'),
        Answer(200, b'{"results": {"ok": true}}'),
        Answer(200, b"x" * 5_000_000),
    ],
)
def test_a_2xx_that_says_nothing_of_products_accepts_all(world, receiver, answer):
    receiver.script = answer

    run = world.sync()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert world.statuses() == {Status.LISTED: len(world.listed())}


def test_an_external_id_is_kept_also_with_a_refusal(world, receiver):
    uuid, other = sorted(world.listed())[:2]
    receiver.on_call = lambda received: receiver.answers.append(
        answer_json(
            {
                "results": [
                    {"key": key, "status": "ok", "external_id": f"id-{key}"}
                    if key != uuid
                    else {"key": key, "status": "rejected", "message": "No.", "external_id": 7}
                    for key in keys_of(received)
                ]
            }
        )
    )

    world.sync()

    refused, accepted = Listing.objects.get(key=uuid), Listing.objects.get(key=other)
    assert (refused.status, refused.problem, refused.external_id) == (Status.PARKED, "No.", "7")
    assert (accepted.status, accepted.external_id) == (Status.LISTED, f"id-{other}")


def test_unknown_and_doubled_keys_harm_nobody_and_a_missing_one_is_asked_again(
    world, receiver, waited
):
    missing = sorted(world.listed())[0]

    def answer(received):
        keys = [key for key in keys_of(received) if key != missing or len(receiver.received) > 6]
        entries = [{"key": key, "status": "ok"} for key in [*keys, *keys, "never-sent"]]
        receiver.answers.append(answer_json({"results": entries}))

    receiver.on_call = answer

    run = world.sync()

    asked = [received for received in receiver.received if missing in keys_of(received)]
    assert len(asked) == 3
    assert len({received.headers["Idempotency-Key"] for received in asked}) == 3
    assert (run.status, run.pushed, run.failed) == (Run.Status.SUCCEEDED, len(world.listed()), 0)
    assert world.statuses() == {Status.LISTED: len(world.listed())}


def test_a_product_that_the_channel_never_mentions_is_parked(world, receiver, waited):
    receiver.script = answer_json({"results": []})

    run = world.sync()

    assert (run.status, run.pushed, run.failed) == (
        Run.Status.SUCCEEDED,
        0,
        len(world.listed()),
    )
    assert world.statuses() == {Status.PARKED: len(world.listed())}
    assert "without a word" in Listing.objects.all()[0].problem
    outcomes = set(Change.objects.values_list("outcome", flat=True))
    assert outcomes == {Change.Outcome.UNANSWERED}


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_passes_is_tried_again_under_the_same_key_with_the_same_body(
    world, receiver, waited, status
):
    receiver.answers = [Answer(status, b"Later", {"Retry-After": "7"})] * 2

    run = world.sync()

    first, *again = receiver.received[:3]
    for received in again:
        assert received.body == first.body
        assert received.headers["Idempotency-Key"] == first.headers["Idempotency-Key"]
        assert received.headers["X-Signature"] == first.headers["X-Signature"]
    assert sum(waited) == 14
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert receiver.products.keys() == world.listed()


def test_without_retry_after_it_waits_longer_and_longer(world, receiver, waited):
    receiver.answers = [Answer(503)] * 4

    run = world.sync()

    assert run.status == Run.Status.SUCCEEDED
    assert 0 < sum(waited) <= 2 + 4 + 8 + 16


def test_a_channel_that_stays_away_fails_the_run_and_loses_nothing(world, receiver, waited):
    receiver.script = Answer(503, b"We are closed")

    failed = world.sync()
    receiver.script = None
    run = world.sync()

    assert failed.status == Run.Status.FAILED
    assert "HTTP 503 (Service Unavailable): “We are closed”" in failed.problem
    assert "tried 8 times" in failed.problem
    calls = receiver.received
    assert len({received.body for received in calls[:9]}) == 1
    assert len({received.headers["Idempotency-Key"] for received in calls[:9]}) == 1
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert receiver.products.keys() == world.listed()


def test_a_connection_that_breaks_is_tried_again(world, receiver, waited):
    body = json.dumps({"results": []}).encode()
    receiver.answers = [Answer(200, body[:-5], {"Content-Length": str(len(body))})]

    run = world.sync()

    assert receiver.received[0].body == receiver.received[1].body
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 422])
def test_any_other_status_stops_the_run_with_what_the_channel_said(world, receiver, status):
    receiver.answers = [answer_json({"error": "Our shop objects."}, status)]

    stopped = world.sync()
    run = world.sync()

    assert stopped.status == Run.Status.STOPPED
    assert f"HTTP {status}" in stopped.problem
    assert ("Our shop objects." in stopped.problem) or status < 400
    assert (stopped.pushed, stopped.failed) == (0, 0)
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert receiver.products.keys() == world.listed()


def test_a_wrong_secret_stops_the_run_and_is_nowhere_in_it(world, receiver):
    receiver.secret = "another"

    run = world.sync()

    assert run.status == Run.Status.STOPPED
    assert "HTTP 401" in run.problem
    assert "Check the secret" in run.problem
    assert SECRET not in run.problem


def test_an_answer_beyond_all_bounds_stops_the_run(world, receiver):
    receiver.answers = [Answer(200, b"x" * (64 * 1024 * 1024 + 1))]

    stopped = world.sync()
    world.sync()

    assert stopped.status == Run.Status.STOPPED
    assert "more than this app accepts" in stopped.problem
    first, second = receiver.received[:2]
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert receiver.products.keys() == world.listed()
