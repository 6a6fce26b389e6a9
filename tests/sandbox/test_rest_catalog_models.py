"""Catalogs of models with variants (pim-contract.md 2.6)."""

import pytest

from tests.sandbox.api import BASE_URL, META, TEXT

LABEL = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"locale": TEXT, "value": TEXT},
        "required": ["locale", "value"],
    },
}
AXIS_VALUE = {
    "oneOf": [
        {"type": ["string", "boolean"]},
        {
            "type": "object",
            "properties": {"amount": {"type": "number"}, "unit": TEXT},
        },
    ]
}
SCHEMA = {
    "$schema": META,
    "type": "object",
    "properties": {
        "code": TEXT,
        "title": TEXT,
        "variation_axes": {
            "type": "array",
            "items": {"type": "object", "properties": {"code": TEXT, "label": LABEL}},
        },
        "variants": {
            "oneOf": [
                {"type": "string", "format": "uri"},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "uuid": TEXT,
                            "sku": TEXT,
                            "variation_axes_values": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "properties": {
                                        "code": TEXT,
                                        "value": AXIS_VALUE,
                                        "label": LABEL,
                                    },
                                },
                            },
                        },
                    },
                },
            ]
        },
    },
}


@pytest.fixture
def catalog(api):
    catalog = api.catalog(schema=SCHEMA)
    api.pim.auto_map(catalog)
    return catalog


def test_models_come_by_code_with_axes_and_a_link_to_their_variants(api, catalog):
    models, pages = api.all(f"/catalogs/{catalog.id}/mapped-models", limit=2)

    codes = [model["code"] for model in models]
    assert pages > 1
    assert codes == sorted(set(codes))
    shoe = next(model for model in models if model["code"].startswith("sho-"))
    assert [axis["code"] for axis in shoe["variation_axes"]] == ["color", "shoe_size"]
    assert {"locale": "de_DE", "value": "Farbe"} in shoe["variation_axes"][0]["label"]
    assert shoe["variants"] == (
        f"{BASE_URL}/api/rest/v1/catalogs/{catalog.id}/mapped-models/{shoe['code']}/variants"
    )
    assert shoe["title"]


def test_variants_have_their_own_targets_and_the_values_of_the_axes(api, catalog):
    model = api.get(f"/catalogs/{catalog.id}/mapped-models").json["_embedded"]["items"][-1]

    variants, _ = api.all(f"/catalogs/{catalog.id}/mapped-models/{model['code']}/variants", limit=3)

    listed = {
        product.uuid: product
        for product in api.pim.listed_products(catalog)
        if product.parent and product.parent.startswith(model["code"])
    }
    assert [variant["uuid"] for variant in variants] == sorted(listed)
    first = variants[0]
    assert first["sku"] == listed[first["uuid"]].identifier
    assert first["variation_axes_values"][0]["value"] == listed[first["uuid"]].color


def test_with_dates_a_model_fits_by_its_own_or_by_one_of_its_variants(api, catalog):
    path = f"/catalogs/{catalog.id}/mapped-models"
    since = "2025-06-01T00:00:00+00:00"
    one, other, *_ = (model["code"] for model in api.all(path)[0])
    variant = next(p for p in api.pim.assortment.variants_below(one) if p.enabled)
    api.pim.edit_product(variant.uuid, "ean", "2000000000000")
    api.pim.edit_model(other, "name", "New", locale="en_US")

    models, _ = api.all(path, updated_after=since)
    variants, _ = api.all(f"{path}/{one}/variants", updated_after=since)
    none, _ = api.all(f"{path}/{other}/variants", updated_after=since)

    assert [model["code"] for model in models] == [one, other]
    assert [each["uuid"] for each in variants] == [variant.uuid]
    assert none == []


def test_a_model_without_listed_variants_is_not_in_the_catalog(api, catalog):
    path = f"/catalogs/{catalog.id}/mapped-models"
    code = api.get(path).json["_embedded"]["items"][0]["code"]
    for product in list(api.pim.assortment.variants_below(code)):
        api.pim.disable_product(product.uuid)

    models, _ = api.all(path)

    assert code not in {model["code"] for model in models}
    assert api.get(f"{path}/{code}/variants").status_code == 404


@pytest.mark.parametrize(("cursor", "status"), [("nonsense", 422), ("", 200)])
def test_variants_go_on_behind_a_uuid(api, catalog, cursor, status):
    path = f"/catalogs/{catalog.id}/mapped-models"
    code = api.get(path).json["_embedded"]["items"][0]["code"]

    assert api.get(f"{path}/{code}/variants", search_after=cursor).status_code == status


def test_only_simple_products_are_mapped_on_their_own(api, catalog):
    items, _ = api.all(f"/catalogs/{catalog.id}/mapped-products")

    simple = [p.uuid for p in api.pim.listed_products(catalog) if p.parent is None]
    assert [item["uuid"] for item in items] == simple
    assert {"title", "sku"} <= set(items[0])


def test_the_variants_of_an_unknown_model_are_404(api, catalog):
    answer = api.get(f"/catalogs/{catalog.id}/mapped-models/nothing/variants")

    assert answer.status_code == 404


def test_a_disabled_catalog_answers_with_an_error(api, catalog):
    catalog.enabled = False

    answer = api.get(f"/catalogs/{catalog.id}/mapped-models")

    assert answer.status_code == 200
    assert set(answer.json) == {"error"}


def test_a_catalog_without_models_cannot_map_them(api):
    catalog = api.catalog()

    answer = api.get(f"/catalogs/{catalog.id}/mapped-models")

    assert answer.json["error"].startswith("Impossible to map models")


def test_a_pim_may_send_the_variants_along_and_call_their_axes_otherwise(api, catalog):
    api.pim.inline_variants, api.pim.axis_values_name = True, "variant_axes_values"

    model = api.get(f"/catalogs/{catalog.id}/mapped-models").json["_embedded"]["items"][0]

    answer = api.get(f"/catalogs/{catalog.id}/mapped-models/{model['code']}/variants")
    assert model["variants"] == answer.json["_embedded"]["items"]
    assert all(variant["variant_axes_values"] for variant in model["variants"])


def test_axes_are_options_booleans_and_measurements(api, catalog):
    family_variant = api.pim.assortment.family_variants["backpacks"]["backpacks_by_color"]
    family_variant["variant_attribute_sets"][0]["axes"] = ["color", "water_resistant", "volume"]
    path = f"/catalogs/{catalog.id}/mapped-models"
    model = next(m for m in api.all(path)[0] if m["code"].startswith("bpk-"))
    uuid = api.get(f"{path}/{model['code']}/variants").json["_embedded"]["items"][0]["uuid"]
    api.pim.edit_product(uuid, "water_resistant", False)
    api.pim.edit_product(uuid, "volume", {"amount": "22.5", "unit": "LITER"})

    variant = api.get(f"{path}/{model['code']}/variants").json["_embedded"]["items"][0]

    color, resistant, volume = variant["variation_axes_values"]
    assert [axis["code"] for axis in model["variation_axes"]] == [
        *("color", "water_resistant", "volume"),
    ]
    assert color["label"]
    assert (resistant["value"], resistant["label"]) == (False, [])
    assert volume["value"] == {"amount": 22.5, "unit": "LITER"}


def test_a_product_is_hung_below_another_model_and_stands_alone_again(api, catalog):
    path = f"/catalogs/{catalog.id}/mapped-models"
    one, other = [m["code"] for m in api.all(path)[0] if m["code"].startswith("bpk-")][:2]
    variant = next(p for p in api.pim.assortment.variants_below(one) if p.enabled)

    def holders():
        return [
            code
            for code in (one, other)
            if variant.uuid in {each["uuid"] for each in api.all(f"{path}/{code}/variants")[0]}
        ]

    api.pim.hang_product(variant.uuid, other)
    assert holders() == [other]
    assert variant.updated == api.pim.clock()

    api.pim.hang_product(variant.uuid, None)
    assert holders() == []
    items, _ = api.all(f"/catalogs/{catalog.id}/mapped-products")
    assert variant.uuid in {item["uuid"] for item in items}
