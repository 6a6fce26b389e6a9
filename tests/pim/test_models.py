"""Models and their variants as the client reads them, at answers made by hand."""

import json

import pytest
from responses import matchers

from pim.errors import CatalogDisabled, CatalogGone, UnexpectedAnswer
from pim.models import with_variants
from pim.values import RawModel, RawProduct
from tests.pim.conftest import API

UUIDS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(4)]
ROOT = f"{API}/catalogs/c1/mapped-models"


@pytest.fixture
def models(client):
    return client.models("c1")


def page(*items, next_link=None):
    links = {"next": {"href": next_link}} if next_link else {}
    return {"_links": links, "_embedded": {"items": list(items)}}


def variant(uuid, **more):
    return RawProduct(uuid, json.dumps({"uuid": uuid, **more}).encode())


def test_an_address_of_variants_on_another_host_is_never_called(http, models):
    evil = "https://evil.example/api/rest/v1/catalogs/c1/mapped-models/shirt/variants"
    http.get(ROOT, json=page({"code": "shirt", "variants": evil}))
    http.get(f"{ROOT}/shirt/variants", json=page({"uuid": UUIDS[0]}))

    [found] = list(models.pages())
    variants = models.variants("shirt")

    assert [model.key for model in found.models] == ["shirt"]
    assert found.models[0].variants is None
    assert [one.key for one in variants] == [UUIDS[0]]
    assert all("evil" not in call.request.url for call in http.calls)


def test_a_code_with_slashes_and_spaces_is_quoted(http, models):
    http.get(f"{ROOT}/a%2Fb%20c%3F/variants", json=page({"uuid": UUIDS[0]}))

    assert [one.key for one in models.variants("a/b c?")] == [UUIDS[0]]


def test_all_pages_of_variants_are_read(http, models):
    following = f"{ROOT}/shirt/variants?search_after={UUIDS[0]}&limit=100"
    after = matchers.query_param_matcher({"search_after": UUIDS[0], "limit": "100"})
    first = matchers.query_param_matcher({"limit": "100"})
    path = f"{ROOT}/shirt/variants"
    http.get(path, match=[first], json=page({"uuid": UUIDS[0]}, next_link=following))
    http.get(path, match=[after], json=page({"uuid": UUIDS[1]}))

    assert [one.key for one in models.variants("shirt")] == UUIDS[:2]


def test_the_variants_of_a_model_that_left_are_none(http, models):
    http.get(f"{ROOT}/shirt/variants", status=404, json={"code": 404, "message": "No."})

    assert models.variants("shirt") == ()


def test_200_with_an_error_is_no_empty_list_of_variants(http, models):
    http.get(f"{ROOT}/shirt/variants", json={"error": "The catalog was disabled."})

    with pytest.raises(CatalogDisabled):
        models.variants("shirt")


def test_a_catalog_that_is_gone_is_no_empty_list_of_models(http, models):
    http.get(ROOT, status=404, json={"code": 404, "message": "No such catalog."})

    with pytest.raises(CatalogGone):
        list(models.pages())


@pytest.mark.parametrize("code", ["", "x" * 256, "a\u001fb", 7, None])
def test_a_model_without_a_proper_code_is_no_model(http, models, code):
    http.get(ROOT, json=page({"code": code, "variants": "…"}))

    with pytest.raises(UnexpectedAnswer):
        list(models.pages())


def test_one_model_is_asked_for_by_what_is_right_before_it(http, models):
    before = matchers.query_param_matcher({"limit": "1", "search_after": "shirt-1~"})
    http.get(ROOT, match=[before], json=page({"code": "shirt-2", "name": "Shirt"}))

    found = models.one("shirt-2")

    assert found is not None
    assert json.loads(found.body) == {"code": "shirt-2", "name": "Shirt"}


@pytest.mark.parametrize("items", [[], [{"code": "shirt-3"}]])
def test_another_model_is_not_taken_for_it(http, models, items):
    http.get(ROOT, json=page(*items))

    assert models.one("shirt-2") is None


@pytest.mark.parametrize("code", ["ärmel-ß", "日本", "blank "])
def test_a_code_that_is_hard_to_order_is_not_guessed_at(http, models, code):
    assert models.one(code) is None
    assert not http.calls


def test_models_are_searched_for_until_all_are_found(http, models):
    http.get(ROOT, json=page({"code": "a"}, {"code": "b"}, next_link=f"{ROOT}?search_after=b"))

    assert [one.key for one in models.search({"b"})] == ["b"]
    assert len(http.calls) == 1


def test_the_model_at_the_top_is_found_with_a_call_for_each_unknown_model_between(http, models):
    parents = ["top-blue", "known", None]
    items = [{"uuid": uuid, "parent": parent} for uuid, parent in zip(UUIDS, parents, strict=False)]
    http.get(f"{API}/products-uuid", json=page(*items))
    http.get(f"{API}/product-models/top-blue", json={"code": "top-blue", "parent": "top"})

    roots = models.roots(UUIDS, known=lambda codes: {"known"})

    assert roots == {UUIDS[0]: "top", UUIDS[1]: "known", UUIDS[2]: None}
    assert len(http.calls) == 2


def test_values_stay_to_the_letter():
    body = b'{"code": "a" , "weight":1.50, "variants": "https://pim/x" , "name":"\\u00e9"}'
    one = RawProduct(UUIDS[0], b'{"uuid": "x",  "price": 10.00}')

    joined = with_variants(RawModel("a", body), [one])

    assert joined.variants == (UUIDS[0],)
    assert joined.body == (
        b'{"code":"a","weight":1.50,"variants":[{"uuid": "x",  "price": 10.00}],"name":"\\u00e9"}'
    )


@pytest.mark.parametrize("name", ["variation_axes_values", "variant_axes_values"])
def test_both_names_of_the_axis_values_become_one(name):
    axes = [{"code": "color", "value": "blue", "label": []}]

    joined = with_variants(RawModel("a", b'{"code":"a"}'), [variant(UUIDS[0], **{name: axes})])

    [found] = json.loads(joined.body)["variants"]
    assert found == {"uuid": UUIDS[0], "variation_axes_values": axes}


def test_a_target_that_mentions_the_other_name_is_left_alone():
    one = variant(UUIDS[0], note="variant_axes_values")

    assert json.loads(with_variants(RawModel("a", b"{}"), [one]).body)["variants"] == [
        {"uuid": UUIDS[0], "note": "variant_axes_values"}
    ]


def test_variants_that_came_along_are_kept_byte_by_byte():
    body = b'{"code":"a", "variants" : [ {"uuid":"%s"} ] }' % UUIDS[0].encode()
    along = (RawProduct(UUIDS[0], b'{"uuid":"%s"}' % UUIDS[0].encode()),)

    assert with_variants(RawModel("a", body, along), along).body == body
