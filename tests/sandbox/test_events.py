"""The Event Platform: subscribing, what is sent, and what happens when it is not taken."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sandbox.events.sending import Postman
from sandbox.state import CLIENT_ID
from tests.sandbox.listening import (
    ALL,
    NOTICE_SECRET,
    NOTICES,
    URL,
    Platform,
    signed,
    subscriber_body,
    subscription_body,
)
from tests.sandbox.visits import Visit, one, soup


@pytest.fixture
def platform():
    return Platform()


class TestApi:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"X-PIM-TOKEN": None}, 401),
            ({"X-PIM-URL": None}, 401),
            ({"X-PIM-CLIENT-ID": None}, 401),
            ({"X-PIM-TOKEN": "other"}, 401),
            ({"X-PIM-URL": "https://other.example"}, 401),
            ({"X-PIM-CLIENT-ID": "other"}, 401),
            ({}, 200),
        ],
    )
    def test_every_call_needs_three_headers(self, platform, headers, status):
        assert platform.call("GET", "/subscribers", **headers).status_code == status

    def test_without_the_checkbox_it_may_do_nothing(self, platform):
        platform.events.allow(CLIENT_ID, False)

        assert platform.call("POST", "/subscribers", subscriber_body()).status_code == 403

    def test_what_was_made_is_shown_without_its_secrets(self, platform):
        path = platform.subscribe()
        subscriber = platform.call("GET", path.partition("/subscriptions")[0])
        subscription = platform.call("GET", path)

        assert subscription.json["status"] == "active"
        assert subscription.json["config"]["url"] == URL
        assert subscriber.json["status"] == "active"
        shown = subscription.text + subscriber.text
        assert not any(secret in shown for secret in (NOTICE_SECRET, '"first"', '"second"'))

    def test_lists_hold_what_the_app_has(self, platform):
        path = platform.subscribe()
        one = path.split("/")[2]

        assert [each["id"] for each in platform.call("GET", "/subscribers").json] == [one]
        listed = platform.call("GET", f"/subscribers/{one}/subscriptions").json
        assert [each["id"] for each in listed] == [path.split("/")[-1]]

    def test_a_deleted_subscription_cannot_be_changed(self, platform):
        path = platform.subscribe()

        deleted = platform.call("DELETE", path)

        assert deleted.status_code == 204
        assert platform.status_of(path) == "deleted"
        assert platform.call("POST", f"{path}/resume").status_code == 422
        assert platform.call("PATCH", path, {"events": ALL[:1]}).status_code == 422

    @pytest.mark.parametrize(
        "change",
        [
            {"source": "erp"},
            {"subject": "https://other.example"},
            {"events": []},
            {"events": ["product.updated"]},
            {"type": "kafka"},
            {"config": {"url": URL}},
            {"config": {"url": "http://app.example.com", "secret": {"primary": "a"}}},
            {"config": {"url": URL, "secret": {"primary": ""}}},
            {"config": {"url": URL, "secret": {"primary": "a"}, "headers": {"Cookie": "a"}}},
            {"filter": "a" * 501},
        ],
    )
    def test_what_is_no_subscription_is_refused(self, platform, change):
        subscriber = platform.call("POST", "/subscribers", subscriber_body()).json["id"]
        path = f"/subscribers/{subscriber}/subscriptions"

        assert platform.call("POST", path, subscription_body(**change)).status_code == 422
        assert platform.call("GET", path).json == []

    @pytest.mark.parametrize(
        "contact",
        [
            {"technical_email": "nobody"},
            {"notification_channels": ["pigeon"]},
            {"notification_webhook_url": "http://app.example.com"},
            {"notification_webhook_secret": "short"},
        ],
    )
    def test_what_is_no_subscriber_is_refused(self, platform, contact):
        answer = platform.call("POST", "/subscribers", subscriber_body(**contact))

        assert answer.status_code == 422

    def test_a_pim_has_twenty_subscribers(self, platform):
        for _ in range(20):
            assert platform.call("POST", "/subscribers", subscriber_body()).status_code == 201

        assert platform.call("POST", "/subscribers", subscriber_body()).status_code == 422

    def test_a_subscriber_has_twenty_subscriptions(self, platform):
        path = platform.subscribe().rpartition("/")[0]
        for _ in range(19):
            assert platform.call("POST", path, subscription_body()).status_code == 201

        assert platform.call("POST", path, subscription_body()).status_code == 422


class TestSending:
    def test_an_edit_is_told_signed_with_both_secrets(self, platform):
        path = platform.subscribe(["com.akeneo.pim.v1.product.updated"])

        platform.pim.edit_product(platform.product.uuid, "name", "New", "en_US")
        platform.pass_seconds()

        ((url, body, headers),) = platform.received
        event = json.loads(body)
        assert url == URL
        assert event["subject"] == path.split("/")[-1]
        assert event["type"] == "com.akeneo.pim.v1.product.updated"
        assert event["data"] == {
            "product": {"uuid": platform.product.uuid},
            "author": {"identifier": "julia", "type": "user"},
        }
        assert headers["X-AKENEO-SIGNATURE-PRIMARY"] == signed("first", body)
        assert headers["X-AKENEO-SIGNATURE-SECONDARY"] == signed("second", body)
        assert headers["X-AKENEO-SIGNATURE-ALGORITHM"] == "HmacSHA256"

    def test_each_change_has_its_kind(self, platform):
        platform.subscribe()
        product = platform.pim.add_product("new-1", None)
        platform.pim.disable_product(product.uuid)
        platform.pim.delete_product(product.uuid)
        platform.pim.edit_model(next(iter(platform.pim.assortment.models)), "name", "A", "en_US")

        platform.pass_seconds()

        assert platform.kinds == [
            *("product.created", "product.updated.delta", "product.updated", "product.deleted"),
            "product-model.updated.delta",
        ]

    def test_the_author_of_what_an_app_writes_is_the_app(self, platform):
        platform.subscribe(["com.akeneo.pim.v1.product.updated"])
        body = {"enabled": not platform.product.enabled}
        path = f"/products-uuid/{platform.product.uuid}"

        for _ in range(2):  # the second changes nothing
            assert platform.api.call("PATCH", path, json=body).status_code == 204
        platform.pass_seconds()

        ((_, sent, _),) = platform.received
        assert json.loads(sent)["data"]["author"] == {"identifier": CLIENT_ID, "type": "api"}

    def test_a_refused_write_tells_nothing(self, platform):
        platform.subscribe()
        body = {"values": {"name": [{"locale": "xx_XX", "scope": None, "data": "A"}]}}
        path = f"/products-uuid/{platform.product.uuid}"

        assert platform.api.call("PATCH", path, json=body).status_code == 422
        platform.pass_seconds()

        assert platform.received == []

    def test_the_identifier_is_there_for_who_asked(self, platform):
        platform.subscribe(["com.akeneo.pim.v1.product.updated"], send_product_identifier=True)

        platform.pim.disable_product(platform.product.uuid)
        platform.pass_seconds()

        about = json.loads(platform.received[0][1])["data"]["product"]
        assert about == {"uuid": platform.product.uuid, "identifier": platform.product.identifier}

    def test_a_new_subscription_hears_nothing_until_it_is_active(self, platform):
        platform.events.activation_seconds = 120
        platform.subscribe(["com.akeneo.pim.v1.product.updated"])

        platform.pim.disable_product(platform.product.uuid)
        platform.pass_seconds(121)
        platform.pim.enable_product(platform.product.uuid)
        platform.pass_seconds()

        assert len(platform.received) == 1

    def test_at_most_a_hundred_events_go_out_in_a_second(self, platform):
        platform.subscribe(["com.akeneo.pim.v1.product.updated"])
        for _ in range(150):
            platform.pim.disable_product(platform.product.uuid)

        platform.pass_seconds()
        at_first = len(platform.received)
        platform.pass_seconds(1)

        assert (at_first, len(platform.received)) == (100, 150)


class TestFailing:
    def test_an_event_is_tried_four_times_and_given_up(self, platform):
        platform.subscribe(["com.akeneo.pim.v1.product.updated"])
        platform.status = 500
        platform.pim.disable_product(platform.product.uuid)
        tries = []

        for seconds in (0, 299, 1, 599, 1, 1199, 1, 10_000):
            platform.pass_seconds(seconds)
            tries.append(len(platform.received))

        assert tries == [1, 1, 2, 2, 3, 3, 4, 4]
        assert len({body for _, body, _ in platform.received}) == 1
        assert platform.events.dropped == 1

    def test_time_can_be_made_shorter(self, platform):
        platform.events.time_scale = 0.01
        platform.subscribe(["com.akeneo.pim.v1.product.updated"])
        platform.status = 0
        platform.pim.disable_product(platform.product.uuid)

        platform.pass_seconds()
        platform.pass_seconds(3)

        assert len(platform.received) == 2

    @pytest.mark.parametrize("status", [404, 301, 307])
    def test_some_answers_suspend_at_once(self, platform, status):
        path = platform.subscribe(["com.akeneo.pim.v1.product.updated"])
        platform.status = status
        platform.pim.disable_product(platform.product.uuid)

        platform.pass_seconds()

        assert platform.status_of(path) == "suspended"
        assert platform.notices[0]["notification_type"] == "subscription.suspended.system"

    def test_too_many_failures_suspend(self, platform):
        path = platform.subscribe(["com.akeneo.pim.v1.product.updated"])
        for number in range(20):
            platform.status = 500 if number in (3, 7, 11) else 200
            platform.pim.disable_product(platform.product.uuid)
            platform.pass_seconds()
            if number < 11:
                assert platform.status_of(path) == "active"

        assert platform.status_of(path) == "suspended"

    def test_429_slows_down_and_loses_nothing(self, platform):
        path = platform.subscribe(["com.akeneo.pim.v1.product.updated"])
        for _ in range(20):
            platform.pim.disable_product(platform.product.uuid)
        platform.status = 429
        platform.pass_seconds()

        platform.status = 200
        for _ in range(30):
            platform.pass_seconds(1)

        assert platform.events.delivered == 20
        assert platform.status_of(path) == "active"

    def test_what_is_put_off_for_an_hour_is_a_failure(self, platform):
        platform.subscribe(["com.akeneo.pim.v1.product.updated"])
        platform.status = 429
        platform.pim.disable_product(platform.product.uuid)
        platform.pass_seconds()

        platform.pass_seconds(3601)

        assert platform.events.dropped == 1

    def test_what_happens_while_suspended_is_lost(self, platform):
        path = platform.subscribe(["com.akeneo.pim.v1.product.updated"])
        platform.call("POST", f"{path}/suspend")
        platform.pim.disable_product(platform.product.uuid)
        platform.call("POST", f"{path}/resume")
        platform.pim.enable_product(platform.product.uuid)

        platform.pass_seconds()

        assert platform.events.lost == 1
        assert platform.kinds == ["product.updated"]
        said = [notice["notification_type"] for notice in platform.notices]
        assert said == ["subscription.suspended.user", "subscription.resumed"]

    def test_an_unticked_box_suspends(self, platform):
        path = platform.subscribe()

        platform.events.allow(CLIENT_ID, False)
        platform.events.allow(CLIENT_ID, True)

        assert platform.status_of(path) == "suspended"

    def test_a_removed_app_is_revoked_and_told_so_signed(self, platform):
        path = platform.subscribe()
        subscription = platform.events.subscriptions[path.split("/")[-1]]

        platform.pim.disconnect(CLIENT_ID)
        platform.pass_seconds()

        assert subscription.status == "revoked"
        ((url, body, headers),) = platform.received
        assert url == NOTICES
        assert json.loads(body)["notification_type"] == "subscription.revoked"
        assert json.loads(body)["subscription_id"] == subscription.id
        assert headers["X-AKENEO-SIGNATURE-PRIMARY"] == signed(NOTICE_SECRET, body)
        assert platform.call("GET", path).status_code == 401

    def test_a_notice_is_tried_three_times_and_then_mailed(self, platform):
        platform.subscribe()
        platform.status = 503
        platform.pim.disconnect(CLIENT_ID)

        for seconds in (0, 1, 2, 100):
            platform.pass_seconds(seconds)

        assert len(platform.notices) == 3
        assert [mail["notification_type"] for mail in platform.events.mails] == [
            "subscription.revoked"
        ]


def test_the_controls_tick_the_box_and_suspend(platform):
    path = platform.subscribe()
    browser = platform.api.client

    browser.post("/sandbox/events/suspend", json={"id": path.split("/")[-1]})
    answer = browser.post("/sandbox/events", json={"client_id": CLIENT_ID, "allowed": False})

    assert answer.json["allowed"] == []
    assert answer.json["subscriptions"][0]["status"] == "suspended"
    assert browser.post("/sandbox/events", json={"time_scale": -1}).status_code == 422
    assert browser.post("/sandbox/events", json={"allowed": True}).status_code == 422
    assert "Event Platform" in browser.get("/sandbox/").text


def test_the_box_is_on_the_page_of_the_app():
    visit = Visit().log_in()
    visit.connected("read_products")
    page = f"/screens/apps/{CLIENT_ID}"
    assert not one(soup(visit.browser.get(page)), "input[name=allowed]").has_attr("checked")

    visit.browser.post(f"{page}/events", data={"allowed": "true"})

    assert visit.pim.events.allowed == {CLIENT_ID}
    assert one(soup(visit.browser.get(page)), "input[name=allowed]").has_attr("checked")


def test_the_postman_delivers_over_the_network(platform):
    arrived = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            arrived.set()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    secret = {"primary": "first"}
    url = f"http://127.0.0.1:{server.server_port}/events"
    platform.subscribe(["com.akeneo.pim.v1.product.updated"], config={"url": url, "secret": secret})
    postman = Postman(platform.events)
    postman.start()
    try:
        platform.pim.disable_product(platform.product.uuid)

        assert arrived.wait(10)
    finally:
        postman.stop()
        server.shutdown()
        server.server_close()
    assert platform.events.delivered == 1
