"""Models with five axes over two levels, and the reference entity that one of them takes."""

import copy

import pytest

from sandbox.data.bicycles import AXES, MAKERS
from sandbox.sources import variants_of
from tests.sandbox.api import SCOPES, TEXT, Api
from tests.sandbox.test_rest_catalog_models import SCHEMA as MODELS

SCHEMA = copy.deepcopy(MODELS)
variants_of(SCHEMA)["properties"]["maker"] = {"title": "Frame maker", **TEXT}


@pytest.fixture
def api():
    return Api(
        products=8,
        scopes={*SCOPES, "read_reference_entities", "read_reference_entity_records"},
    )


@pytest.fixture(autouse=True)
def codes(api):
    """The codes of the models."""
    return api.pim.add_bicycles()


@pytest.fixture
def variants(api, codes):
    """The variants of the first model as an app gets them."""
    catalog = api.catalog(schema=SCHEMA)
    api.pim.auto_map(catalog)
    answer = api.get(f"/catalogs/{catalog.id}/mapped-models/{codes[0]}/variants")
    return answer.json["_embedded"]["items"]


def test_a_model_of_two_levels_has_five_axes(api, variants):
    family = api.get("/families/bicycles/variants").json["_embedded"]["items"][0]
    levels = [tuple(level["axes"]) for level in family["variant_attribute_sets"]]

    assert tuple(levels) == AXES
    assert len(variants) == 16
    assert len({str(one["variation_axes_values"]) for one in variants}) == 16


def test_each_axis_has_a_value_of_its_type_and_choices_have_labels(variants):
    one = variants[0]["variation_axes_values"]
    kinds = {value["code"]: value["value"] for value in one}
    labels = {
        value["code"]: {label["locale"]: label["value"] for label in value["label"]}
        for value in one
    }

    assert list(kinds) == [axis for level in AXES for axis in level]
    assert isinstance(kinds["electric"], bool)
    assert kinds["wheel_size"] in (
        {"amount": 27.5, "unit": "INCH"},
        {"amount": 29, "unit": "INCH"},
    )
    assert kinds["frame_maker"] in ("atelier_lyon", "rahmenbau_ulm")
    assert labels["frame_maker"].keys() == {"en_US", "fr_FR", "de_DE"}
    assert labels["color"]["de_DE"] in ("Rot", "Marineblau")
    assert labels["electric"] == labels["wheel_size"] == {}


def test_a_target_takes_a_record_as_its_label(variants):
    assert {one["maker"] for one in variants} == {"Lyon Workshop", "Ulm Frames"}


def test_a_renamed_record_has_another_label_and_no_product_another_date(api):
    makers = api.pim.assortment.reference_entities[MAKERS]
    before = [product.updated for product in api.pim.assortment.products_after()]

    makers.rename("atelier_lyon", "en_US", "Lyon Works")

    assert makers.labels_of("atelier_lyon")["en_US"] == "Lyon Works"
    assert makers.labels_of("atelier_lyon")["fr_FR"] == "Atelier de Lyon"
    assert [product.updated for product in api.pim.assortment.products_after()] == before


def test_reference_entities_and_their_records_can_be_read(api):
    [entity] = api.get("/reference-entities").json["_embedded"]["items"]
    records = api.get(f"/reference-entities/{MAKERS}/records").json
    record = api.get(f"/reference-entities/{MAKERS}/records/atelier_lyon").json

    assert entity["code"] == MAKERS
    assert [one["code"] for one in records["_embedded"]["items"]] == [
        "atelier_lyon",
        "rahmenbau_ulm",
    ]
    assert "next" not in records["_links"]
    assert {one["locale"]: one["data"] for one in record["values"]["label"]}["en_US"] == (
        "Lyon Workshop"
    )
    assert {one["code"] for one in api.get(f"/reference-entities/{MAKERS}/attributes").json} == {
        "label",
        "country",
    }


def test_many_records_come_in_pages(api):
    makers = api.pim.assortment.reference_entities[MAKERS]
    for number in range(120):
        makers.add(f"maker_{number:03d}", {"en_US": f"Maker {number}"}, "Spain")

    first = api.get(f"/reference-entities/{MAKERS}/records").json
    query = first["_links"]["next"]["href"].rpartition("=")[2]
    second = api.get(f"/reference-entities/{MAKERS}/records", search_after=query).json

    codes = [one["code"] for page in (first, second) for one in page["_embedded"]["items"]]
    assert codes == sorted(makers.records)
    assert "next" not in second["_links"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reference-entities/boats", 404),
        ("/reference-entities/boats/records", 404),
        (f"/reference-entities/{MAKERS}/records/nobody", 404),
    ],
)
def test_what_is_not_there_is_refused(api, path, status):
    assert api.get(path).status_code == status


@pytest.mark.parametrize("path", ["/reference-entities", f"/reference-entities/{MAKERS}/records"])
def test_each_needs_its_scope(api, path):
    api.pim.set_scopes(next(iter(api.pim.apps.values())), SCOPES)
    api.token = next(iter(api.pim.apps.values())).token

    assert api.get(path).status_code == 403


@pytest.mark.parametrize(("data", "fits"), [("atelier_lyon", True), ("nobody", False)])
def test_a_product_takes_records_that_are_there(api, codes, data, fits):
    variant = next(api.pim.assortment.variants_below(codes[0]))

    if fits:
        api.pim.edit_product(variant.uuid, "frame_maker", data)
    else:
        with pytest.raises(ValueError, match="a valid record code|a string as data"):
            api.pim.edit_product(variant.uuid, "frame_maker", data)
