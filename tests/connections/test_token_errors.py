"""Every error of the PIM's token endpoint, as Ferry meets it (pim-contract.md 1.5).

Ferry never sends some of the forms that these errors are for, so they are spoiled on their way.
"""

import time

import pytest

from connections.connections import register
from connections.models import Authorization
from sandbox.state import CLIENT_ID, CLIENT_SECRET, make_pim
from tests.connections.conftest import app_of, refusal_in, signed_in_as, stored
from tests.interference import Interference
from tests.sandbox_server import serving_sandbox
from tests.visitor import FERRY, query_of

TOKEN = "/oauth2/token"


@pytest.fixture
def between():
    return Interference()


@pytest.fixture
def pim(db, between):
    pim = make_pim(products=1, app_url=FERRY)
    with serving_sandbox(pim, between=between):
        register(pim.base_url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        yield pim


@pytest.fixture
def answers(between):
    """What the token endpoint said, word for word."""
    said: list[dict[str, str]] = []
    between.edit_json(TOKEN, lambda body: said.append(dict(body)), times=9)
    return said


@pytest.fixture
def callback(pim, julia):
    return julia.agree(julia.activate(pim.base_url))


def code_in(pim, callback):
    return pim.codes[query_of(callback)["code"]]


def refused(pim, julia, callback):
    """What the page of the refusal says; the code was offered once and nothing is left behind."""
    before = stored()
    said = refusal_in(julia.ferry.get(callback), 400)
    assert stored() == before
    assert signed_in_as(julia) == ""
    assert Authorization.objects.get().used_at is not None
    assert pim.traffic.as_json()["requests"] == {f"POST /connect/apps/v1{TOKEN}": 1}
    return said


CREDENTIALS = "does not accept"
UNKNOWN_CODE = "does not know this authorization, or it was used already"
OLD_CODE = "took longer than"
REQUEST = "refused to authorize the app (invalid_request)"
GRANT_TYPE = "refused to authorize the app (unsupported_grant_type)"
INVALID_CLIENT = {"error": "invalid_client"}
INVALID_REQUEST = {"error": "invalid_request"}
UNSUPPORTED = {"error": "unsupported_grant_type"}
NOT_VALID = {"error": "invalid_grant", "error_description": "Code is not valid"}
EXPIRED = {"error": "invalid_grant", "error_description": "Code has expired"}


FORMS = {
    "a wrong challenge": ({"code_challenge": "0" * 64}, INVALID_CLIENT, CREDENTIALS),
    "an unknown client": ({"client_id": "unknown"}, INVALID_CLIENT, CREDENTIALS),
    "a blank client": ({"client_id": ""}, INVALID_REQUEST, REQUEST),
    "no client": ({"client_id": None}, INVALID_REQUEST, REQUEST),
    "a blank code": ({"code": ""}, INVALID_REQUEST, REQUEST),
    "an unknown code": ({"code": "unknown"}, NOT_VALID, UNKNOWN_CODE),
    "no grant type": ({"grant_type": None}, UNSUPPORTED, GRANT_TYPE),
    "another grant type": ({"grant_type": "password"}, UNSUPPORTED, GRANT_TYPE),
    "a blank identifier": ({"code_identifier": ""}, INVALID_REQUEST, REQUEST),
    "a blank challenge": ({"code_challenge": ""}, INVALID_REQUEST, REQUEST),
}


@pytest.mark.parametrize(("changes", "answer", "says"), FORMS.values(), ids=FORMS)
def test_a_form_that_is_wrong(pim, julia, between, callback, answers, changes, answer, says):
    between.edit_form(TOKEN, changes)

    said = refused(pim, julia, callback)

    assert answers == [answer]
    assert says in said
    assert not code_in(pim, callback).used


def test_a_code_that_is_too_old(pim, julia, callback, answers):
    pim.clock = lambda: time.time() + 31

    said = refused(pim, julia, callback)

    assert answers == [EXPIRED]
    assert OLD_CODE in said


def test_a_code_that_was_used(pim, julia, callback, answers):
    code_in(pim, callback).used = True

    said = refused(pim, julia, callback)

    assert answers == [NOT_VALID]
    assert UNKNOWN_CODE in said


def test_a_wrong_secret_hides_that_the_code_is_bad(pim, julia, callback, answers):
    """So the page speaks of the secret, and with the right one of the code."""
    app_of(pim).client_secret = "renewed"
    pim.clock = lambda: time.time() + 31

    said = refused(pim, julia, callback)

    assert answers == [INVALID_CLIENT]
    assert CREDENTIALS in said


def test_the_right_form_is_accepted(pim, julia, callback, answers):
    assert julia.ferry.get(callback).status_code == 302
    assert [one.keys() for one in answers] == [{"access_token", "token_type", "scope", "id_token"}]
    assert code_in(pim, callback).used
