"""What the PIM may answer in place of a token: the right status, a way out, nothing left behind."""

import time

import pytest
import requests
import responses

from connections.connections import register
from connections.models import Authorization, Connection, FailedAuthorization
from sandbox.faults import Fault
from tests.connections.conftest import (
    PIM,
    app_of,
    control,
    refusal_in,
    signed_in_as,
    stored,
)
from tests.outbound.servers import answer, serving
from tests.pages.conftest import page_of, text_of
from tests.ports import closed_port
from tests.visitor import CALLBACK, query_of

TOKEN_URL = f"{PIM}/connect/apps/v1/oauth2/token"
KEY_URL = f"{PIM}/connect/apps/v1/openid/public-key"
TOKEN_PATH, KEY_PATH = "oauth2/token", "openid/public-key"


@pytest.fixture
def before(pim):
    return stored()


@pytest.fixture
def callback(before, pim, julia):
    return julia.agree(julia.activate(pim.base_url))


def refused(visitor, callback, status, before):
    """What the page says; nobody came in and nothing changed but that the state is used up."""
    said = refusal_in(visitor.ferry.get(callback), status)
    assert stored() == before
    assert signed_in_as(visitor) == ""
    assert Authorization.objects.get().used_at is not None
    assert FailedAuthorization.objects.count() == 1
    return said


def test_a_code_that_is_25_seconds_old_is_in_time(pim, julia, callback):
    pim.clock = lambda: time.time() + 25

    assert julia.ferry.get(callback).status_code == 302


@pytest.mark.parametrize(
    "code", ["unknown", " ", "x" * 3000, "\x00", "ü\u2028", "a&client_id=other", "%00", "<b>"]
)
def test_a_code_that_the_pim_never_gave(julia, callback, before, code):
    response = julia.ferry.get(CALLBACK, {"code": code, "state": query_of(callback)["state"]})

    assert "does not know this authorization" in refusal_in(response, 400)
    assert stored() == before


def test_a_wrong_secret(pim, julia, callback):
    register(pim.base_url, client_id=app_of(pim).client_id, client_secret="planted-wrong-one")

    said = refused(julia, callback, 400, stored())

    assert "does not accept the client id and secret that Ferry has" in said
    assert "planted" not in said


def test_a_wrong_secret_of_the_published_app(pim, settings, julia):
    Connection.objects.update(client_id="", client_secret="")
    settings.AKENEO_CLIENT_ID = app_of(pim).client_id
    settings.AKENEO_CLIENT_SECRET = "planted-wrong-one"

    response = julia.open_app(pim.base_url)

    assert "staff who run it must correct AKENEO_CLIENT_ID" in refusal_in(response, 400)
    assert "Enter the new secret" not in text_of(page_of(response))


def test_a_client_id_that_the_pim_does_not_know(pim, julia, callback, before):
    pim.apps.clear()

    response = julia.ferry.get(callback)

    assert "does not accept the client id" in refusal_in(response, 400)
    assert "created anew? Then its client ID is new as well" in text_of(page_of(response))
    assert stored() == before


def test_an_app_that_was_disconnected_in_between(pim, julia, callback, before):
    pim.disconnect(app_of(pim).client_id)

    refused(julia, callback, 400, before)


@pytest.mark.parametrize("kind", ["429", "429-bare", "500", "html", "cut"])
def test_a_pim_that_fails_at_the_token(pim, julia, callback, before, kind):
    pim.faults.add(Fault(kind, TOKEN_PATH))

    said = refused(julia, callback, 502, before)

    assert pim.base_url.removeprefix("http://").partition(":")[0] in said


def test_a_pim_that_has_no_key(pim, julia, callback, before):
    control(pim, "key-format", format="missing")

    said = refused(julia, callback, 502, before)

    assert "did not give the key" in said


@pytest.mark.django_db
def test_a_pim_that_is_down(julia):
    pim_url = f"http://127.0.0.1:{closed_port()}"
    register(pim_url, client_id="app", client_secret="secret")
    before = stored()
    state = query_of(julia.activate(pim_url))["state"]

    said = refused(julia, f"{CALLBACK}?code=c&state={state}", 502, before)

    assert said == "127.0.0.1 could not be reached."


@pytest.fixture
def start(db, julia):
    """Begin an authorization at this address; the path of a callback."""

    def start(pim_url):
        register(pim_url, client_id="app", client_secret="planted-secret")
        return f"{CALLBACK}?code=planted-code&state={query_of(julia.activate(pim_url))['state']}"

    return start


ANSWERS = {
    "a page": (answer(b"<html><h1>Welcome</h1></html>"), 502),
    "an empty page": (answer(b""), 502),
    "a list": (answer(b"[]"), 502),
    "no token": (answer(b"{}"), 502),
    "an empty token": (answer(b'{"access_token": ""}'), 502),
    "a token that is a number": (answer(b'{"access_token": 5}'), 502),
    "a token with a line break": (answer(b'{"access_token": "a\\nb"}'), 502),
    "another kind of token": (answer(b'{"access_token": "t", "token_type": "mac"}'), 502),
    "scopes as a list": (answer(b'{"access_token": "t", "scope": ["a"]}'), 502),
    "a scope with NUL": (answer(b'{"access_token": "t", "scope": "a\\u0000"}'), 502),
    "a scope with half a character": (answer(b'{"access_token": "t", "scope": "\\ud800"}'), 502),
    "half of it": (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", 502),
    "no HTTP": (b"nonsense\r\n\r\n", 502),
    "nothing": (b"", 502),
    "a redirect": (
        answer(b"", status="302 Found", headers="Location: http://127.0.0.1/x\r\n"),
        502,
    ),
    "more than anybody needs": (answer(b" " * 2_000_000 + b"{}"), 502),
    "maintenance": (answer(b"<html>", status="503 Service Unavailable"), 502),
    "no such address": (answer(b"<html>", status="404 Not Found"), 400),
    "an unknown error": (
        answer(b'{"error": "planted-code\\nplanted-secret"}', status="400 Bad Request"),
        400,
    ),
    "no ID token": (answer(b'{"access_token": "t", "scope": "read_products"}'), 403),
    "an ID token that is none": (answer(b'{"access_token": "t", "id_token": "a.b.c"}'), 400),
}


@pytest.mark.parametrize(("sent", "status"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_is_not_the_tokens(start, julia, sent, status):
    def send(connection, request):
        connection.sendall(sent)
        connection.close()

    with serving(send) as port:
        callback = start(f"http://127.0.0.1:{port}")

        said = refused(julia, callback, status, stored())

    assert "planted" not in said


@pytest.fixture
def away():
    """A PIM that `responses` answers for, where no server of ours can say it."""
    with responses.RequestsMock() as mock:
        yield mock


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (requests.exceptions.ReadTimeout(), 504),
        (requests.exceptions.ConnectTimeout(), 502),
        (requests.exceptions.ConnectionError(), 502),
        (requests.exceptions.SSLError(), 502),
        (requests.exceptions.ChunkedEncodingError(), 502),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_pim_that_does_not_answer_in_time_or_in_whole(
    settings, start, julia, away, failure, status
):
    settings.PIM_HOSTS = ["*.cloud.akeneo.com"]
    away.post(TOKEN_URL, body=failure)

    said = refused(julia, start(PIM), status, stored())

    assert "acme.cloud.akeneo.com" in said


def test_a_host_that_turns_out_to_be_in_the_private_network(settings, start, julia, monkeypatch):
    settings.PIM_HOSTS, settings.PIM_ALLOW_INSECURE = ["*.cloud.akeneo.com"], False
    monkeypatch.setattr(
        "socket.getaddrinfo", lambda *args, **kwargs: [(2, 1, 6, "", ("10.0.0.1", 443))]
    )

    said = refused(julia, start(PIM), 400, stored())

    assert "is not on the public internet" in said


def test_after_a_failure_the_next_attempt_works(pim, julia, callback):
    pim.faults.add(Fault("500", TOKEN_PATH))
    julia.ferry.get(callback)

    julia.open_app(pim.base_url)

    assert signed_in_as(julia) == "Julia Stark"
    assert app_of(pim).token == stored()["connections"][0]["token"]


def test_a_failure_signs_nobody_out_and_changes_no_connection(pim, julia):
    julia.open_app(pim.base_url)
    before = stored()
    pim.faults.add(Fault("500", TOKEN_PATH))

    refusal_in(julia.open_app(pim.base_url), 502)

    assert stored() == before
    assert signed_in_as(julia) == "Julia Stark"
