"""The address that events are sent to: stored first, refused in words that suspend nothing."""

import io
import socket
import threading
from typing import Any

import pytest
from celery import Celery
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.http.unreader import IterUnreader

from sync.events import calling, listeners, storing
from sync.events.bodies import MOST
from sync.events.switching import change_secret, switch_off
from sync.models import EventSubscription, ReceivedEvent
from tests.factories import make_connection
from tests.queued import waiting
from tests.sync.events.telling import event_body, notice_body, signed
from tests.sync.processes import until

UUID = "3444ec1b-058e-4208-9b6c-284f47a7aa17"


@pytest.fixture
def listening(db):
    """A subscription, as if it had been made."""
    return EventSubscription.objects.create(
        connection=make_connection(client_id="our-app"), is_wanted=True, state="active"
    )


@pytest.fixture
def send(listening):
    """Send a body, signed unless headers are given; return the answer."""

    def send(body, headers=None, *, path=None, **extra):
        headers = signed(listening.primary_secret, body) if headers is None else headers
        path = f"/webhooks/akeneo/{listening.key}" if path is None else path
        return Client().post(path, body, content_type="application/json", headers=headers, **extra)

    return send


def stored():
    return list(ReceivedEvent.objects.order_by("pk").values_list("entity", "key"))


def test_the_address_is_the_one_that_the_platform_is_told(listening):
    kwargs = {"key": listening.key}

    assert listening.url.endswith(reverse("events:receive", kwargs=kwargs))
    assert listening.notices_url.endswith(reverse("events:receive_notice", kwargs=kwargs))


def test_an_event_is_stored(send, listening):
    answer = send(event_body())

    assert answer.status_code == 204
    row = ReceivedEvent.objects.get()
    assert (row.subscription, row.entity, row.key) == (listening, "product", UUID)
    assert row.type == "product.updated"
    assert str(row.happened_at) == "2026-03-07 15:16:37+00:00"
    assert (row.is_own, row.worked_at) == (False, None)


def test_a_replay_is_taken_and_stored_once(send):
    assert [send(event_body()).status_code for _ in range(3)] == [204] * 3
    assert ReceivedEvent.objects.count() == 1


def test_two_pims_may_have_the_same_id(send):
    other = EventSubscription.objects.create(connection=make_connection(), is_wanted=True)
    body = event_body()

    send(body)
    path = f"/webhooks/akeneo/{other.key}"
    assert send(body, signed(other.primary_secret, body), path=path).status_code == 204

    assert ReceivedEvent.objects.count() == 2


@pytest.mark.parametrize("mine", ["primary_secret", "secondary_secret"])
@pytest.mark.parametrize("name", ["Primary", "Secondary"])
def test_either_secret_counts_in_either_header(send, listening, mine, name):
    listening.secondary_secret = "the-one-before"
    listening.save()
    body = event_body()

    answer = send(body, signed(getattr(listening, mine), body, name))

    assert answer.status_code == 204


def test_one_right_signature_beside_a_wrong_one_counts(send, listening):
    body = event_body()
    wrong = {"X-Akeneo-Signature-Primary": "0" * 64}

    answer = send(body, wrong | signed(listening.primary_secret, body, "Secondary"))

    assert answer.status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Akeneo-Signature-Primary": ""},
        {"X-Akeneo-Signature-Primary": "0" * 64},
        {"X-Akeneo-Signature-Primary": "é"},
        {"X-Akeneo-Signature-Secondary": "f" * 64},
        signed("", event_body()),
        signed("another-secret", event_body()),
    ],
)
def test_what_is_not_signed_is_refused(send, headers):
    answer = send(event_body(), headers)

    assert answer.status_code == 401
    assert stored() == []


def test_the_signature_is_over_the_very_bytes(send, listening):
    body = event_body()

    answer = send(body.replace(b" ", b""), signed(listening.primary_secret, body))

    assert answer.status_code == 401


def test_a_secret_that_is_empty_opens_nothing(send, listening):
    EventSubscription.objects.update(secondary_secret="")

    assert send(event_body(), signed("", event_body())).status_code == 401


def test_a_secret_that_was_just_changed_counts_at_once(told, events):
    told.pim.disable_product(next(told.pim.assortment.products_after()).uuid)
    told.deliver()
    change_secret(EventSubscription.objects.get())

    told.pim.enable_product(next(told.pim.assortment.products_after()).uuid)
    told.deliver()

    assert told.statuses == [204, 204]


@pytest.mark.parametrize(
    "path",
    [
        *("/webhooks/akeneo", "/webhooks/akeneo/", "/webhooks/akeneo//", "/webhooks/akeneo/a/b/c"),
        *(
            "/webhooks/akeneo/unknown",
            "/webhooks/akeneo/unknown/",
            "/webhooks/akeneo/unknown/status",
        ),
        *("/webhooks/akeneo/" + "x" * 43, "/webhooks/akeneo/é", "/webhooks/akeneo/%0A/%00"),
        *("/webhooks/akeneo/" + "%00" * 43, "/webhooks/akeneo/" + "%00" * 43 + "/status"),
    ],
)
def test_unknown_addresses_are_neither_missing_nor_elsewhere(send, path):
    assert send(event_body(), path=path).status_code == 401


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "DELETE"])
def test_only_posts_are_taken(listening, method):
    answer = Client().generic(method, f"/webhooks/akeneo/{listening.key}")

    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_nothing_redirects_to_https(send, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["app.example.com"]

    assert send(event_body()).status_code == 204


def test_no_session_and_no_cookie_is_made(send, listening, django_assert_num_queries):
    listeners.listener_at(listening.key)

    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 4):
        answer = Client(enforce_csrf_checks=True).post(
            f"/webhooks/akeneo/{listening.key}",
            event_body(),
            content_type="application/json",
            headers=signed(listening.primary_secret, event_body()),
        )

    assert answer.status_code == 204
    assert not answer.cookies


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b'{"id": "a"}'),
        *(event_body(id=""), event_body(id="x" * 101), event_body(id=5), event_body(data=[])),
        *(event_body(id="a\x00b"), event_body(type=None), b'{"id": "\\ud800", "type": "a"}'),
    ],
)
def test_what_is_signed_and_no_event_is_refused(send, body):
    assert send(body).status_code == 400
    assert stored() == []


@pytest.mark.parametrize(
    ("data", "about"),
    [
        ({"product": {"uuid": UUID.upper()}}, ("product", UUID)),
        ({"product_model": {"code": "tee"}}, ("model", "tee")),
        ({"product": {"uuid": "../../x"}}, ("other", "")),
        ({"product_model": {"code": "x" * 256}}, ("other", "")),
        ({"product": [], "product_model": 5}, ("other", "")),
        ({"attribute_option": {"code": "red"}}, ("other", "")),
        ({}, ("other", "")),
    ],
)
def test_it_knows_what_an_event_is_about(send, data, about):
    assert send(event_body(data=data)).status_code == 204
    assert stored() == [about]


@pytest.mark.parametrize("time", [None, "yesterday", "2026-03-07", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_is_none_is_left_out(send, time):
    assert send(event_body(time=time)).status_code == 204
    assert ReceivedEvent.objects.get().happened_at is None


@pytest.mark.parametrize(
    ("author", "is_own"),
    [
        ({"identifier": "our-app", "type": "api"}, True),
        ({"identifier": "julia", "type": "user"}, False),
        (None, False),
        ("our-app", False),
    ],
)
def test_it_knows_its_own_writing(send, author, is_own):
    send(event_body(data={"product": {"uuid": UUID}, "author": author}))

    assert ReceivedEvent.objects.get().is_own is is_own


def post(listening, environ: dict[str, Any], **headers: str) -> int:
    """Send something with this in its WSGI environment; the status of the answer."""
    client: Any = Client()
    path = f"/webhooks/akeneo/{listening.key}"
    status: int = client.generic("POST", path, headers=headers, **environ).status_code
    return status


class Counting(io.BytesIO):
    """A body that knows how much of it was read."""

    def __init__(self, size):
        super().__init__(b"x" * size)
        self.most = 0

    def read(self, size=-1):
        assert size >= 0, "it is read as a whole"
        self.most = max(self.most, size)
        return super().read(size)


@pytest.mark.parametrize("size", [MOST + 1, 10_000_000])
def test_what_is_too_large_is_refused_and_not_kept(listening, size):
    body = Counting(size)

    status = post(listening, {"CONTENT_LENGTH": str(size), "wsgi.input": body})

    assert status == 413
    assert body.most <= 65_536


def test_a_length_that_is_a_lie_costs_nothing(listening):
    status = post(listening, {"CONTENT_LENGTH": str(10**15), "wsgi.input": Counting(10)})

    assert status == 413


@pytest.mark.parametrize("length", ["500", "abc", "-5"])
def test_a_body_that_ends_early_is_refused(listening, length):
    body = event_body()[:300]

    environ = {"CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(body)}
    status = post(listening, environ, **signed(listening.primary_secret, event_body()))

    assert status in (400, 401)
    assert stored() == []


@pytest.mark.parametrize(("size", "status"), [(0, 204), (MOST, 413)])
def test_a_body_in_chunks_is_bounded_too(listening, size, status):
    body = event_body(filling="x" * size)

    headers = signed(listening.primary_secret, body) | {"Transfer-Encoding": "chunked"}
    environ = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}

    assert post(listening, environ, **headers) == status


@pytest.mark.parametrize("sent", [b"zz\r\n{}\r\n", b"5;\xff\r\nabcde", b"2\r\n{}--0\r\n\r\n"])
def test_chunks_that_are_none_are_no_failure_of_ours(listening, sent):
    """The server has errors of its own for them."""
    chunks = ChunkedReader(None, IterUnreader([sent]))

    environ = {"wsgi.input": Body(chunks), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}

    assert post(listening, environ, **{"Transfer-Encoding": "chunked"}) == 400


def test_switched_off_it_takes_nothing(told, events):
    switch_off(told.world.connection)
    listeners._known.clear()
    body = event_body()

    answer = told.browser.post(
        f"/webhooks/akeneo/{events.key}",
        body,
        content_type="application/json",
        headers=signed(events.primary_secret, body),
    )

    assert answer.status_code == 401


def test_when_too_many_wait_it_asks_for_later(send, listening, monkeypatch):
    monkeypatch.setattr(listeners, "MOST_WAITING", 2)
    send(event_body(id="1"))
    send(event_body(id="2"))
    send(event_body(id="3"))
    listeners._known.clear()

    answer = send(event_body(id="4"))

    assert answer.status_code == 429
    assert ReceivedEvent.objects.count() == 3
    ReceivedEvent.objects.update(worked_at="2026-01-01T00:00Z")
    listeners._known.clear()
    assert send(event_body(id="4")).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_no_failure_of_the_event(send, listening):
    listeners.listener_at(listening.key)

    def away(*args):
        raise DatabaseError("gone")

    with connection.execute_wrapper(away):
        answer = send(event_body())

    assert answer.status_code == 429
    assert send(event_body()).status_code == 204


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_replaced(transactional_db, send):
    """It is not tried before each event: what a dead one does not take goes to a new one."""
    assert send(event_body(id="before")).status_code == 204
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    other.close()

    assert send(event_body(id="after")).status_code == 204

    assert set(ReceivedEvent.objects.values_list("event_id", flat=True)) == {"before", "after"}


@pytest.mark.django_db(transaction=True)
def test_storing_one_is_one_statement(transactional_db, send):
    send(event_body(id="first"))

    with CaptureQueriesContext(connection) as asked:
        send(event_body(id="second"))

    said = [one["sql"] for one in asked if not one["sql"].startswith("PRAGMA")]
    assert [one.split()[0] for one in said] == ["INSERT"]


def test_a_lost_key_of_ours_is_no_failure_of_the_event(send, settings):
    settings.ENCRYPTION_KEYS = ["M0k5c3R1cmUta2V5LXRoYXQtaXMtbm90LW91cnMtMTI="]
    listeners._known.clear()

    assert send(event_body(), {"X-Akeneo-Signature-Primary": "0" * 64}).status_code == 429


def test_a_worker_is_called_once_for_many(send, listening, queue, monkeypatch):
    monkeypatch.setattr(calling, "_COVERED", 3600)  # however long it takes to send them

    for number in range(20):
        send(event_body(id=str(number)))

    assert waiting(queue) == [("sync.tasks.work_on_events", [listening.pk])]


def test_what_wakes_nothing_calls_nobody(send, queue):
    send(event_body(data={"product": {"uuid": UUID}, "author": {"identifier": "our-app"}}))
    send(event_body(id="2", data={"category": {"code": "shoes"}}))

    assert waiting(queue) == []
    assert ReceivedEvent.objects.count() == 2


def test_a_broker_that_is_away_keeps_nobody_waiting(listening, caplog, monkeypatch):
    listener = listeners.listener_at(listening.key)
    assert listener is not None

    app = Celery(set_as_current=False)
    app.conf.broker_transport_options = {"max_retries": 1, "interval_start": 0}

    @app.task(name="nothing")
    def nothing(pk): ...

    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("CELERY_BROKER_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        calling._call(nothing, listener)
        still_calling = [thread for thread in threading.enumerate() if thread.name == "calling"]
    for thread in still_calling:
        thread.join()
    calling._call(nothing, listener)

    assert len(still_calling) == 1
    assert caplog.text.count("No worker could be called") == 1


def test_a_broken_notice_is_refused(send, listening):
    path = f"/webhooks/akeneo/{listening.key}/status"
    for body in (b"{", b"[]", b'{"notification_type": 5}'):
        headers = signed(listening.notice_secret, body)
        assert send(body, headers, path=path).status_code == 400
    body = notice_body("subscription.resumed", listening)
    assert send(body, signed("wrong", body), path=path).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_those_that_arrive_together_are_stored_together(send, listening, monkeypatch):
    """The first holds the turn; the others find theirs stored with one statement."""
    monkeypatch.setattr(storing, "PATIENCE", 300)  # of the first, until the last one has come
    assert storing._turn.acquire(timeout=5)
    threads = [
        threading.Thread(target=lambda number=number: answers.append(answer_of(number)))
        for number in range(10)
    ]
    answers: list[int] = []

    def answer_of(number):
        try:
            return send(event_body(id=str(number))).status_code
        finally:
            connection.close()

    for thread in threads:
        thread.start()
    until(lambda: len(storing._gathered) == 10)
    storing._turn.release()
    for thread in threads:
        thread.join()

    assert answers == [204] * 10
    assert ReceivedEvent.objects.count() == 10


def test_each_kind_of_the_platform_is_taken(told, events):
    product = told.pim.add_product("new-1", None)
    told.pim.disable_product(product.uuid)
    told.pim.delete_product(product.uuid)
    code = next(iter(told.pim.assortment.models))
    told.pim.edit_model(code, "name", "Other", "en_US")

    told.deliver()

    assert told.statuses == [204] * 4
    assert told.received() == [
        ("product.created", product.uuid),
        ("product.updated", product.uuid),
        ("product.deleted", product.uuid),
        ("product-model.updated.delta", code),
    ]
