"""Products and models, created and changed (pim-contract.md 3.4, 3.8)."""

import json
import uuid as uuids

import pytest

from sandbox.rest.search import named_products
from tests.sandbox.writes import NOW, Writer, messages, value

PRODUCTS, MODELS = "/products-uuid", "/product-models"


@pytest.fixture
def api():
    return Writer(120)


def key():
    return str(uuids.uuid4())


class TestCreating:
    def test_a_patch_creates_what_is_not_there(self, api):
        new = key()

        answer = api.patch(
            f"{PRODUCTS}/{new}",
            family="mugs",
            enabled=False,
            categories=["summer_sale"],
            values={"sku": value("NEW-1"), "ean": value("1")},
        )

        product = api.product(new)
        assert answer.status_code == 201
        assert (product["uuid"], product["family"], product["enabled"]) == (new, "mugs", False)
        assert product["categories"] == ["summer_sale"]
        assert product["created"] == product["updated"] == NOW
        assert {code: [e["data"] for e in each] for code, each in product["values"].items()} == {
            "sku": ["NEW-1"],
            "ean": ["1"],
        }

    def test_a_post_creates_with_a_uuid_or_without(self, api):
        named, unnamed = key(), None

        first = api.post(PRODUCTS, uuid=named, values={"sku": value("NEW-1")})
        again = api.post(PRODUCTS, uuid=named, values={"sku": value("NEW-2")})
        second = api.post(PRODUCTS, values={"sku": value("NEW-3")})

        unnamed = second.headers["Location"].rpartition("/")[2]
        assert (first.status_code, again.status_code, second.status_code) == (201, 422, 201)
        assert first.data == b""
        assert api.product(named)["values"]["sku"][0]["data"] == "NEW-1"
        assert api.product(unnamed)["enabled"] is True

    def test_an_identifier_is_one_products_alone_in_capitals_or_not(self, api):
        taken = api.simple().identifier

        answer = api.patch(f"{PRODUCTS}/{key()}", values={"sku": value(taken.lower())})

        assert answer.json["errors"] == [
            {
                "property": "identifier",
                "message": "The same identifier is already set on another product",
            }
        ]

    def test_an_identifier_can_change_and_go(self, api):
        product = api.simple()

        api.patch(f"{PRODUCTS}/{product.uuid}", values={"sku": value("OTHER")})
        by_new_name = api.pim.assortment.identified("other")
        api.patch(f"{PRODUCTS}/{product.uuid}", values={"sku": value(None)})

        assert by_new_name is product
        assert api.pim.assortment.identified("OTHER") is None
        assert "sku" not in api.product(product.uuid)["values"]

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"identifier": "x"}, 'Property "identifier" does not exist.'),
            ({"family": "nope"}, "The nope family does not exist in your PIM."),
            ({"family": 1}, 'Property "family" expects a string as data, "integer" given.'),
            ({"categories": ["nope"]}, "The nope category does not exist in your PIM."),
            ({"categories": "master"}, 'Property "categories" expects an array as data'),
            ({"enabled": "yes"}, 'Property "enabled" expects a boolean as data, "string" given.'),
            ({"parent": "nope"}, 'The parent product model does not exist, "nope" given.'),
            ({"groups": ["nope"]}, 'Property "groups" expects a valid group code.'),
            ({"values": "x"}, 'Property "values" expects an array as data, "string" given.'),
            ({"uuid": str(uuids.UUID(int=7))}, "must match the uuid"),
            ({"associations": {"PACK": {"products": ["x"]}}}, "shows associations"),
        ],
    )
    def test_properties_are_checked(self, api, body, said):
        product = api.simple()
        before = api.product(product.uuid)

        answer = api.call("PATCH", f"{PRODUCTS}/{product.uuid}", json=body)

        assert answer.status_code == 422
        assert said in answer.json["message"]
        assert api.product(product.uuid) == before

    def test_a_uuid_is_a_uuid(self, api):
        answer = api.patch(f"{PRODUCTS}/nope", enabled=True)

        assert answer.json["message"].startswith("This is not a valid UUID.")

    def test_no_object_is_no_message(self, api):
        answer = api.call("PATCH", f"{PRODUCTS}/{key()}", data="{", content_type="application/json")

        assert (answer.status_code, answer.json["message"]) == (
            400,
            "Invalid json message received",
        )


class TestVariants:
    def test_values_stand_at_the_level_where_their_attribute_lives(self, api):
        variant = api.variant(levels=2)
        above, root = (each.code for each in api.pim.assortment.parents(variant))

        answers = [
            *api.lines(
                PRODUCTS,
                {"uuid": variant.uuid, "values": {"name": value("x", "en_US")}},
                {"uuid": variant.uuid, "values": {"volume": value({"amount": 1, "unit": "LITER"})}},
            ),
            *api.lines(
                MODELS,
                {"code": above, "values": {"name": value("x", "en_US")}},
                {"code": root, "values": {"ean": value("x")}},
            ),
        ]

        wrong = 'Cannot set the property "{}" to this entity as it is not in the attribute set'
        assert [messages(answer) for answer in answers] == [
            [wrong.format("name")],
            [f'Attribute "volume" does not belong to the family "{variant.family}"'],
            [wrong.format("name")],
            [wrong.format("ean")],
        ]
        assert answers[0]["errors"][0]["property"] == "attribute"

    def test_or_are_dropped_without_a_word(self, api):
        variant = api.variant()
        before = api.product(variant.uuid)["values"]["name"]
        api.pim.wrong_level = "ignored"

        [answer] = api.lines(
            PRODUCTS,
            {
                "uuid": variant.uuid,
                "values": {"name": value("x", "en_US"), "ean": value("mine")},
            },
        )

        values = api.product(variant.uuid)["values"]
        assert answer["status_code"] == 204
        assert values["name"] == before
        assert values["ean"][0]["data"] == "mine"

    def test_a_simple_product_may_hold_what_its_family_has_not(self, api):
        product = api.simple()
        attribute = next(
            code
            for code in ("slogan", "hood", "impedance", "volume")
            if code not in api.pim.assortment.families[product.family]["attributes"]
        )
        data = {"volume": {"amount": 1, "unit": "LITER"}, "hood": True, "impedance": 8}[attribute]

        answer = api.patch(f"{PRODUCTS}/{product.uuid}", values={attribute: value(data)})

        assert answer.status_code == 204

    def test_what_a_model_is_given_its_variants_have(self, api):
        variant = api.variant(levels=2)
        *_, root = api.pim.assortment.parents(variant)
        dates = api.product(variant.uuid)["updated"]

        [answer] = api.lines(MODELS, {"code": root.code, "values": {"name": value("N", "fr_FR")}})

        product = api.product(variant.uuid)
        assert answer == {"line": 1, "code": root.code, "status_code": 204}
        assert {"N"} == {e["data"] for e in product["values"]["name"] if e["locale"] == "fr_FR"}
        assert product["updated"] == dates
        assert api.model(root.code)["updated"] == NOW

    def test_an_axis_stays_as_it_is(self, api):
        variant = api.variant()
        [level] = self.levels(api, variant)
        other = next(c for c in api.pim.assortment.options["color"] if c != variant.color)

        changed = api.patch(f"{PRODUCTS}/{variant.uuid}", values={level["axes"][0]: value(other)})
        erased = api.patch(f"{PRODUCTS}/{variant.uuid}", values={level["axes"][0]: value(None)})
        same = api.patch(
            f"{PRODUCTS}/{variant.uuid}", values={level["axes"][0]: value(variant.color)}
        )

        assert messages(changed.json) == [
            f'Variant axis "color" cannot be modified, "{other}" given'
        ]
        assert "cannot be empty, as it is defined as an axis" in messages(erased.json)[0]
        assert same.status_code == 204

    def test_a_new_variant_inherits_and_is_told_apart(self, api):
        variant = api.variant()
        model = api.pim.assortment.models[variant.parent]
        taken = {v.color for v in api.pim.assortment.variants_below(model.code)}
        free = next(c for c in api.pim.assortment.options["color"] if c not in taken)
        new = key()

        def create(color):
            values = {"sku": value(f"NEW-{color}")} | ({"color": value(color)} if color else {})
            return api.patch(f"{PRODUCTS}/{new}", parent=model.code, values=values)

        unplaced, doubled, created = create(None), create(variant.color), create(free)

        product = api.product(new)
        assert "cannot be empty" in messages(unplaced.json)[0]
        assert "already has this value" in messages(doubled.json)[0]
        assert created.status_code == 201
        assert product["family"] == model.family
        assert product["values"]["name"] == [
            {**e, "attribute_type": "pim_catalog_text"}
            for e in api.model(model.code)["values"]["name"]
        ]
        assert set(product["categories"]) == set(model.categories)
        assert new in {p.uuid for p in api.pim.assortment.variants_below(model.code)}

    def test_a_parent_is_of_the_same_family_and_has_variants_below_it(self, api):
        variant = api.variant(levels=2)
        *_, root = api.pim.assortment.parents(variant)
        simple = api.simple()

        too_high = api.patch(f"{PRODUCTS}/{key()}", parent=root.code, values={"sku": value("N")})
        other = api.patch(f"{PRODUCTS}/{simple.uuid}", parent=variant.parent)
        refamilied = api.patch(f"{PRODUCTS}/{variant.uuid}", family=simple.family)

        assert any("can only have other product models" in m for m in messages(too_high.json))
        same = "The variant product family must be the same than its parent"
        assert same in messages(other.json)
        assert same in messages(refamilied.json)

    def test_without_its_parent_a_variant_is_a_simple_product(self, api):
        variant = api.variant()
        root = variant.parent

        answer = api.patch(f"{PRODUCTS}/{variant.uuid}", parent=None)

        assert answer.status_code == 204
        assert api.product(variant.uuid)["parent"] is None
        assert variant.uuid not in {p.uuid for p in api.pim.assortment.variants_below(root)}

    def levels(self, api, variant):
        model = api.pim.assortment.models[variant.parent]
        variants = api.pim.assortment.family_variants[model.family]
        return variants[model.family_variant]["variant_attribute_sets"]


class TestModels:
    def test_a_model_with_another_below_it_is_created(self, api):
        answers = api.lines(
            MODELS,
            {
                "code": "new",
                "family_variant": "t_shirts_by_color_size",
                "values": {"name": value("New", "en_US")},
            },
            {"code": "new-red", "parent": "new", "values": {"color": value("red")}},
            {"code": "new-red-2", "parent": "new", "values": {"color": value("red")}},
            {"code": "new-none", "parent": "new"},
        )

        assert [a["status_code"] for a in answers] == [201, 201, 422, 422]
        assert 'product model "new-red" already has' in messages(answers[2])[0]
        assert api.model("new-red")["values"]["name"][0]["data"] == "New"
        assert api.model("new-red")["family"] == "t_shirts"

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({}, "The product model family variant must not be empty."),
            ({"family_variant": "nope"}, 'The family variant does not exist, "nope" given.'),
            ({"parent": "nope"}, 'The parent product model does not exist, "nope" given.'),
            ({"enabled": True}, 'Property "enabled" does not exist.'),
        ],
    )
    def test_a_new_model_has_its_place(self, api, body, said):
        answer = api.call("PATCH", f"{MODELS}/new", json=body)

        assert answer.status_code == 422
        assert said in messages(answer.json)[0]
        assert "new" not in api.pim.assortment.models

    def test_a_post_creates_one_once(self, api):
        body = {"code": "new", "family_variant": "mugs_by_color"}

        answers = [api.post(MODELS, **body), api.post(MODELS, **body), api.post(MODELS)]

        assert [a.status_code for a in answers] == [201, 422, 422]
        assert answers[0].headers["Location"].endswith("/product-models/new")

    def test_a_models_place_does_not_change(self, api):
        code = next(c for c, m in api.pim.assortment.models.items() if m.parent is None)

        answer = api.patch(f"{MODELS}/{code}", family_variant="other")

        assert answer.json["errors"][0]["property"] == "family_variant"


class TestReading:
    def test_a_catalog_has_what_an_app_wrote(self, api):
        catalog = api.catalog()
        product = api.pim.assortment.product(api.listed(catalog)[0])

        api.patch(f"{PRODUCTS}/{product.uuid}", values={"ean": value("by an app")})
        [changed] = api.get(
            f"/catalogs/{catalog.id}/products", updated_after="2025-06-15T15:00:00+00:00"
        ).json["_embedded"]["items"]

        assert changed["uuid"] == product.uuid
        assert changed["values"]["ean"][0]["data"] == "by an app"

    def test_products_are_found_by_name(self, api):
        products = list(api.pim.assortment.products_after())[:3]
        model = next(iter(api.pim.assortment.models))

        found = [
            self.search(api, PRODUCTS, "sku", [p.identifier for p in products]),
            self.search(api, PRODUCTS, "identifier", [p.identifier for p in products]),
            self.search(api, PRODUCTS, "uuid", [p.uuid for p in products]),
        ]
        models = self.search(api, MODELS, "identifier", [model, "nope"])

        assert found == [[p.uuid for p in products]] * 3
        assert models == [model]

    def test_and_nothing_else_is_looked_into_then(self, api):
        assortment, some = api.pim.assortment, api.simple()

        def named(**conditions):
            found = named_products(assortment, json.dumps(conditions))
            return found and [product.uuid for product in found]

        one_of = {"operator": "IN", "value": [some.identifier.lower(), "nope"]}
        assert named(sku=[one_of]) == named(identifier=[one_of]) == [some.uuid]
        assert named(sku=[{"operator": "IN", "value": ["nope"]}]) == []
        assert named(family=[{"operator": "IN", "value": ["mugs"]}]) is None
        assert named(sku=[{"operator": "NOT IN", "value": [some.identifier]}]) is None

    def test_a_search_by_name_goes_on_behind_its_cursor(self, api):
        products = list(api.pim.assortment.products_after())[:3]
        search = {"sku": [{"operator": "IN", "value": [p.identifier for p in products]}]}

        items, pages = api.all(
            PRODUCTS, search=json.dumps(search), pagination_type="search_after", limit=2
        )

        assert [item["uuid"] for item in items] == [p.uuid for p in products]
        assert pages == 2

    def search(self, api, path, name, wanted):
        search = {name: [{"operator": "IN", "value": wanted}]}
        answer = api.get(path, search=json.dumps(search), pagination_type="search_after", limit=100)
        items = answer.json["_embedded"]["items"]
        return [item.get("uuid") or item["code"] for item in items]
