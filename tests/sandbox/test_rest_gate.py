"""Tokens, headers and scopes (pim-contract.md 1.9, 3.1, 3.6)."""

import pytest

from sandbox.state import CLIENT_ID
from tests.sandbox.api import Api

INVALID = "The access token provided is invalid."


def test_a_call_without_a_token_needs_authentication(api):
    answer = api.call("GET", "/catalogs", headers={"Authorization": None})

    assert answer.status_code == 401
    assert answer.json == {"code": 401, "message": "Authentication is required"}


def test_basic_credentials_are_no_token(api):
    answer = api.call("GET", "/catalogs", headers={"Authorization": "Basic eDp5"})

    assert answer.json == {"code": 401, "message": "Authentication is required"}


def test_an_unknown_token_is_invalid(api):
    answer = api.call("GET", "/catalogs", token="nobody's")

    assert answer.json == {"code": 401, "message": INVALID}


def test_the_token_of_before_a_change_of_scopes_is_invalid(api):
    old = api.token
    api.connect(CLIENT_ID, {"read_products"})

    answer = api.call("GET", "/catalogs", token=old)

    assert answer.json == {"code": 401, "message": INVALID}


def test_the_same_scopes_keep_the_token(api):
    assert api.connect(CLIENT_ID) == api.token


def test_a_disconnected_app_is_told_so(api):
    api.pim.disconnect(CLIENT_ID)

    answer = api.get("/catalogs")

    assert answer.status_code == 401
    assert answer.json["message"] == f"{INVALID} Your app has been disconnected from that PIM."


def test_a_reconnected_app_finds_its_catalogs_gone(api):
    catalog = api.catalog()
    api.pim.disconnect(CLIENT_ID)
    api.token = api.connect(CLIENT_ID)

    assert api.get(f"/catalogs/{catalog.id}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "scopes", "end"),
    [
        ("GET", "/catalogs", {"read_products"}, "access app catalogs."),
        ("POST", "/catalogs", {"read_catalogs"}, "edit app catalogs."),
        ("PATCH", "/catalogs/x", {"read_catalogs"}, "edit app catalogs."),
        ("DELETE", "/catalogs/x", {"write_catalogs"}, "delete app catalogs."),
        ("GET", "/catalogs/x/product-uuids", {"read_catalogs"}, "access products."),
        ("GET", "/catalogs/x/products", {"read_products"}, "access app catalogs."),
        ("PUT", "/catalogs/x/mapping-schemas/product", {"read_catalogs"}, "edit app catalogs."),
        ("GET", "/products-uuid", {"read_catalogs"}, "list products."),
        ("GET", "/families", {"read_products"}, "list families."),
        ("GET", "/attributes/color/options", {"read_products"}, "list attribute options."),
        ("GET", "/locales", {"read_products"}, "list locales."),
        ("GET", "/channels", {"read_products"}, "list channels."),
    ],
)
def test_a_missing_scope_is_forbidden_in_words(method, path, scopes, end):
    api = Api(products=0, scopes=scopes)

    answer = api.call(method, path, json={"name": "x"} if method != "GET" else None)

    assert answer.status_code == 403
    assert answer.json == {
        "code": 403,
        "message": f"Access forbidden. You are not allowed to {end}",
    }


def test_to_delete_includes_to_write_and_to_read():
    api = Api(products=0, scopes={"delete_catalogs"})

    assert api.get("/catalogs").status_code == 200
    assert api.call("POST", "/catalogs", json={"name": "x"}).status_code == 201


@pytest.mark.parametrize(
    ("content_type", "problem"),
    [
        (None, 'The "Content-Type" header is missing. "application/json" has to be specified'),
        ("text/plain", '"text/plain" in "Content-Type" header is not valid. Only'),
    ],
)
def test_a_body_needs_its_content_type(api, content_type, problem):
    answer = api.call("POST", "/catalogs", data="{}", headers={"Content-Type": content_type})

    assert answer.status_code == 415
    assert answer.json["message"].startswith(problem)


def test_a_charset_behind_the_content_type_is_tolerated(api):
    headers = {"Content-Type": "application/json; charset=utf-8"}

    answer = api.call("POST", "/catalogs", data='{"name": "x"}', headers=headers)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200),
        ("application/json", 200),
        ("text/html, */*;q=0.8", 200),
        ("text/html", 406),
        ("application/json, text/html", 406),
    ],
)
def test_only_json_can_be_asked_for(api, accept, status):
    answer = api.call("GET", "/catalogs", headers={"Accept": accept})

    assert answer.status_code == status


def test_what_is_accepted_matters_to_a_get_only(api):
    answer = api.call("POST", "/catalogs", json={"name": "x"}, headers={"Accept": "text/html"})

    assert answer.status_code == 201


def test_an_unknown_address_is_answered_as_json(api):
    answer = api.get("/nothing")

    assert answer.status_code == 404
    assert answer.json["code"] == 404


def test_a_wrong_method_is_told_the_allowed_ones(api):
    answer = api.call("DELETE", "/catalogs")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"
    assert answer.json["message"].endswith("Method Not Allowed (Allow: GET, POST)")
