"""The token endpoint's table, row by row, and what a token is (pim-contract.md 1.5, 1.7, 1.9)."""

import pytest

from sandbox.state import CLIENT_ID
from tests.sandbox.visits import IDENTIFIER, TOKEN, Visit, token_form

UPDATE = "/connect/apps/v1/scopes/update"


@pytest.fixture
def visit():
    return Visit().log_in()


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"code_challenge": "0" * 64, "code": "nonsense"}, "invalid_client", None),
        ({"client_id": "nobody"}, "invalid_client", None),
        ({"client_id": ""}, "invalid_request", None),
        ({"client_id": None}, "invalid_request", None),
        ({"client_id": "nobody", "code_identifier": ""}, "invalid_client", None),
        ({"code": ""}, "invalid_request", None),
        ({"code": "nonsense"}, "invalid_grant", "Code is not valid"),
        ({"code": "nonsense", "grant_type": "password"}, "invalid_grant", "Code is not valid"),
        ({"grant_type": None}, "unsupported_grant_type", None),
        ({"grant_type": "password", "code_identifier": ""}, "unsupported_grant_type", None),
        ({"code_identifier": ""}, "invalid_request", None),
        ({"code_challenge": ""}, "invalid_request", None),
    ],
)
def test_each_fault_has_its_answer(visit, changes, error, description):
    code = visit.connect()

    answer = visit.exchange(code, **changes)

    expected = {"error": error} | ({"error_description": description} if description else {})
    assert (answer.status_code, answer.json) == (400, expected)


def test_a_refused_exchange_does_not_use_the_code_up(visit):
    code = visit.connect()

    visit.exchange(code, grant_type="password")

    assert visit.exchange(code).status_code == 200


def test_json_is_read_as_empty_fields(visit):
    answer = visit.browser.post(TOKEN, json=token_form(visit.connect()))

    assert (answer.status_code, answer.json) == (400, {"error": "invalid_request"})


def test_a_code_is_good_for_thirty_seconds(visit):
    code, late = visit.connect(), visit.connect()

    visit.clock.now += 29.9
    in_time = visit.exchange(code)
    visit.clock.now += 0.2
    too_late = visit.exchange(late)

    assert in_time.status_code == 200
    assert too_late.json == {"error": "invalid_grant", "error_description": "Code has expired"}


def test_a_code_is_good_for_one_use(visit):
    code = visit.connect()
    visit.exchange(code)

    again = visit.exchange(code)

    assert again.json == {"error": "invalid_grant", "error_description": "Code is not valid"}


def test_a_code_dies_with_the_connection(visit):
    code = visit.connect()
    visit.pim.disconnect(CLIENT_ID)

    answer = visit.exchange(code)

    assert answer.json == {"error": "invalid_grant", "error_description": "Code is not valid"}


def test_the_answer_has_no_more_than_the_pim_gives(visit):
    answer = visit.exchange(visit.connect("write_products read_categories"))

    assert answer.status_code == 200
    assert answer.json.keys() == {"access_token", "token_type", "scope"}
    assert answer.json["token_type"] == "bearer"
    assert answer.json["scope"] == "read_categories write_products"


def test_consented_identity_scopes_are_named_with_the_others(visit):
    answer = visit.connected("read_products openid profile")

    assert answer["scope"] == "openid profile read_products"
    assert "id_token" in answer


def test_the_same_scopes_give_the_same_token(visit):
    first = visit.connected("read_products read_categories")

    again = visit.connected("read_categories read_products")

    assert again["access_token"] == first["access_token"]


@pytest.mark.parametrize("scope", ["read_products", "read_products read_categories write_catalogs"])
def test_other_scopes_give_another_token_and_end_the_old_one(visit, scope):
    old = visit.connected("read_products read_categories")["access_token"]

    new = visit.connected(scope)["access_token"]

    assert new != old
    refused = visit.browser.post(UPDATE, headers={"Authorization": f"Bearer {old}"})
    assert refused.status_code == 401
    assert refused.json == {"code": 401, "message": "The access token provided is invalid."}


def test_the_old_token_lives_until_the_code_for_new_scopes_is_exchanged(visit):
    old = visit.connected("read_products")["access_token"]

    code = visit.connect("read_products read_catalogs")
    before = visit.ferry.token
    rights = set(visit.ferry.scopes)
    fresh = visit.exchange(code).json["access_token"]

    assert before == old
    assert rights == {"read_products", "read_catalogs"}
    assert visit.ferry.token == fresh != old


def test_a_scope_that_this_pim_does_not_know_vanishes_without_a_word(visit):
    visit.pim.unknown_scopes = frozenset({"read_catalogs"})

    answer = visit.connected("read_products read_catalogs")

    assert answer["scope"] == "read_products"


def test_all_people_of_a_pim_share_the_token(visit):
    julias = visit.connected("read_products openid")

    peters = visit.log_in("peter").connected("read_products openid")

    assert peters["access_token"] == julias["access_token"]


class TestAnnouncingScopes:
    def update(self, visit, token, **query):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return visit.browser.post(UPDATE, query_string=query, headers=headers)

    @pytest.mark.parametrize(
        ("scopes", "flagged"),
        [
            ("read_products write_categories", True),
            ("read_products", False),
            ("read_products nonsense", False),
            ("", False),
        ],
    )
    def test_what_is_new_flags_the_app_and_grants_nothing(self, visit, scopes, flagged):
        token = visit.connected("write_products")["access_token"]

        answer = self.update(visit, token, scopes=scopes)

        assert (answer.status_code, answer.json) == (200, "Ok")
        assert visit.ferry.outdated_scopes is flagged
        assert visit.ferry.scopes == {"write_products"}

    def test_without_the_parameter_it_is_ok_too(self, visit):
        token = visit.connected()["access_token"]

        assert self.update(visit, token).json == "Ok"

    def test_a_manager_who_opens_the_app_clears_the_flag(self, visit):
        visit.connected("read_products")
        visit.ferry.outdated_scopes = True

        visit.browser.get(f"/screens/apps/{CLIENT_ID}/open")

        assert visit.ferry.outdated_scopes is False

    @pytest.mark.parametrize(
        ("token", "message"),
        [
            ("", "Authentication is required"),
            ("nonsense", "The access token provided is invalid."),
        ],
    )
    def test_it_needs_a_token(self, visit, token, message):
        answer = self.update(visit, token, scopes="read_products")

        assert answer.status_code == 401
        assert answer.json == {"code": 401, "message": message}

    def test_a_disconnected_app_is_told_so(self, visit):
        token = visit.connected()["access_token"]
        visit.pim.disconnect(CLIENT_ID)

        answer = self.update(visit, token)

        assert answer.json["message"] == (
            "The access token provided is invalid. Your app has been disconnected from that PIM."
        )


def test_the_challenge_is_of_identifier_and_secret_in_that_order(visit):
    code = visit.connect()
    turned = token_form(code)
    turned["code_identifier"] = IDENTIFIER[::-1] + "x"

    assert visit.browser.post(TOKEN, data=turned).json == {"error": "invalid_client"}
