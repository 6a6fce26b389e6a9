"""Catalogs (pim-contract.md 2.1, 2.2)."""

import uuid

import pytest

from sandbox.state import App
from tests.sandbox.api import BASE_URL, flat_schema

BLANK = {"property": "name", "message": "This value should not be blank."}
SHORT = {
    "property": "name",
    "message": "This value is too short. It should have 1 character or more.",
}


def create(api, **body):
    return api.call("POST", "/catalogs", json={"name": "Shop", **body})


def test_a_new_catalog_is_disabled_and_comes_back_whole(api):
    answer = create(api, managed_currencies=["EUR"], managed_locales=["en_US", "fr_FR"])

    assert answer.status_code == 201
    catalog_id = answer.json["id"]
    assert str(uuid.UUID(catalog_id)) == catalog_id
    assert answer.json == {
        "_links": {"self": {"href": f"{BASE_URL}/api/rest/v1/catalogs/{catalog_id}"}},
        "id": catalog_id,
        "name": "Shop",
        "enabled": False,
        "managed_currencies": ["EUR"],
        "managed_locales": ["en_US", "fr_FR"],
    }
    assert api.get(f"/catalogs/{catalog_id}").json == answer.json


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [BLANK, SHORT]),
        ({"name": ""}, [BLANK, SHORT]),
        ({"name": None}, [BLANK, SHORT]),
        (
            {"name": "x" * 256},
            [
                {
                    "property": "name",
                    "message": "This value is too long. It should have 255 characters or less.",
                }
            ],
        ),
    ],
)
def test_a_bad_name_is_refused_even_in_a_change(api, method, body, errors):
    path = "/catalogs" if method == "POST" else f"/catalogs/{create(api).json['id']}"

    answer = api.call(method, path, json=body)

    assert answer.status_code == 422
    assert answer.json == {"code": 422, "message": "Validation failed.", "errors": errors}


def test_an_unknown_locale_cannot_be_managed(api):
    answer = create(api, managed_locales=["xx_XX"])

    assert answer.status_code == 422
    assert answer.json["errors"][0]["property"] == "managed_locales"


@pytest.mark.parametrize("body", ["{", "[]", ""])
def test_what_is_no_json_object_is_a_bad_request(api, body):
    headers = {"Content-Type": "application/json"}

    answer = api.call("POST", "/catalogs", data=body, headers=headers)

    assert answer.status_code == 400
    assert answer.json == {"code": 400, "message": "Invalid json message received"}


def test_the_limit_of_catalogs_names_no_property(api):
    api.pim.catalog_limit = 1
    create(api)

    answer = create(api)

    assert answer.status_code == 422
    assert answer.json["errors"] == [{"property": "", "message": "You can create up to 1 catalogs"}]


def test_a_change_answers_the_catalog_and_keeps_what_it_does_not_name(api):
    catalog_id = create(api, managed_locales=["de_DE"]).json["id"]

    answer = api.call("PATCH", f"/catalogs/{catalog_id}", json={"name": "Other", "enabled": True})

    assert answer.status_code == 200
    assert answer.json["name"] == "Other"
    assert answer.json["managed_locales"] == ["de_DE"]
    assert answer.json["enabled"] is False


def test_a_deleted_catalog_is_gone(api):
    catalog_id = create(api).json["id"]

    answer = api.call("DELETE", f"/catalogs/{catalog_id}")

    assert (answer.status_code, answer.data) == (204, b"")
    gone = api.get(f"/catalogs/{catalog_id}")
    assert gone.status_code == 404
    assert gone.json == {
        "code": 404,
        "message": f'Catalog "{catalog_id}" does not exist or you can\'t access it.',
    }


def test_another_apps_catalog_looks_as_if_it_did_not_exist(api):
    catalog = api.catalog()
    api.pim.apps["other"] = App("other", "secret", "Other", "http://a.test", "http://a.test")
    other = api.connect("other")

    answer = api.call("GET", f"/catalogs/{catalog.id}", token=other)
    listed = api.call("GET", "/catalogs", token=other)

    assert answer.status_code == 404
    assert listed.json["_embedded"]["items"] == []


def test_a_copy_has_schema_and_mapping_and_is_disabled(api):
    original = api.catalog(schema=flat_schema(title={"type": "string"}), title="name")

    answer = api.call("POST", f"/catalogs/{original.id}/duplicate", json={"name": "Copy"})

    assert answer.status_code == 201
    assert (answer.json["name"], answer.json["enabled"]) == ("Copy", False)
    copy = api.pim.catalogs[answer.json["id"]]
    assert (copy.schema, copy.mapping) == (original.schema, original.mapping)


def test_the_list_has_a_hundred_to_a_page_and_links_both_ways(api):
    for _ in range(3):
        create(api)

    whole = api.get("/catalogs").json
    second = api.get("/catalogs", page=2, limit=1).json

    root = f"{BASE_URL}/api/rest/v1/catalogs"
    assert len(whole["_embedded"]["items"]) == 3
    assert whole["_links"]["self"]["href"] == f"{root}?page=1&limit=100"
    assert second["current_page"] == 2
    assert second["_links"] == {
        "self": {"href": f"{root}?page=2&limit=1"},
        "first": {"href": f"{root}?page=1&limit=1"},
        "previous": {"href": f"{root}?page=1&limit=1"},
        "next": {"href": f"{root}?page=3&limit=1"},
    }


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 0}, {"page": 0}, {"page": "x"}])
def test_bad_paging_of_the_list_is_a_bad_request(api, query):
    assert api.get("/catalogs", **query).status_code == 400
