import hashlib
import json
from contextlib import contextmanager

import pytest

from channels.base import ChannelProduct, ConfigurationError, Outcome, TransientError
from channels.http import HttpAdapter
from outbound.guard import AddressPolicy
from outbound.session import GuardedSession
from tests.channels.conformance import SECRET, AdapterConformance, Stage, product
from tests.channels.receiver import Answer, answer_json, running_receiver


class HttpStage(Stage):
    def __init__(self, receiver):
        self.receiver = receiver
        self.adapter = adapter_for(receiver, secret=SECRET)

    def holds(self):
        return dict(self.receiver.products)

    def refused_product(self, key):
        self.receiver.refuses[key] = "The name is too long."
        return product(key)

    def unavailable(self):
        return self._scripted(Answer(503, f"Down. Your secret is {SECRET}.".encode()))

    def misconfigured(self):
        return self._scripted(answer_json({"error": f"{SECRET} is not the secret."}, 401))

    @contextmanager
    def _scripted(self, answer):
        self.receiver.script = answer
        try:
            yield
        finally:
            self.receiver.script = None


class TestHttpAdapter(AdapterConformance):
    @pytest.fixture
    def stage(self):
        with running_receiver(secret=SECRET) as receiver:
            yield HttpStage(receiver)


def adapter_for(receiver, session=None, **values):
    cleaned = HttpAdapter.clean({"endpoint": f"{receiver.url}/products", **values})
    policy = AddressPolicy(hosts=None, insecure=True)
    return HttpAdapter(cleaned, session=session or GuardedSession(policy))


@pytest.fixture
def receiver():
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def adapter(receiver):
    return adapter_for(receiver)


def push(adapter, *keys):
    return adapter.push([product(key) for key in keys], idempotency_key="batch-1")


def push_answered(receiver, answer, *keys):
    receiver.script = answer
    return push(adapter_for(receiver, secret=SECRET), *keys)


def test_a_batch_is_sent_as_the_interface_says(receiver):
    adapter = adapter_for(receiver, secret=SECRET)

    adapter.push(
        [ChannelProduct("é-1", '{"price": 19.90,  "big":1e400}'), product("b")],
        idempotency_key="batch-7",
    )

    [received] = receiver.received
    assert (received.method, received.path) == ("POST", "/products")
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["Idempotency-Key"] == "batch-7"
    assert received.is_signed_with(SECRET)
    assert received.content["action"] == "push"
    assert [item["key"] for item in received.content["items"]] == ["é-1", "b"]
    assert b'"document":{"price": 19.90,  "big":1e400}' in received.body


def test_a_withdrawal_carries_keys_and_no_documents(receiver, adapter):
    adapter.withdraw(["a", "b"], idempotency_key="batch-8")

    [received] = receiver.received
    assert received.content == {"action": "withdraw", "items": [{"key": "a"}, {"key": "b"}]}
    assert received.headers["Idempotency-Key"] == "batch-8"


def test_nothing_is_signed_without_a_secret(receiver, adapter):
    push(adapter, "a")

    assert receiver.received[0].headers["X-Signature"] is None


def test_a_call_that_is_tried_again_sends_the_same_bytes(receiver, adapter):
    push(adapter, "a", "b")
    push(adapter, "a", "b")

    first, second = (hashlib.sha256(received.body) for received in receiver.received)
    assert first.digest() == second.digest()


def test_no_call_is_made_for_no_products(receiver, adapter):
    assert push(adapter) == []
    assert receiver.received == []


def test_an_external_id_is_kept_with_its_product(receiver, adapter):
    [result] = push(adapter, "a")

    assert result.external_id == "shop-a"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(204),
        Answer(200, b""),
        Answer(202, b"OK"),
        Answer(200, b"<html><body>Thank you</body></html>"),
        Answer(200, b'{"accepted": true}'),
        Answer(200, b'{"results": {"a": "rejected"}}'),
        Answer(200, b'[{"key": "a", "status": "rejected"}]'),
        Answer(200, b'{"results": [{"key": "a", "status": "rejec'),
        Answer(200, b"[" * 100_000),
        Answer(200, b"null"),
    ],
)
def test_a_2xx_with_any_other_body_accepts_all(receiver, answer):
    results = push_answered(receiver, answer, "a", "b")

    assert [result.outcome for result in results] == [Outcome.ACCEPTED, Outcome.ACCEPTED]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"status": "rejected", "message": "No such brand."}, "No such brand."),
        ({"status": "rejected"}, "did not say why"),
        ({"status": "rejected", "message": None}, "did not say why"),
        ({"status": "rejected", "message": {"name": "too long"}}, '{"name": "too long"}'),
        ({"status": "rejected", "message": "two\n lines\x00\x1b[31m"}, "two lines[31m"),
        ({"status": "rejected", "message": f"{SECRET} is yours"}, "••• is yours"),
        ({"status": "accepted"}, "the status “accepted”"),
        ({"status": "OK"}, "the status “OK”"),
        ({"status": ["ok"]}, "makes no sense"),
        ({}, "it has no status"),
    ],
)
def test_a_refused_or_garbled_answer_about_a_product_rejects_it(receiver, entry, told):
    answer = answer_json({"results": [{"key": "a", **entry}, {"key": "b", "status": "ok"}]})

    refused, accepted = push_answered(receiver, answer, "a", "b")

    assert refused.outcome is Outcome.REJECTED
    assert told in refused.message
    assert accepted.accepted


def test_a_long_message_is_cut(receiver):
    answer = answer_json({"results": [{"key": "a", "status": "rejected", "message": "x" * 9000}]})

    [result] = push_answered(receiver, answer, "a")

    assert len(result.message) == 500


def test_half_a_character_in_a_message_costs_nobody_their_result(receiver):
    body = b'\xef\xbb\xbf{"results": [{"key": "a", "status": "rejected", "message": "No \\ud83c"}]}'

    [result] = push_answered(receiver, Answer(200, body), "a")

    assert (result.outcome, result.message) == (Outcome.REJECTED, "No ")
    result.message.encode()


@pytest.mark.parametrize(
    ("external_id", "kept"), [("x-1", "x-1"), (17, "17"), (True, ""), (["x"], ""), ("x" * 999, "")]
)
def test_an_external_id_is_a_text_or_a_number_that_can_be_stored(receiver, external_id, kept):
    answer = answer_json({"results": [{"key": "a", "status": "ok", "external_id": external_id}]})

    [result] = push_answered(receiver, answer, "a")

    assert (result.outcome, result.external_id) == (Outcome.ACCEPTED, kept)


def test_a_product_that_the_results_leave_out_is_unanswered(receiver):
    answer = answer_json(
        {"results": [{"key": "b", "status": "ok"}, "nonsense", {"key": 5}, {"status": "ok"}]}
    )

    results = push_answered(receiver, answer, "a", "b")

    assert [result.outcome for result in results] == [Outcome.UNANSWERED, Outcome.ACCEPTED]


def test_a_product_that_nobody_sent_is_ignored(receiver):
    answer = answer_json(
        {"results": [{"key": "stranger", "status": "ok"}, {"key": "a", "status": "ok"}]}
    )

    assert [result.key for result in push_answered(receiver, answer, "a")] == ["a"]


@pytest.mark.parametrize("statuses", [("ok", "rejected"), ("rejected", "ok")])
def test_of_two_answers_about_one_product_the_refusal_wins(receiver, statuses):
    answer = answer_json({"results": [{"key": "a", "status": status} for status in statuses]})

    [result] = push_answered(receiver, answer, "a")

    assert result.outcome is Outcome.REJECTED


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_a_status_that_passes_is_transient_and_says_what_the_channel_said(receiver, status):
    with pytest.raises(TransientError, match=f"HTTP {status}.*“Try later”") as caught:
        push_answered(receiver, Answer(status, b"Try later", {"Retry-After": "7"}), "a")

    assert caught.value.retry_after == 7


@pytest.mark.parametrize("given", [{}, {"Retry-After": "soon"}, {"Retry-After": "-"}])
def test_no_wait_is_invented(receiver, given):
    with pytest.raises(TransientError) as caught:
        push_answered(receiver, Answer(429, b"", given), "a")

    assert caught.value.retry_after is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 422])
def test_any_other_status_is_the_channels_fault_in_its_own_words(receiver, status):
    page = b"<html><head><style>p{}</style></head><p>Unknown <b>shop</b> &amp; key</p></html>"

    with pytest.raises(ConfigurationError, match=f"HTTP {status}.*“Unknown shop & key”"):
        push_answered(receiver, Answer(status, page), "a")


def test_a_channels_long_speech_is_cut_and_its_echo_of_the_secret_blotted_out(receiver):
    with pytest.raises(ConfigurationError) as caught:
        push_answered(receiver, Answer(400, f"{SECRET}? ".encode() + b"x" * 9000), "a")

    assert "•••?" in caught.value.message
    assert len(caught.value.message) < 500


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://new.example.com/in?token=hidden", "new.example.com"),
        ("/elsewhere", "127.0.0.1"),
        ("https://[broken", "127.0.0.1"),
        (None, "127.0.0.1"),
    ],
)
def test_a_redirect_is_not_followed_and_only_its_host_is_named(receiver, location, named):
    headers = {"Location": location} if location else {}

    with pytest.raises(ConfigurationError, match="Redirects are never followed") as caught:
        push_answered(receiver, Answer(307, b"", headers), "a")

    assert f"to {named}." in caught.value.message
    assert "hidden" not in caught.value.message
    assert len(receiver.received) == 1


def test_an_answer_that_is_cut_off_is_transient(receiver):
    body = json.dumps({"results": [{"key": "a", "status": "ok"}]}).encode()

    with pytest.raises(TransientError):
        push_answered(receiver, Answer(200, body[:-5], {"Content-Length": str(len(body))}), "a")


def test_a_channel_that_nobody_serves_is_transient():
    with running_receiver() as gone:
        adapter = adapter_for(gone)

    with pytest.raises(TransientError):
        push(adapter, "a")


def test_a_private_address_is_refused_before_anything_is_sent(receiver):
    session = GuardedSession(AddressPolicy(hosts=None))
    adapter = adapter_for(receiver, session)

    for call in (adapter.check, lambda: push(adapter, "a")):
        with pytest.raises(ConfigurationError):
            call()

    assert receiver.received == []


def test_a_check_posts_an_empty_batch(receiver):
    adapter = adapter_for(receiver, secret=SECRET)

    adapter.check()

    [received] = receiver.received
    assert received.content == {"action": "push", "items": []}
    assert received.is_signed_with(SECRET)


@pytest.mark.parametrize("status", [200, 204, 400, 422])
def test_a_check_is_content_with_a_receiver_that_is_there(receiver, adapter, status):
    receiver.script = Answer(status, b"No items given")

    adapter.check()


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405, 410])
def test_a_check_tells_of_a_wrong_address_or_secret(receiver, adapter, status):
    receiver.script = Answer(status)

    with pytest.raises(ConfigurationError, match=f"HTTP {status}"):
        adapter.check()


def test_the_batch_size_is_a_setting(receiver):
    assert adapter_for(receiver).batch_size == 100
    assert adapter_for(receiver, batch_size="7").batch_size == 7
