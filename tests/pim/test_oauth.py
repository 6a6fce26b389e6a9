import hashlib
import json
import logging
import os
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from outbound.errors import AddressRefused, FailureKind, NotSent, TransientError
from outbound.guard import AddressPolicy
from outbound.retry import Retrier
from outbound.session import GuardedSession
from pim.oauth import (
    CodeExpired,
    CodeRefused,
    CredentialsRefused,
    TokenAnswer,
    TokenEndpointFailed,
    TokenRefused,
    authorization_url,
    code_challenge,
    exchange_code,
)
from tests.outbound.servers import answer, serving
from tests.pim.conftest import PIM

URL = f"{PIM}/connect/apps/v1/oauth2/token"
SECRET = "planted-client-secret"
CODE = "planted-code"
GRANTED = {
    "access_token": "planted-access-token",
    "token_type": "bearer",
    "scope": "read_catalogs read_products",
}


def exchange(session):
    return exchange_code(PIM, "app-1", SECRET, CODE, session=session)


@pytest.mark.parametrize("pim", [PIM, "http://localhost:8081", f"{PIM}/prefix"])
def test_it_sends_the_browser_to_the_pim(pim):
    url = authorization_url(pim, "app-1", ["write_products", "openid"], "a state/+")

    assert url.startswith(f"{pim}/connect/apps/v1/authorize?")
    assert {name: value for name, [value] in parse_qs(urlsplit(url).query).items()} == {
        "response_type": "code",
        "client_id": "app-1",
        "scope": "openid write_products",
        "state": "a state/+",
    }


def test_it_exchanges_a_code_without_sending_the_secret(http, session):
    http.post(URL, json={**GRANTED, "id_token": "a.b.c"})

    token = exchange(session)

    assert token == TokenAnswer(
        "planted-access-token", frozenset({"read_catalogs", "read_products"}), "a.b.c"
    )
    request = http.calls[0].request
    sent = {name: value for name, [value] in parse_qs(request.body).items()}
    identifier = sent["code_identifier"]
    challenge = hashlib.sha256((identifier + SECRET).encode()).hexdigest()
    assert sent == {
        "client_id": "app-1",
        "code": CODE,
        "grant_type": "authorization_code",
        "code_identifier": identifier,
        "code_challenge": challenge,
    }
    assert len(identifier) == 60
    assert SECRET not in request.body
    assert "Authorization" not in request.headers


def test_each_exchange_has_an_identifier_of_its_own(http, session):
    http.post(URL, json=GRANTED)

    exchange(session)
    exchange(session)

    first, second = (parse_qs(call.request.body)["code_identifier"] for call in http.calls)
    assert first != second


def test_the_challenge_is_lower_case_hex_of_identifier_then_secret():
    assert code_challenge("a", "bc") == code_challenge("ab", "c")
    assert code_challenge("a", "bc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


@pytest.mark.parametrize(
    ("error", "description", "raised"),
    [
        ("invalid_client", None, CredentialsRefused),
        ("invalid_request", None, TokenRefused),
        ("invalid_grant", "Code is not valid", CodeRefused),
        ("invalid_grant", "Code has expired", CodeExpired),
        ("invalid_grant", None, CodeRefused),
        ("unsupported_grant_type", None, TokenRefused),
        ("something_new", "of a later version", TokenRefused),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 200])
def test_each_refusal_says_the_way_out(http, session, error, description, raised, status):
    body = {"error": error} | ({"error_description": description} if description else {})
    http.post(URL, status=status, json=body)

    with pytest.raises(TokenRefused) as refused:
        exchange(session)

    assert type(refused.value) is raised
    assert refused.value.kind is FailureKind.CONFIGURATION
    assert "acme.cloud.akeneo.com" in refused.value.message
    assert "Open the app" in refused.value.message or "Ask the staff" in refused.value.message
    assert len(http.calls) == 1


@pytest.mark.parametrize(
    "failure",
    [
        {"status": 200, "body": "<html>We are under maintenance</html>"},
        {"status": 200, "body": ""},
        {"status": 200, "body": "access_token=planted-access-token"},
        {"status": 200, "json": []},
        {"status": 200, "json": "Ok"},
        {"status": 200, "json": {}},
        {"status": 200, "json": {**GRANTED, "access_token": ""}},
        {"status": 200, "json": {**GRANTED, "access_token": None}},
        {"status": 200, "json": {**GRANTED, "access_token": {"a": 1}}},
        {"status": 200, "json": {**GRANTED, "access_token": "a\r\nX-Evil: 1"}},
        {"status": 200, "json": {**GRANTED, "access_token": "x" * 5000}},
        {"status": 200, "json": {**GRANTED, "scope": ["a"]}},
        {"status": 200, "json": {**GRANTED, "scope": "read_products a\x00"}},
        {"status": 200, "json": {**GRANTED, "scope": "read_products\nread_catalogs"}},
        {"status": 200, "json": {**GRANTED, "scope": "é"}},
        {"status": 200, "json": {**GRANTED, "token_type": "mac"}},
        {"status": 200, "json": {**GRANTED, "id_token": 5}},
        {"status": 200, "json": {**GRANTED, "expires_in": "soon"}},
        {"status": 201, "json": GRANTED},
        {"status": 302, "headers": {"Location": "https://evil.example/"}},
        {"status": 400, "body": "<html>Bad request</html>"},
        {"status": 429, "json": {"error": "slow down"}},
        {"status": 500, "json": {"error": "internal"}},
        {"status": 502, "body": "<html>"},
        {"status": 503},
    ],
)
def test_an_answer_without_a_token_is_a_failure_that_is_not_repeated(http, session, failure):
    http.post(URL, **failure)

    with pytest.raises(TokenEndpointFailed) as failed:
        exchange(session)

    assert failed.value.kind is FailureKind.TRANSIENT
    assert "Open the app from the PIM again" in failed.value.message
    assert "planted" not in failed.value.message + failed.value.detail
    assert failed.value.__suppress_context__ or failed.value.__context__ is None
    assert len(http.calls) == 1


def test_a_host_without_a_token_endpoint_is_no_pim(http, session):
    http.post(URL, status=404, body="<html>Not found</html>")

    with pytest.raises(TokenRefused, match="Check that this is the address of a PIM"):
        exchange(session)


def test_a_code_that_may_have_arrived_is_not_sent_again(http, session):
    http.post(URL, body=requests.exceptions.ReadTimeout("no answer"))

    with pytest.raises(TransientError) as failed:
        exchange(session)

    assert not isinstance(failed.value, NotSent)
    assert len(http.calls) == 1


def test_a_code_that_did_not_arrive_is_sent_again(http, session):
    http.post(URL, body=requests.exceptions.ConnectTimeout("unreachable"))
    http.post(URL, json=GRANTED)

    retrier = Retrier(sleep=lambda seconds: None)
    token = exchange_code(PIM, "app-1", SECRET, CODE, session=session, retrier=retrier)

    assert token.access_token == "planted-access-token"


def test_fewer_or_more_scopes_than_asked_for_are_what_they_are(http, session):
    http.post(URL, json={**GRANTED, "scope": "openid read_products"})
    http.post(URL, json={**GRANTED, "scope": ""})
    http.post(URL, json={**GRANTED, "scope": None})

    assert exchange(session).scopes == {"openid", "read_products"}
    assert exchange(session).scopes == frozenset()
    assert exchange(session).scopes == frozenset()


def test_a_host_outside_the_allow_list_gets_nothing(http, session):
    with pytest.raises(AddressRefused):
        exchange_code("https://evil.example", "app-1", SECRET, CODE, session=session)
    with pytest.raises(AddressRefused):
        exchange_code(PIM.replace("https", "http"), "app-1", SECRET, CODE, session=session)

    assert len(http.calls) == 0


def test_tokens_show_up_neither_in_logs_nor_in_the_repr(http, session, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("requests_oauthlib.oauth2_session").setLevel(logging.DEBUG)
    http.post(URL, json={**GRANTED, "id_token": "planted.id.token"})

    token = exchange(session)

    assert "planted" not in caplog.text
    assert "planted" not in repr(token)


def test_it_works_with_a_local_pim_over_http(monkeypatch):
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT", raising=False)
    body = json.dumps(GRANTED).encode()
    policy = AddressPolicy(["127.0.0.1"], insecure=True)

    with serving(lambda c, r: c.sendall(answer(body))) as port, GuardedSession(policy) as session:
        token = exchange_code(f"http://127.0.0.1:{port}", "app-1", SECRET, CODE, session=session)

    assert token.access_token == "planted-access-token"
    os.environ.pop("OAUTHLIB_INSECURE_TRANSPORT", None)
