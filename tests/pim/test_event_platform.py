"""The client of the Event Platform, against the sandbox and against answers that are none."""

import json

import pytest

from outbound.errors import AddressRefused, TransientError
from outbound.guard import AddressPolicy
from outbound.retry import Retrier
from outbound.session import GuardedSession
from pim.errors import (
    EventsNotAllowed,
    NotFound,
    RequestRefused,
    Unauthorized,
    UnexpectedAnswer,
    ValidationFailed,
)
from pim.events import EVENTS, EventPlatform
from pim.urls import host_of
from sandbox.events.records import Subscription as SandboxSubscription
from sandbox.faults import Fault
from sandbox.state import CLIENT_ID, Pim, make_pim
from tests.sandbox_server import serving_sandbox

BASE = "https://events.cloud.akeneo.com/api/v1"
PIM_URL = "https://acme.cloud.akeneo.com"
URL, NOTICES = "http://127.0.0.1:9/events", "http://127.0.0.1:9/events/status"
SECRET = {"primary": "first-secret", "secondary": "second-secret"}
TOKEN = "planted-token-0123456789"


def platform_at(base_url, session, *, pim_url=PIM_URL, token=TOKEN):
    return EventPlatform(
        base_url,
        pim_url=pim_url,
        client_id=CLIENT_ID,
        token=token,
        session=session,
        retrier=Retrier(3, 60, sleep=lambda seconds: None, random=lambda: 1.0),
        before_write=lambda: None,
    )


@pytest.fixture(scope="module")
def serving():
    pim = make_pim(products=10)
    with serving_sandbox(pim):
        yield pim


@pytest.fixture
def pim(serving: Pim):
    serving.events.subscribers.clear()
    serving.events.subscriptions.clear()
    app = serving.apps[CLIENT_ID]
    app.connected = True
    serving.set_scopes(app, {"read_products"})
    serving.events.allow(CLIENT_ID, True)
    serving.faults.clear()
    return serving


@pytest.fixture
def platform(pim):
    with GuardedSession(AddressPolicy([host_of(pim.base_url)], insecure=True)) as session:
        yield platform_at(
            f"{pim.base_url}/event-platform/api/v1",
            session,
            pim_url=pim.base_url,
            token=pim.apps[CLIENT_ID].token,
        )


def subscribe(platform, pim):
    one = platform.create_subscriber(
        "Ferry", email="a@example.com", notices_url=NOTICES, notices_secret="s" * 32
    )
    return one, platform.subscribe(one.id, pim_url=pim.base_url, url=URL, secret=SECRET)


def sole(pim: Pim) -> SandboxSubscription:
    (subscription,) = pim.events.subscriptions.values()
    return subscription


def test_what_it_subscribes_to_is_there(platform, pim):
    subscriber, made = subscribe(platform, pim)

    there = sole(pim)
    assert (there.id, there.url, there.secrets) == (
        made.id,
        URL,
        ("first-secret", "second-secret"),
    )
    assert set(there.events) == set(EVENTS)
    assert there.subscriber.contact["notification_webhook_url"] == NOTICES
    assert platform.subscribers() == [subscriber]
    assert platform.subscriptions(subscriber.id) == [made]


def test_secrets_are_changed(platform, pim):
    subscriber, made = subscribe(platform, pim)

    platform.change_destination(subscriber.id, made.id, url=URL, secret={"primary": "third"})

    assert sole(pim).secrets == ("third", "")


def test_it_is_suspended_resumed_and_deleted(platform, pim):
    subscriber, made = subscribe(platform, pim)

    def status():
        (found,) = platform.subscriptions(subscriber.id)
        return found.status

    platform.suspend(subscriber.id, made.id)
    assert status() == "suspended"
    platform.resume(subscriber.id, made.id)
    assert status() == "active"
    for _ in range(2):
        platform.delete_subscription(subscriber.id, made.id)
        assert status() == "deleted"
    platform.delete_subscriber(subscriber.id)
    assert platform.subscribers() == []


def test_deleting_what_is_not_there_is_done(platform):
    platform.delete_subscriber("nobody")
    platform.delete_subscription("nobody", "nothing")


def test_an_unticked_box_is_said_with_the_way_to_it(platform, pim):
    pim.events.allow(CLIENT_ID, False)

    with pytest.raises(EventsNotAllowed) as error:
        platform.subscribers()

    assert "tick the box" in error.value.message
    assert host_of(pim.base_url) in error.value.message


def test_a_removed_app_is_not_accepted(platform, pim):
    pim.disconnect(CLIENT_ID)

    with pytest.raises(Unauthorized) as error:
        platform.subscribers()

    assert not error.value.disconnected  # only the PIM says that


def test_a_passing_failure_of_a_look_is_tried_again(platform, pim):
    pim.faults.add(fault("500", times=2))

    assert platform.subscribers() == []


def test_what_may_have_been_created_is_not_created_again(platform, pim):
    pim.faults.add(fault("500-after"))

    with pytest.raises(TransientError):
        platform.create_subscriber(
            "Ferry", email="a@example.com", notices_url=NOTICES, notices_secret="s" * 32
        )

    assert len(platform.subscribers()) == 1


def test_a_creation_that_was_put_off_is_tried_again(platform, pim):
    pim.faults.add(fault("429"))

    subscribe(platform, pim)

    assert len(pim.events.subscribers) == 1


def test_a_refusal_carries_the_words(platform, pim):
    with pytest.raises(ValidationFailed, match="e-mail"):
        platform.create_subscriber(
            "Ferry", email="nobody", notices_url=NOTICES, notices_secret="s" * 32
        )


def fault(kind, times=1):
    return Fault(kind, "/event-platform/", times=times)


class TestOddAnswers:
    @pytest.fixture
    def odd(self, http, session):
        return platform_at(BASE, session)

    def answer(self, http, body, status=200, method="GET", path="/subscribers"):
        body = body if isinstance(body, str) else json.dumps(body)
        http.add(method, f"{BASE}{path}", body=body, status=status)

    @pytest.mark.parametrize(
        "body",
        [
            [{"id": "a", "name": "Ferry"}],
            {"items": [{"id": "a", "name": "Ferry"}], "total": 1},
            {"_embedded": {"items": [{"id": "a", "name": "Ferry"}]}},
        ],
    )
    def test_a_list_is_read_in_any_wrapping(self, odd, http, body):
        self.answer(http, body)

        assert [each.id for each in odd.subscribers()] == ["a"]

    @pytest.mark.parametrize("status", [404, 405])
    def test_a_platform_that_lists_nothing_is_no_empty_one(self, odd, http, status):
        self.answer(http, {"message": "No"}, status=status)

        assert odd.subscribers() is None

    @pytest.mark.parametrize(
        "body", ["<html>", "null", "[]", '{"id": 5}', '{"id": ""}', "[" * 9999]
    )
    def test_what_is_no_subscriber_is_told(self, odd, http, body):
        self.answer(http, body, method="POST", status=201)

        with pytest.raises(UnexpectedAnswer):
            odd.create_subscriber(
                "Ferry", email="a@example.com", notices_url=URL, notices_secret="s" * 32
            )

    def test_no_secret_is_in_what_it_says(self, odd, http):
        self.answer(http, {"message": f"Bad token {TOKEN}"}, status=400)

        with pytest.raises(RequestRefused) as error:
            odd.subscribers()

        assert TOKEN not in f"{error.value.message}{error.value.detail}{odd!r}"

    def test_the_token_goes_in_its_own_header(self, odd, http):
        self.answer(http, [])

        odd.subscribers()

        sent = http.calls[0].request.headers
        assert (sent["X-PIM-TOKEN"], sent["X-PIM-URL"], sent["X-PIM-CLIENT-ID"]) == (
            TOKEN,
            PIM_URL,
            CLIENT_ID,
        )
        assert "Authorization" not in sent

    def test_only_its_own_host_is_called(self):
        with GuardedSession(AddressPolicy(["events.cloud.akeneo.com"])) as session:
            platform = platform_at("http://127.0.0.1:9/api/v1", session)

            with pytest.raises(AddressRefused):
                platform.subscribers()

    def test_an_unknown_subscription_cannot_be_resumed(self, odd, http):
        self.answer(
            http, {}, status=404, method="POST", path="/subscribers/a/subscriptions/b/resume"
        )

        with pytest.raises(NotFound):
            odd.resume("a", "b")
