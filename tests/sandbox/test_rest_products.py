"""Products and product models of the whole PIM (pim-contract.md 3.2, 3.3, 3.8)."""

import json

import pytest

from sandbox.rest.documents import moment
from tests.sandbox.api import BASE_URL, ROOT, Api, json_of

PRODUCTS, MODELS = "/products-uuid", "/product-models"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def api():
    return Api(130)


@pytest.fixture(scope="module")
def variant(api):
    """A variant with two models above."""
    products = api.pim.assortment.products_after()
    return next(p for p in products if len(list(api.pim.assortment.parents(p))) == 2)


def items(answer):
    return json_of(answer)["_embedded"]["items"]


def keys(answer, key="uuid"):
    return [item[key] for item in items(answer)]


class TestOne:
    def test_a_variant_has_its_own_values_and_those_above_it(self, api, variant):
        product = json_of(api.get(f"{PRODUCTS}/{variant.uuid}"))

        values = product.pop("values")
        assert product == {
            "uuid": variant.uuid,
            "enabled": variant.enabled,
            "family": variant.family,
            "categories": list(variant.categories),
            "groups": [],
            "parent": variant.parent,
            "created": moment(variant.created),
            "updated": moment(variant.updated),
            "associations": {
                code: {"groups": [], "products": [], "product_models": []}
                for code in ("PACK", "SUBSTITUTION", "UPSELL", "X_SELL")
            },
            "quantified_associations": {},
            "metadata": {"workflow_status": "working_copy"},
        }
        assert values["sku"] == [
            {
                "locale": None,
                "scope": None,
                "data": variant.identifier,
                "attribute_type": "pim_catalog_identifier",
            }
        ]
        assert values["color"][0]["data"] == variant.color
        assert {entry["locale"] for entry in values["name"]} == {"en_US", "fr_FR", "de_DE"}
        assert {(e["locale"], e["scope"]) for e in values["description"]} == {
            *(("en_US", "ecommerce"), ("fr_FR", "ecommerce"), ("de_DE", "ecommerce")),
            *(("en_US", "print"), ("de_DE", "print")),
        }

    def test_numbers_with_decimals_are_texts(self, api, variant):
        values = json_of(api.get(f"{PRODUCTS}/{variant.uuid}"))["values"]

        weight = values["weight"][0]["data"]
        assert (weight["unit"], weight["symbol"]) == ("KILOGRAM", "kg")
        assert float(weight["amount"]) > 0
        prices = values["price"][0]["data"]
        assert [price["currency"] for price in prices] == ["EUR", "USD"]
        assert all(isinstance(price["amount"], str) for price in prices)

    def test_a_model_has_what_its_variants_share(self, api, variant):
        nearest, root = api.pim.assortment.parents(variant)

        sub_model = json_of(api.get(f"{MODELS}/{nearest.code}"))
        root_model = json_of(api.get(f"{MODELS}/{root.code}"))

        assert (sub_model["parent"], root_model["parent"]) == (root.code, None)
        assert sub_model["family_variant"] == root_model["family_variant"] == root.family_variant
        assert "enabled" not in root_model
        assert set(root_model["values"]) < set(sub_model["values"])
        assert "color" in sub_model["values"]
        assert "color" not in root_model["values"]
        assert "sku" not in sub_model["values"]

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            (
                f"{PRODUCTS}/{NOBODY}",
                f"Product {NOBODY} does not exist or you do not have permission to access it.",
            ),
            (
                f"{PRODUCTS}/nonsense",
                "Product nonsense does not exist or you do not have permission to access it.",
            ),
            (
                f"{MODELS}/nonsense",
                'Product model "nonsense" does not exist or you do not have permission to access '
                "it.",
            ),
        ],
    )
    def test_what_does_not_exist_may_as_well_be_hidden(self, api, path, message):
        answer = api.get(path)

        assert (answer.status_code, answer.json) == (404, {"code": 404, "message": message})

    def test_scores_and_completenesses_come_on_request(self, api, variant):
        plain = json_of(api.get(f"{PRODUCTS}/{variant.uuid}"))
        asked = json_of(
            api.get(
                f"{PRODUCTS}/{variant.uuid}", with_quality_scores="true", with_completenesses="true"
            )
        )

        places = [
            *(("ecommerce", "de_DE"), ("ecommerce", "en_US"), ("ecommerce", "fr_FR")),
            *(("print", "de_DE"), ("print", "en_US")),
        ]
        assert asked.keys() - plain.keys() == {"quality_scores", "completenesses"}
        for name in ("quality_scores", "completenesses"):
            assert [(each["scope"], each["locale"]) for each in asked[name]] == places
        assert {each["data"] for each in asked["completenesses"]} == {100}
        assert {each["data"] for each in asked["quality_scores"]} <= set("ABCDE")

    def test_a_product_without_a_required_value_is_not_complete(self):
        api = Api(0)
        product = api.pim.add_product("CUP-1", "mugs", {("name", "en_US", None): "Cup"})

        shown = json_of(api.get(f"{PRODUCTS}/{product.uuid}", with_completenesses="true"))

        found = {(e["scope"], e["locale"]): e["data"] for e in shown["completenesses"]}
        assert found[("print", "en_US")] == 66
        assert found[("print", "de_DE")] == 33
        assert found[("ecommerce", "en_US")] == 22

    def test_options_come_with_their_labels_on_request(self, api, variant):
        values = json_of(api.get(f"{PRODUCTS}/{variant.uuid}", with_attribute_options="true"))[
            "values"
        ]

        color = api.pim.assortment.options["color"][variant.color]
        assert values["color"][0]["linked_data"] == {
            "attribute": "color",
            "code": variant.color,
            "labels": color["labels"],
        }
        materials = values["materials"][0]
        assert list(materials["linked_data"]) == materials["data"]
        assert "linked_data" not in values["name"][0]


@pytest.mark.parametrize(("path", "key"), [(PRODUCTS, "uuid"), (MODELS, "code")])
class TestPages:
    def test_ten_to_a_page_with_links_both_ways(self, api, path, key):
        first = json_of(api.get(path))
        second = json_of(api.get(path, page=2, limit=10))

        url = f"{BASE_URL}{ROOT}{path}"
        assert first["current_page"] == 1
        assert first["_links"] == {
            "self": {"href": f"{url}?page=1&limit=10"},
            "first": {"href": f"{url}?page=1&limit=10"},
            "next": {"href": f"{url}?page=2&limit=10"},
        }
        assert second["_links"]["previous"] == {"href": f"{url}?page=1&limit=10"}
        shown = [item[key] for page in (first, second) for item in page["_embedded"]["items"]]
        assert len(set(shown)) == 20
        assert first["_embedded"]["items"][0]["_links"] == {"self": {"href": f"{url}/{shown[0]}"}}

    def test_the_last_page_has_no_next_link(self, api, path, key):
        every, pages = api.all(path, limit=50)

        expected = {
            "uuid": [product.uuid for product in api.pim.assortment.products_after()],
            "code": sorted(api.pim.assortment.models),
        }[key]
        assert [item[key] for item in every] == expected
        assert pages == -(-len(expected) // 50)

    def test_by_cursor_there_is_no_number_and_no_way_back(self, api, path, key):
        first = json_of(api.get(path, pagination_type="search_after", limit=20))
        every, _ = api.all(path, pagination_type="search_after", limit=20)

        assert first.keys() == {"_links", "_embedded"}
        assert first["_links"].keys() == {"self", "first", "next"}
        assert [item[key] for item in every] == [item[key] for item in api.all(path, limit=100)[0]]

    def test_counting_is_optional(self, api, path, key):
        counted = json_of(api.get(path, with_count="true", limit=1))

        assert counted["items_count"] == len(api.all(path, limit=100)[0])
        assert "items_count" not in json_of(api.get(path, with_count="false"))
        assert "items_count" not in json_of(
            api.get(path, with_count="true", pagination_type="search_after")
        )

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ({"limit": 101}, "You cannot request more than 100 items."),
            ({"limit": 0}, '"0" is not a valid limit number.'),
            ({"limit": "x"}, '"x" is not a valid limit number.'),
            ({"limit": "9" * 5000}, f'"{"9" * 5000}" is not a valid limit number.'),
            ({"page": 0}, '"0" is not a valid page number.'),
            ({"page": -1}, '"-1" is not a valid page number.'),
            (
                {"with_count": "yes"},
                'Parameter "with_count" has to be a boolean. Only "true" or "false" allowed, "yes" '
                "given.",
            ),
            ({"pagination_type": "x"}, "Pagination type does not exist."),
            ({"attributes": "nonsense"}, 'Attribute "nonsense" does not exist.'),
            ({"locales": "es_ES"}, 'Locale "es_ES" does not exist or is not activated.'),
            ({"scope": "nonsense"}, 'Scope "nonsense" does not exist.'),
        ],
    )
    def test_what_cannot_be_asked_for_is_told_in_words(self, api, path, key, query, message):
        answer = api.get(path, **query)

        assert (answer.status_code, answer.json) == (422, {"code": 422, "message": message})

    def test_ten_thousand_is_as_far_as_numbers_lead(self, api, path, key):
        near, far = api.get(path, page=100, limit=100), api.get(path, page=101, limit=100)

        assert near.status_code == 200
        assert far.status_code == 422
        assert "Please use the search after pagination type" in far.json["message"]
        assert far.json["_links"]["documentation"]["href"].endswith("#the-search-after-method")

    def test_values_are_left_out_by_attribute_locale_and_channel(self, api, path, key):
        shown = items(
            api.get(path, attributes="name,description,price", locales="en_US,fr_FR", scope="print")
        )

        assert {code for item in shown for code in item["values"]} == {
            *("name", "description", "price")
        }
        places = {
            (code, entry["locale"], entry["scope"])
            for item in shown
            for code, entries in item["values"].items()
            for entry in entries
        }
        assert places == {
            *(("name", "en_US", None), ("name", "fr_FR", None)),
            ("description", "en_US", "print"),
            ("price", None, None),
        }


def test_a_channel_shows_its_own_tree_only():
    api = Api(0)
    inside = api.pim.add_product("CUP-1", "mugs", categories=("mugs",))
    api.pim.add_product("CUP-2", "mugs", categories=("gift_guide",))
    api.pim.add_product("CUP-3", "mugs")

    assert keys(api.get(PRODUCTS, scope="ecommerce")) == [inside.uuid]
    assert len(keys(api.get(PRODUCTS))) == 3


class TestSearchByPost:
    def test_it_finds_what_the_list_finds_and_leads_on_to_the_list(self, api):
        search = json.dumps({"parent": [{"operator": "NOT EMPTY"}]})

        by_post = api.call(
            "POST",
            f"{PRODUCTS}/search",
            json={"search": search, "limit": 15, "attributes": "sku", "with_count": True},
        )
        by_get = api.get(PRODUCTS, search=search, limit=15, attributes="sku", with_count="true")

        assert by_post.json == by_get.json
        following = by_post.json["_links"]["next"]["href"].removeprefix(BASE_URL + ROOT)
        assert len(items(api.call("GET", following))) == 15

    @pytest.mark.parametrize(
        ("body", "status", "message"),
        [
            ({"search": {"enabled": []}}, 422, "Search query parameter should be valid JSON."),
            (
                {"search": json.dumps({"uuid": [{"operator": "IN", "value": [NOBODY]}] * 21})},
                422,
                "A search has at most 20 criteria.",
            ),
            (
                {"search": json.dumps({"uuid": [{"operator": "IN", "value": [NOBODY] * 801}]})},
                422,
                "A list in a search has at most 800 members.",
            ),
            ({"attributes": "name," * 801}, 422, "A list in a search has at most 800 members."),
            ([], 400, "Invalid json message received"),
        ],
    )
    def test_what_it_does_not_take_is_told_in_words(self, api, body, status, message):
        answer = api.call("POST", f"{PRODUCTS}/search", json=body)

        assert (answer.status_code, answer.json["message"]) == (status, message)
