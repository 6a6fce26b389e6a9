"""What products refer to: families, attributes, categories and so on (pim-contract.md 3.9)."""

import json

import pytest

from tests.sandbox.api import BASE_URL, ROOT, Api, json_of

# List -> the code of one of its resources, and what a person calls one.
LISTS = {
    "/families": ("t_shirts", "Family"),
    "/attributes": ("color", "Attribute"),
    "/attribute-groups": ("general", "Attribute group"),
    "/categories": ("mugs", "Category"),
    "/channels": ("print", "Channel"),
    "/locales": ("fr_FR", "Locale"),
    "/currencies": ("EUR", "Currency"),
    "/association-types": ("X_SELL", "Association type"),
}
BELOW = {
    "/families/t_shirts/variants": "t_shirts_by_color_size",
    "/attributes/color/options": "red",
}
DATED = ["/families", "/attributes", "/attribute-groups", "/categories"]


@pytest.fixture(scope="module")
def api():
    """Nothing here changes it."""
    return Api()


def codes(shown):
    return [resource["code"] for resource in shown]


def search(api, path, name, operator, value):
    text = json.dumps({name: [{"operator": operator, "value": value}]})
    shown, _ = api.all(path, limit=100, search=text)
    return codes(shown)


class TestLists:
    @pytest.mark.parametrize("path", [*LISTS, *BELOW])
    def test_its_pages_hold_what_single_resources_say(self, api, path):
        every, _ = api.all(path, limit=100)
        first = json_of(api.get(path, limit=1, with_count="true"))

        url = f"{BASE_URL}{ROOT}{path}"
        code = BELOW[path] if path in BELOW else LISTS[path][0]
        shown = next(resource for resource in every if resource["code"] == code)
        assert shown.pop("_links") == {"self": {"href": f"{url}/{code}"}}
        assert json_of(api.get(f"{path}/{code}")) == shown
        assert first["current_page"] == 1
        assert first["items_count"] == len(every)
        assert ("next" in first["_links"]) is (len(every) > 1)
        assert len(first["_embedded"]["items"]) == 1

    @pytest.mark.parametrize("path", [p for p in [*LISTS, *BELOW] if p != "/categories"])
    def test_it_is_sorted_by_code(self, api, path):
        every, _ = api.all(path, limit=100)

        assert codes(every) == sorted(codes(every))

    def test_categories_come_as_their_trees_are(self, api):
        every, _ = api.all("/categories", limit=100)

        place = {code: number for number, code in enumerate(codes(every))}
        assert codes(every)[:3] == ["master", "clothing", "t_shirts_women"]
        assert all(
            place[category["parent"]] < place[category["code"]]
            for category in every
            if category["parent"]
        )

    @pytest.mark.parametrize("path", [*LISTS, *BELOW])
    def test_a_page_past_the_end_is_empty_and_a_bad_one_refused(self, api, path):
        past, bad = api.get(path, page=1000), api.get(path, limit=101)

        assert json_of(past)["_embedded"] == {"items": []}
        assert (bad.status_code, bad.json["message"]) == (
            422,
            "You cannot request more than 100 items.",
        )

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            *((f"{path}/nothing", f'{name} "nothing" does not exist.')
              for path, (_, name) in LISTS.items()),
            ("/families/nothing/variants", 'Family "nothing" does not exist.'),
            (
                "/families/t_shirts/variants/nothing",
                'Family variant "nothing" does not exist or is not a variant of the family '
                '"t_shirts".',
            ),
            ("/attributes/nothing/options", 'Attribute "nothing" does not exist.'),
            (
                "/attributes/name/options",
                'Attribute "name" does not support options. Only attributes of type '
                '"pim_catalog_simpleselect", "pim_catalog_multiselect" support options.',
            ),
            (
                "/attributes/color/options/nothing",
                'Attribute option "nothing" does not exist or is not an option of the attribute '
                '"color".',
            ),
        ],
    )  # fmt: skip
    def test_what_does_not_exist_is_named(self, api, path, message):
        answer = api.get(path)

        assert (answer.status_code, answer.json) == (404, {"code": 404, "message": message})


class TestSearch:
    @pytest.mark.parametrize("path", DATED)
    def test_codes_can_be_listed(self, api, path):
        code, _ = LISTS[path]

        assert search(api, path, "code", "IN", [code, "nothing"]) == [code]

    @pytest.mark.parametrize("path", DATED)
    def test_nothing_of_the_structure_has_changed_since_it_was_made(self, api, path):
        assert search(api, path, "updated", ">", "2025-01-06T09:29:59Z")
        assert search(api, path, "updated", ">", "2025-01-06T09:30:00+00:00") == []

    def test_attributes_can_be_chosen_by_type(self, api):
        found = search(api, "/attributes", "type", "IN", ["pim_catalog_identifier"])

        assert found == ["sku"]

    def test_families_can_be_chosen_by_having_products(self, api):
        some = search(api, "/families", "has_products", "=", True)
        none = search(api, "/families", "has_products", "=", False)

        used = {product.family for product in api.pim.assortment.products_after()}
        assert some == sorted(used)
        assert none == sorted(api.pim.assortment.families.keys() - used)

    def test_categories_can_be_chosen_by_their_place(self, api):
        roots = search(api, "/categories", "is_root", "=", True)
        others = search(api, "/categories", "is_root", "=", False)

        assert roots == ["master", "campaigns"]
        assert set(roots) | set(others) == api.pim.assortment.categories.keys()
        assert search(api, "/categories", "parent", "=", "campaigns") == [
            *("seasonal", "summer_sale", "gift_guide")
        ]

    def test_locales_and_currencies_can_be_chosen_by_being_active(self, api):
        assert search(api, "/locales", "enabled", "=", True) == ["de_DE", "en_US", "fr_FR"]
        assert search(api, "/currencies", "enabled", "=", True) == ["EUR", "USD"]

    @pytest.mark.parametrize("path", ["/channels", "/association-types", "/media-files"])
    def test_lists_without_a_search_ignore_it(self, api, path):
        assert api.get(path, search="{").status_code == 200

    @pytest.mark.parametrize(
        ("path", "text", "message"),
        [
            ("/families", "{", "The search query parameter must be a valid JSON."),
            ("/families", "[]", "The search query parameter must be a valid JSON."),
            (
                "/locales",
                '{"code": [{"operator": "IN", "value": []}]}',
                'Available search filters are "enabled" and you tried to search on unavailable '
                'filter "code"',
            ),
            (
                "/attributes",
                '{"code": [{"operator": "=", "value": "x"}]}',
                'In order to search on code you must use "IN" operator, "=" given.',
            ),
            (
                "/attributes",
                '{"code": [{"operator": "IN", "value": "x"}]}',
                "In order to search on code you must send an array of codes as value.",
            ),
            (
                "/attributes",
                '{"updated": [{"operator": ">", "value": "2025-01-06"}]}',
                "This value is not in a valid ISO 8601 standard datetime format",
            ),
            (
                "/categories",
                '{"parent": [{"operator": "=", "value": "nothing"}]}',
                "Parent code nothing does not exist.",
            ),
            (
                "/categories",
                '{"is_root": [{"operator": "=", "value": "true"}]}',
                "In order to search on is_root you must send a boolean as value.",
            ),
        ],
    )
    def test_a_bad_search_is_a_bad_request(self, api, path, text, message):
        answer = api.get(path, search=text)

        assert (answer.status_code, answer.json) == (400, {"code": 400, "message": message})


class TestShapes:
    def test_a_family_names_its_attributes_and_what_it_requires(self, api):
        family = json_of(api.get("/families/mugs"))

        assert (family["attribute_as_label"], family["attribute_as_image"]) == ("name", "image")
        assert family["labels"] == {"en_US": "Mugs", "fr_FR": "Tasses", "de_DE": "Tassen"}
        assert family["attribute_requirements"].keys() == {"ecommerce", "print"}
        assert set(family["attribute_requirements"]["print"]) <= set(family["attributes"])

    def test_a_variant_of_two_levels_has_an_axis_on_each(self, api):
        variant = json_of(api.get("/families/t_shirts/variants/t_shirts_by_color_size"))

        axes = [(level["level"], level["axes"]) for level in variant["variant_attribute_sets"]]
        assert axes == [(1, ["color"]), (2, ["size"])]
        assert "image" in variant["variant_attribute_sets"][0]["attributes"]
        assert "sku" in variant["variant_attribute_sets"][1]["attributes"]
        assert "name" in variant["common_attributes"]

    def test_an_attribute_says_how_its_values_are(self, api):
        sku, description, weight = (
            json_of(api.get(f"/attributes/{code}")) for code in ("sku", "description", "weight")
        )

        assert (sku["type"], sku["unique"], sku["is_main_identifier"]) == (
            *("pim_catalog_identifier", True, True),
        )
        assert (description["localizable"], description["scopable"]) == (True, True)
        assert (weight["metric_family"], weight["default_metric_unit"]) == ("Weight", "KILOGRAM")
        assert weight["decimals_allowed"] is True

    def test_a_category_tells_its_position_on_request(self, api):
        plain = json_of(api.get("/categories/footwear"))
        asked = json_of(api.get("/categories/footwear", with_position="true"))

        assert "position" not in plain
        assert asked == plain | {"position": 2}
        assert plain["parent"] == "master"

    def test_a_channel_names_locales_currencies_and_tree(self, api):
        channel = json_of(api.get("/channels/print"))

        assert channel == {
            "code": "print",
            "currencies": ["EUR"],
            "locales": ["de_DE", "en_US"],
            "category_tree": "master",
            "conversion_units": {},
            "labels": {"en_US": "Print", "fr_FR": "Imprimé", "de_DE": "Druck"},
        }

    def test_measurement_families_are_a_bare_list_that_units_can_be_converted_by(self, api):
        families = {family["code"]: family for family in json_of(api.get("/measurement-families"))}

        assert {"Weight", "Length", "Volume"} <= families.keys()
        weight = families["Weight"]
        assert weight["standard_unit_code"] == "KILOGRAM"
        assert weight["units"]["GRAM"]["convert_from_standard"] == [
            {"operator": "mul", "value": "0.001"}
        ]
        assert weight["units"]["GRAM"]["symbol"] == "g"
