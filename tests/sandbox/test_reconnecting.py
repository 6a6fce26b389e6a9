"""What is new after an app was disconnected and connected again (pim-contract.md 1.9)."""

import json

import pytest
from joserfc.jws import extract_compact

from sandbox.state import CLIENT_ID
from tests.sandbox.visits import Visit

CATALOGS = "/api/rest/v1/catalogs"
SCOPES = "openid read_catalogs write_catalogs"


@pytest.fixture
def visit():
    return Visit().log_in()


def call(visit, token, path=CATALOGS, **body):
    headers = {"Authorization": f"Bearer {token}"}
    if body:
        return visit.browser.post(path, json=body, headers=headers)
    return visit.browser.get(path, headers=headers)


def disconnect(visit):
    visit.browser.post("/sandbox/disconnect", json={"client_id": CLIENT_ID})


def test_it_is_as_if_another_user_of_the_pim_stood_behind_the_app(visit):
    before = visit.connected(SCOPES)
    catalog = call(visit, before["access_token"], name="Shop").json["id"]
    disconnect(visit)

    after = visit.connected(SCOPES)

    assert after["access_token"] != before["access_token"]
    assert after["scope"] == before["scope"]
    assert call(visit, after["access_token"]).json["_embedded"]["items"] == []
    gone = call(visit, after["access_token"], f"{CATALOGS}/{catalog}")
    assert gone.status_code == 404


def test_a_person_has_another_subject(visit):
    def subject():
        token = visit.connected(SCOPES)["id_token"]
        return json.loads(extract_compact(token.encode()).payload)["sub"]

    before = subject()
    same = subject()
    disconnect(visit)

    assert same == before
    assert subject() != before


def test_every_old_token_is_told_of_the_disconnection_for_ever(visit):
    old = []
    for _ in range(2):
        old.append(visit.connected(SCOPES)["access_token"])
        disconnect(visit)
    visit.connected(SCOPES)

    answers = [call(visit, token) for token in old]

    said = "The access token provided is invalid. Your app has been disconnected from that PIM."
    assert [one.json for one in answers] == [{"code": 401, "message": said}] * 2


def test_a_token_that_was_replaced_before_is_only_invalid(visit):
    replaced = visit.connected("read_catalogs")["access_token"]
    visit.connected(SCOPES)
    disconnect(visit)

    answer = call(visit, replaced)

    assert answer.json == {"code": 401, "message": "The access token provided is invalid."}


def test_a_code_of_the_earlier_connection_is_worth_nothing(visit):
    code = visit.connect(SCOPES)
    disconnect(visit)
    visit.connect(SCOPES)

    assert visit.exchange(code).json["error"] == "invalid_grant"
