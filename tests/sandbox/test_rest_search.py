"""The operators of a product search, one by one (pim-contract.md 3.3)."""

import json

import pytest

from tests.sandbox.api import Api, json_of

DAY = 86_400


@pytest.fixture(scope="module")
def api():
    return Api(200)


@pytest.fixture(scope="module")
def products(api):
    """Every product as the API shows it, by uuid."""
    shown, _ = api.all("/products-uuid", limit=100, with_completenesses="true")
    return {product["uuid"]: product for product in shown}


@pytest.fixture(scope="module")
def odd():
    """A PIM with products that a believable shop has not."""
    api = Api(0)
    api.pim.add_product("CUP-1", "mugs", {("name", "en_US", None): "Cup"}, ("mugs",))
    api.pim.add_product("CUP-2", None)
    return api


def found(api, name, operator, value=None, path="/products-uuid", **more):
    condition = {"operator": operator, **more} | ({} if value is None else {"value": value})
    shown, _ = api.all(path, limit=100, search=json.dumps({name: [condition]}))
    return shown


def skus(shown):
    return sorted(product["values"]["sku"][0]["data"] for product in shown)


def data(product, code, locale=None, scope=None):
    for entry in product["values"].get(code, []):
        if (entry["locale"], entry["scope"]) == (locale, scope):
            return entry["data"]
    return None


def kilograms(product):
    weight = data(product, "weight")
    return float(weight["amount"])


def euros(product):
    return next(float(p["amount"]) for p in data(product, "price") if p["currency"] == "EUR")


# (property, operator, value, more of the condition, what a product that fits is like)
OPERATORS = [
    ("enabled", "=", False, {}, lambda p: not p["enabled"]),
    ("enabled", "!=", False, {}, lambda p: p["enabled"]),
    ("family", "IN", ["mugs", "shoes"], {}, lambda p: p["family"] in ("mugs", "shoes")),
    ("family", "NOT IN", ["mugs"], {}, lambda p: p["family"] != "mugs"),
    ("family", "NOT EMPTY", None, {}, lambda p: True),
    ("categories", "IN", ["mugs"], {}, lambda p: "mugs" in p["categories"]),
    ("categories", "NOT IN", ["mugs"], {}, lambda p: "mugs" not in p["categories"]),
    (
        "categories",
        "IN CHILDREN",
        ["home"],
        {},
        lambda p: {"mugs", "table_lamps", "floor_lamps"} & set(p["categories"]),
    ),
    (
        "categories",
        "NOT IN CHILDREN",
        ["home"],
        {},
        lambda p: not {"mugs", "table_lamps", "floor_lamps"} & set(p["categories"]),
    ),
    ("categories", "IN OR UNCLASSIFIED", ["mugs"], {}, lambda p: "mugs" in p["categories"]),
    ("categories", "UNCLASSIFIED", None, {}, lambda p: not p["categories"]),
    ("groups", "EMPTY", None, {}, lambda p: True),
    ("parent", "EMPTY", None, {}, lambda p: p["parent"] is None),
    ("parent", "NOT EMPTY", None, {}, lambda p: p["parent"] is not None),
    ("sku", "STARTS WITH", "tsh", {}, lambda p: data(p, "sku").startswith("TSH")),
    ("sku", "NOT EMPTY", None, {}, lambda p: True),
    (
        "name",
        "CONTAINS",
        "Shirt",
        {"locale": "de_DE"},
        lambda p: "hirt" in data(p, "name", "de_DE"),
    ),
    (
        "name",
        "DOES NOT CONTAIN",
        "shirt",
        {"locale": "de_DE"},
        lambda p: "hirt" not in data(p, "name", "de_DE"),
    ),
    (
        "description",
        "NOT EMPTY",
        None,
        {"locale": "fr_FR", "scope": "ecommerce"},
        lambda p: True,
    ),
    ("slogan", "EMPTY", None, {"locale": "en_US"}, lambda p: data(p, "slogan", "en_US") is None),
    ("color", "IN", ["red", "blue"], {}, lambda p: data(p, "color") in ("red", "blue")),
    ("color", "NOT IN", ["red"], {}, lambda p: data(p, "color") != "red"),
    ("materials", "IN", ["cotton"], {}, lambda p: "cotton" in data(p, "materials")),
    ("is_new", "=", True, {}, lambda p: data(p, "is_new") is True),
    ("is_new", "EMPTY", None, {}, lambda p: data(p, "is_new") is None),
    ("delivery_days", "<=", 5, {}, lambda p: (data(p, "delivery_days") or 99) <= 5),
    ("weight", ">", {"amount": 500, "unit": "GRAM"}, {}, lambda p: kilograms(p) > 0.5),
    ("price", "<", {"amount": "50", "currency": "EUR"}, {}, lambda p: euros(p) < 50),
    (
        "release_date",
        ">",
        "2023-06-01",
        {},
        lambda p: (data(p, "release_date") or "") > "2023-06-02",
    ),
    (
        "release_date",
        "BETWEEN",
        ["2022-01-01", "2022-12-31"],
        {},
        lambda p: (data(p, "release_date") or "").startswith("2022"),
    ),
    ("image", "CONTAINS", "-red", {}, lambda p: "-red" in data(p, "image")),
    ("manual", "EMPTY", None, {}, lambda p: data(p, "manual") is None),
    ("completeness", "=", 100, {"scope": "ecommerce"}, lambda p: True),
    ("completeness", "<", 100, {"scope": "ecommerce"}, lambda p: False),
]


@pytest.mark.parametrize(
    ("name", "operator", "value", "more", "fits"),
    OPERATORS,
    ids=[f"{name} {operator}" for name, operator, *_ in OPERATORS],
)
def test_an_operator_finds_what_fits_and_nothing_else(
    api, products, name, operator, value, more, fits
):
    shown = found(api, name, operator, value, **more)

    expected = {uuid for uuid, product in products.items() if fits(product)}
    assert {product["uuid"] for product in shown} == expected


def test_uuids_and_identifiers_are_found_by_lists(api, products):
    some = sorted(products)[:3]

    assert [p["uuid"] for p in found(api, "uuid", "IN", some)] == some
    assert len(found(api, "uuid", "NOT IN", some)) == len(products) - 3
    wanted = skus(products[uuid] for uuid in some)
    assert skus(found(api, "sku", "IN", wanted)) == wanted
    assert skus(found(api, "sku", "IN", [sku.lower() for sku in wanted])) == wanted
    assert skus(found(api, "identifier", "IN", [sku.lower() for sku in wanted])) == wanted


def test_the_parent_is_the_nearest_model_or_any_above(api, products):
    models = api.pim.assortment.models
    lower = next(model for model in models.values() if model.parent)

    direct = found(api, "parent", "IN", [lower.code])
    below_lower = found(api, "parent", "=", lower.code)
    below_root = found(api, "parent", "=", lower.parent)

    assert direct == below_lower
    assert {p["parent"] for p in direct} == {lower.code}
    assert len(below_root) > len(direct)
    assert all(p["parent"] in models and models[p["parent"]].parent == lower.parent
               for p in below_root)  # fmt: skip
    assert [m["code"] for m in found(api, "parent", "IN", [lower.parent], path="/product-models")]
    assert not found(api, "parent", "IN", [lower.parent])


class TestDates:
    @pytest.fixture
    def api(self):
        """A PIM of mugs, of which one was changed an hour before now."""
        api = Api(0)
        self.now = api.pim.clock()
        api.pim.clock = lambda: self.now - 10 * DAY
        api.pim.add_product("OLD", "mugs")
        api.pim.clock = lambda: self.now - 3600
        api.pim.add_product("NEW", "mugs")
        api.pim.clock = lambda: self.now
        return api

    # The clock of the tests stands at 2025-06-15 15:06:40.
    @pytest.mark.parametrize(
        ("operator", "value", "expected"),
        [
            (">", "2025-06-15 14:06:39", ["NEW"]),
            (">", "2025-06-15 14:06:40", []),
            ("<", "2025-06-15 14:06:40", ["OLD"]),
            ("=", "2025-06-15 00:00:00", ["NEW"]),
            ("!=", "2025-06-15 00:00:00", ["OLD"]),
            ("BETWEEN", ["2025-06-05 00:00:00", "2025-06-06 00:00:00"], ["OLD"]),
            ("NOT BETWEEN", ["2025-06-05 00:00:00", "2025-06-06 00:00:00"], ["NEW"]),
            ("SINCE LAST N DAYS", 2, ["NEW"]),
            ("SINCE LAST N DAYS", 20, ["NEW", "OLD"]),
        ],
    )
    @pytest.mark.parametrize("name", ["updated", "created"])
    def test_they_are_compared_by_second_or_by_day(self, api, name, operator, value, expected):
        assert skus(found(api, name, operator, value)) == expected

    def test_a_variant_is_found_by_the_date_of_its_models(self):
        api = Api(60)
        variant = next(p for p in api.pim.assortment.products_after() if p.parent)
        *_, root = api.pim.assortment.parents(variant)
        api.pim.edit_model(root.code, "name", "New", locale="en_US")

        shown = found(api, "updated", ">", "2025-06-01 00:00:00")

        below = {product.uuid for product in api.pim.assortment.variants_below(root.code)}
        assert {product["uuid"] for product in shown} == below


def test_completeness_and_score_tell_what_is_missing(odd):
    in_english = {"scope": "print", "locale": "en_US"}
    on_all = {"scope": "print", "locales": ["en_US", "de_DE"]}

    assert skus(found(odd, "completeness", ">", 50, scope="print")) == ["CUP-1"]
    assert skus(found(odd, "completeness", "=", 66, **in_english)) == ["CUP-1"]
    assert skus(found(odd, "completeness", "GREATER THAN ON ALL LOCALES", 30, **on_all)) == [
        "CUP-1"
    ]
    assert skus(found(odd, "completeness", "GREATER THAN ON ALL LOCALES", 50, **on_all)) == []
    assert skus(
        found(odd, "completeness", "LOWER OR EQUALS THAN ON ALL LOCALES", 66, **on_all)
    ) == ["CUP-1"]
    assert skus(found(odd, "quality_score", "IN", ["E"], **in_english)) == ["CUP-1"]
    assert skus(found(odd, "quality_score", "IN", ["A"], **in_english)) == []


def test_a_product_without_family_or_category_can_be_found(odd):
    assert skus(found(odd, "family", "EMPTY")) == ["CUP-2"]
    assert skus(found(odd, "categories", "UNCLASSIFIED")) == ["CUP-2"]
    assert skus(found(odd, "categories", "IN OR UNCLASSIFIED", ["mugs"])) == ["CUP-1", "CUP-2"]


def test_all_conditions_must_hold(api, products):
    search = {
        "family": [{"operator": "IN", "value": ["mugs"]}],
        "enabled": [{"operator": "=", "value": True}],
        "color": [
            {"operator": "IN", "value": ["red", "blue", "green"]},
            {"operator": "NOT IN", "value": ["red"]},
        ],
    }

    shown, _ = api.all("/products-uuid", limit=100, search=json.dumps(search))

    assert {p["uuid"] for p in shown} == {
        uuid
        for uuid, p in products.items()
        if p["family"] == "mugs" and p["enabled"] and data(p, "color") in ("blue", "green")
    }


def test_locale_and_channel_can_be_named_for_all_conditions(api):
    search = json.dumps({"description": [{"operator": "CONTAINS", "value": "The"}]})

    named = api.get("/products-uuid", search=search, search_locale="en_US", search_scope="print")

    assert json_of(named)["_embedded"]["items"]
    assert api.get("/products-uuid", search=search).status_code == 422


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ("{", "Search query parameter should be valid JSON."),
        ("[]", "Search query parameter should be valid JSON."),
        (
            {"name": "x"},
            'Structure of filter "name" should respect this structure: '
            '{"name": [{"operator": "my_operator", "value": "my_value"}]}',
        ),
        ({"name": [{"value": "x"}]}, 'Operator is missing for the property "name".'),
        (
            {"nonsense": [{"operator": "=", "value": 1}]},
            'Filter on property "nonsense" is not supported or does not support operator "="',
        ),
        (
            {"enabled": [{"operator": "IN", "value": [True]}]},
            'Filter on property "enabled" is not supported or does not support operator "IN"',
        ),
        (
            {"is_new": [{"operator": "CONTAINS", "value": "x"}]},
            'Filter on property "is_new" is not supported or does not support operator "CONTAINS"',
        ),
        (
            {"enabled": [{"operator": "=", "value": "yes"}]},
            'Property "enabled" expects a boolean as data, "yes" given.',
        ),
        (
            {"family": [{"operator": "IN", "value": ["nonsense"]}]},
            'Object "family" with code "nonsense" does not exist',
        ),
        (
            {"family": [{"operator": "IN", "value": "mugs"}]},
            'Property "family" expects an array as data, "mugs" given.',
        ),
        (
            {"categories": [{"operator": "IN", "value": ["nonsense"]}]},
            'Object "category" with code "nonsense" does not exist',
        ),
        (
            {"parent": [{"operator": "=", "value": "nonsense"}]},
            'Object "product model" with code "nonsense" does not exist',
        ),
        (
            {"name": [{"operator": "=", "value": "x"}]},
            'Attribute "name" expects a locale, none given.',
        ),
        (
            {"name": [{"operator": "=", "value": "x", "locale": "es_ES"}]},
            'Attribute "name" expects an existing and activated locale, "es_ES" given.',
        ),
        (
            {"description": [{"operator": "=", "value": "x", "locale": "en_US"}]},
            'Attribute "description" expects a scope, none given.',
        ),
        (
            {"updated": [{"operator": ">", "value": "2024-01-01T00:00:00Z"}]},
            'Property "updated" expects a string with the format "yyyy-mm-dd H:i:s" as data, '
            '"2024-01-01T00:00:00Z" given.',
        ),
        (
            {"completeness": [{"operator": "=", "value": 100}]},
            'Property "completeness" expects a valid scope.',
        ),
        (
            {"sku": [{"operator": "IN", "value": ["x"] * 101}]},
            'Property "sku" expects at most 100 values.',
        ),
        (
            {"weight": [{"operator": ">", "value": {"amount": 1, "unit": "METER"}}]},
            'Property "weight" expects a valid unit, "METER" given.',
        ),
        (
            {"price": [{"operator": ">", "value": 1}]},
            'Property "price" expects an object with amount and currency as data, "1" given.',
        ),
    ],
)
def test_a_bad_search_is_refused_in_words(odd, search, message):
    text = search if isinstance(search, str) else json.dumps(search)

    answer = odd.get("/products-uuid", search=text)

    assert (answer.status_code, answer.json["message"]) == (422, message)
