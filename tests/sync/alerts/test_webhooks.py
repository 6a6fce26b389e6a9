"""The signed webhook: what is posted, how it is proved, and what its answers mean."""

import hashlib
import hmac
import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.utils import timezone
from time_machine import travel

from catalogs.models import Catalog
from outbound.errors import AddressRefused
from sync.alerts import sending
from sync.alerts.sending import due_webhooks, give_up_what_is_old, send_to_webhook
from sync.alerts.webhooks import renew_secret, send_test, set_webhook
from sync.models import AlertMessage, AlertWebhook, Listing, Notice, Run
from sync.notices import review_everything
from tests.factories import make_catalog, make_channel, make_connection
from tests.sync.alerts.conftest import ended, hold

pytestmark = pytest.mark.django_db


class Server(ThreadingHTTPServer):
    """`answers`: status, headers and size of the body, of one call each."""

    daemon_threads = False  # so that closing it waits for them

    kept: list[tuple[str, dict[str, str], bytes]]
    answers: list[tuple[int, dict[str, str], int]]
    was_cut_off: bool


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted, and answers what the test says."""

    server: Server

    def do_POST(self):  # the name that the base class asks for
        kept = self.server.kept
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kept.append((self.path, dict(self.headers), body))
        status, headers, size = self.server.answers.pop(0) if self.server.answers else (204, {}, 0)
        self.send_response(status)
        for name, value in {"Content-Length": size, **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        piece = b"x" * 65536
        try:
            for _ in range(size // len(piece)):
                self.wfile.write(piece)
        except OSError:  # nobody reads on
            self.server.was_cut_off = True

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver():
    with Server(("127.0.0.1", 0), Receiver) as server:
        server.kept, server.answers, server.was_cut_off = [], [], False
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def address(receiver, settings):
    settings.PIM_ALLOW_INSECURE = True
    return f"http://127.0.0.1:{receiver.server_port}/alerts"


@pytest.fixture
def webhook(connection, address):
    set_webhook(connection, address)
    return AlertWebhook.objects.get()


@pytest.fixture
def held(catalog):
    ended(catalog, Run.Status.SUCCEEDED)
    hold(catalog, 31)


def later(**delta):
    return travel(timezone.now() + timedelta(**delta), tick=False)


def test_it_is_called_once_for_each_cause_with_what_happened(held, webhook, receiver, catalog):
    review_everything()
    review_everything()
    assert send_to_webhook(webhook.pk) == 1
    assert send_to_webhook(webhook.pk) == 0

    [(path, _, body)] = receiver.kept
    said = json.loads(body)
    assert path == "/alerts"
    assert said.keys() == {
        *("id", "event", "state", "at", "sent_at", "connection", "catalog", "message", "url")
    }
    assert (said["event"], said["state"]) == ("held", "opened")
    assert said["connection"] == "https://acme.cloud.akeneo.com"
    assert said["catalog"] == {"id": str(catalog.uuid), "name": "Web shop"}
    assert said["message"].startswith("31 changes of “Web shop” are held for your decision.")
    assert said["url"].startswith(f"http://testserver/catalogs/{catalog.uuid}/held?pim_url=")

    Listing.objects.all().delete()
    review_everything()
    send_to_webhook(webhook.pk)
    assert [json.loads(body)["state"] for _, _, body in receiver.kept] == ["opened", "over"]


def test_the_signature_proves_the_body_with_the_secret_that_was_shown(
    held, connection, address, receiver
):
    secret = set_webhook(connection, address)
    review_everything()
    send_to_webhook(AlertWebhook.objects.get().pk)

    [(_, headers, body)] = receiver.kept
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Ferry-Signature"] == f"sha256={digest}"
    assert len(secret) >= 32


def test_another_secret_signs_from_then_on(held, webhook, receiver):
    secret = renew_secret(webhook)
    review_everything()
    send_to_webhook(webhook.pk)

    [(_, headers, body)] = receiver.kept
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Ferry-Signature"] == f"sha256={digest}"


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_what_failed_is_tried_again_with_the_same_id(status, held, webhook, receiver):
    receiver.answers = [(status, {"Location": "/elsewhere"}, 0)]
    review_everything()
    assert send_to_webhook(webhook.pk) == 0
    assert send_to_webhook(webhook.pk) == 0
    webhook.refresh_from_db()
    assert webhook.problem.startswith(f"It answered {status}")
    assert due_webhooks() == []

    with later(minutes=2):
        assert due_webhooks() == [webhook.pk]
        assert send_to_webhook(webhook.pk) == 1

    ids = [json.loads(body)["id"] for _, _, body in receiver.kept]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert {path for path, _, _ in receiver.kept} == {"/alerts"}  # a redirect is not followed
    webhook.refresh_from_db()
    assert webhook.problem == ""


def test_one_that_is_refused_keeps_no_other_waiting(held, webhook, receiver, connection):
    receiver.answers = [(400, {}, 0), (204, {}, 0), (400, {}, 0), (400, {}, 0)]
    review_everything()
    other = make_catalog(make_channel(connection), name="Other")
    ended(other, Run.Status.SUCCEEDED)
    hold(other)
    review_everything()

    assert send_to_webhook(webhook.pk) == 1
    for minutes in (2, 5):
        with later(minutes=minutes):
            assert send_to_webhook(webhook.pk) == 0

    said = [json.loads(body)["catalog"]["name"] for _, _, body in receiver.kept]
    assert said == ["Web shop", "Other", "Web shop", "Web shop"]
    webhook.refresh_from_db()
    assert (webhook.problem, webhook.not_before) == ("", None)
    refused = AlertMessage.objects.unsent().get()
    assert refused.problem.startswith("It answered 400")
    assert not Notice.objects.filter(kind="webhook_failing").exists()


def test_one_that_refuses_everything_fails(held, webhook, receiver):
    receiver.answers = [(400, {}, 0)] * 3
    review_everything()
    for minutes in (0, 2, 5):
        with later(minutes=minutes):
            assert send_to_webhook(webhook.pk) == 0

    assert Notice.objects.filter(kind="webhook_failing").exists()


def test_what_waited_for_days_is_told_once_when_it_works_again(held, webhook, receiver):
    Catalog.objects.update(every=None)  # nothing else is to happen in the days that pass
    receiver.answers = [(503, {}, 0)] * 4
    start = timezone.now()
    for days in (0, 1.1, 2.2, 3.3):
        with travel(start + timedelta(days=days), tick=False):
            review_everything()
            send_to_webhook(webhook.pk)
            give_up_what_is_old()

    with travel(start + timedelta(days=4), tick=False):
        assert send_to_webhook(webhook.pk) == 1


def test_it_waits_as_long_as_it_is_asked_to(held, webhook, receiver):
    receiver.answers = [(429, {"Retry-After": "1200"}, 0)]
    review_everything()
    send_to_webhook(webhook.pk)

    with later(minutes=19):
        assert due_webhooks() == []
    with later(minutes=21):
        assert due_webhooks() == [webhook.pk]


def test_a_huge_answer_is_not_read(held, webhook, receiver):
    receiver.answers = [(200, {}, 10 * 1024 * 1024)]
    review_everything()

    assert send_to_webhook(webhook.pk) == 1
    receiver.server_close()  # waits for its threads
    assert receiver.was_cut_off


def test_a_receiver_that_is_not_there_keeps_it_waiting(held, webhook):
    AlertWebhook.objects.update(url="http://127.0.0.1:9/")
    review_everything()
    send_to_webhook(webhook.pk)

    webhook.refresh_from_db()
    assert webhook.problem == "127.0.0.1 could not be reached."
    assert AlertMessage.objects.unsent().count() == 1


def test_it_hears_nothing_of_another_pim(webhook, receiver):
    other = make_catalog(make_channel(make_connection()))
    ended(other, Run.Status.SUCCEEDED)
    hold(other)
    review_everything()

    assert due_webhooks() == []
    assert not AlertMessage.objects.exists()


def test_a_test_is_posted_also_while_others_wait(held, webhook, receiver):
    receiver.answers = [(500, {}, 0)]
    review_everything()
    send_to_webhook(webhook.pk)
    webhook.refresh_from_db()
    send_test(webhook)

    assert send_to_webhook(webhook.pk) == 1
    assert json.loads(receiver.kept[-1][2])["event"] == "test"


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.com/x", "https://127.0.0.1/x", "https://10.0.0.8/x"),
        *("https://[::1]/x", "https://169.254.169.254/latest", "ftp://hooks.example.com", "x"),
    ],
)
def test_an_address_that_is_not_public_https_is_refused(url, connection, settings):
    settings.PIM_ALLOW_INSECURE = False
    with pytest.raises(AddressRefused):
        set_webhook(connection, url)

    assert not AlertWebhook.objects.exists()


def test_a_host_of_our_own_network_may_be_allowed(connection, settings):
    settings.PIM_ALLOW_INSECURE = False
    settings.CHANNEL_HOSTS = ["hooks.internal"]

    assert set_webhook(connection, "http://hooks.internal/x")


def test_another_address_gets_another_secret(connection, address):
    first = set_webhook(connection, address)

    assert set_webhook(connection, address) == ""
    second = set_webhook(connection, f"{address}/2")
    assert second not in ("", first)
    assert AlertWebhook.objects.get().secret == second


def test_an_address_that_changes_right_before_hears_what_is_meant_for_it(
    held, webhook, receiver, connection, address, monkeypatch
):
    review_everything()
    another, claim = f"{address}/moved", sending._claim

    def change_first(whose):
        monkeypatch.setattr(sending, "_claim", claim)
        set_webhook(connection, another)
        return claim(whose)

    monkeypatch.setattr(sending, "_claim", change_first)

    assert send_to_webhook(webhook.pk) == 1

    assert [path for path, _, _ in receiver.kept] == ["/alerts/moved"]
    webhook.refresh_from_db()
    assert webhook.answered_at
