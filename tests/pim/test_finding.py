"""Finding products where the PIM writes their names in other ways than they were asked for."""

import json

import pytest

from pim import finding
from pim.client import PimClient
from pim.errors import UnexpectedAnswer
from tests.pim.conftest import API

UUID = "0C74F050-8E62-40B4-B691-19C1966C01DE"


def product(sku, **more):
    values = {"sku": [{"locale": None, "scope": None, "data": sku}]} if sku else []
    return {"uuid": UUID, "enabled": True, "values": values} | more


def found(http, *items):
    page = {"_links": {}, "_embedded": {"items": list(items)}}
    http.post(f"{API}/products-uuid/search", json=page)


def test_an_identifier_is_found_in_capitals_or_not(http, client):
    found(http, product("ABC-1"), product("abc-2", family="mugs"), product("ABC-2"))

    answer = finding.products_by_identifier(client, "sku", ["abc-1", "abc-2", "abc-3"])

    assert {asked: one.identifier for asked, one in answer.items()} == {
        "abc-1": "ABC-1",
        "abc-2": "abc-2",
    }
    assert answer["abc-1"].uuid == UUID.lower()


def test_a_uuid_is_found_in_capitals_or_not(http, client):
    found(http, product(None, categories=None, family="", values={"sku": [], "x": "y"}))

    answer = finding.products_by_uuid(client, "sku", [UUID])

    one = answer[UUID]
    assert (one.identifier, one.family, one.categories, one.values) == (None, None, (), {})


@pytest.mark.parametrize(
    "wrong",
    [{"uuid": 5}, {"family": {"code": "mugs"}}, {"parent": ["mug"]}, {"categories": 5}],
    ids=["uuid", "family", "parent", "categories"],
)
def test_what_is_no_product_is_an_answer_of_no_pim(http, client, wrong):
    found(http, product("abc-1", **wrong))

    with pytest.raises(UnexpectedAnswer):
        finding.products_by_uuid(client, "sku", [UUID])


def test_it_asks_by_post_for_what_is_needed_and_for_no_more(http, client):
    found(http)

    finding.products_by_identifier(client, "sku", ["a", "a"], attributes=["name", "sku"])

    [call] = http.calls
    body = json.loads(call.request.body)
    assert json.loads(body["search"]) == {"sku": [{"operator": "IN", "value": ["a"]}]}
    assert body["attributes"] == "sku,name"
    assert call.request.url.endswith("/search?pagination_type=search_after&limit=100")


def test_a_copy_of_an_installation_may_search(http, session):
    def refuse():
        raise AssertionError("It only reads.")

    client = PimClient(
        "https://acme.cloud.akeneo.com", "token", session=session, before_write=refuse
    )
    found(http, product("a"))

    assert list(finding.products_by_identifier(client, "sku", ["a"])) == ["a"]


def test_a_pim_that_is_unwell_is_asked_again(http, client, waits):
    http.post(f"{API}/products-uuid/search", status=503)
    found(http, product("a"))

    assert list(finding.products_by_identifier(client, "sku", ["a"])) == ["a"]
    assert len(waits) == 1


@pytest.mark.parametrize("labels", [{}, []])
def test_a_model_is_read_without_values(http, client, labels):
    page = {"_embedded": {"items": [{"code": "M", "values": labels, "parent": ""}]}}
    http.get(f"{API}/product-models", json=page)

    model = finding.models_by_code(client, ["m"])["m"]

    assert (model.code, model.values, model.parent) == ("M", {}, None)
