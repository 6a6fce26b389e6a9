"""Mapping schemas, and what becomes of the mapping (pim-contract.md 2.5, 2.6)."""

import pytest

from sandbox.rest.mapping_schemas import VERSIONS
from sandbox.state import Source
from tests.sandbox.api import META, TEXT, flat_schema


def put(api, catalog, schema):
    return api.call("PUT", f"/catalogs/{catalog.id}/mapping-schemas/product", json=schema)


def test_a_good_schema_is_stored_and_answered(api):
    catalog = api.catalog(enabled=False)
    schema = flat_schema(title=TEXT)

    answer = put(api, catalog, schema)

    assert answer.status_code == 200
    assert answer.json == schema
    assert api.get(f"/catalogs/{catalog.id}/mapping-schemas/product").json == schema


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"properties": {}}, "You must provide a $schema reference."),
        ({"$schema": 3}, "You must provide a $schema reference."),
        (
            {"$schema": META.replace("1.0.3", "9.0.0")},
            "You must provide a valid $schema reference.",
        ),
        ({"$schema": META + "/"}, "You must provide a valid $schema reference."),
        ({"$schema": "1.0.3"}, "You must provide a valid $schema reference."),
        ({"$schema": META, "properties": {"uuid": TEXT}}, "You must provide a valid schema."),
        (flat_schema(size={"type": "integer"}), "You must provide a valid schema."),
        (flat_schema(size={"type": "string", "default": ""}), "You must provide a valid schema."),
        (flat_schema(size={"type": "number", "maxLength": 3}), "You must provide a valid schema."),
        (flat_schema(sizes={"type": "array"}), "You must provide a valid schema."),
    ],
)
def test_a_bad_schema_is_refused_without_saying_where(api, schema, message):
    catalog = api.catalog()

    answer = put(api, catalog, schema)

    assert answer.status_code == 422
    assert answer.json["errors"] == [{"property": "product_mapping_schema", "message": message}]
    assert catalog.schema is None


def test_every_published_version_is_known(api):
    assert {"0.0.1", "0.0.13", "0.1.0", "0.2.0", "0.3.0", "1.0.0", "1.0.3", "1.0.4"} <= VERSIONS


def test_what_is_no_json_is_a_bad_request(api):
    catalog = api.catalog()
    headers = {"Content-Type": "application/json"}

    answer = api.call(
        "PUT", f"/catalogs/{catalog.id}/mapping-schemas/product", data="{", headers=headers
    )

    assert answer.status_code == 400
    assert answer.json["message"] == "Invalid json message received"


def test_a_new_schema_keeps_the_mapping_of_what_stays(api):
    catalog = api.catalog(schema=flat_schema(title=TEXT, brand=TEXT), title="name", brand="brand")

    put(api, catalog, flat_schema(title={"type": "number"}, color=TEXT))

    assert catalog.mapping == {
        "uuid": Source("uuid"),
        "title": Source("name"),
        "color": Source(None),
    }
    assert catalog.enabled


def test_a_deleted_schema_takes_the_mapping_along_and_leaves_the_catalog_enabled(api):
    catalog = api.catalog(schema=flat_schema(title=TEXT), title="name")

    answer = api.call("DELETE", f"/catalogs/{catalog.id}/mapping-schemas/product")

    assert answer.status_code == 204
    assert (catalog.mapping, catalog.enabled) == ({}, True)
    assert api.get(f"/catalogs/{catalog.id}/mapped-products").json == {
        "error": "Impossible to map products: no product mapping schema available for this catalog."
    }
    uuid = api.listed(catalog)[0]
    assert api.get(f"/catalogs/{catalog.id}/mapped-products/{uuid}").json == {
        "error": "Impossible to map the product: no product mapping schema available for this "
        "catalog."
    }


def test_a_catalog_without_a_schema_is_404(api):
    catalog = api.catalog()

    answer = api.get(f"/catalogs/{catalog.id}/mapping-schemas/product")

    assert answer.status_code == 404
    assert answer.json["message"] == (
        f'Catalog "{catalog.id}" does not have a product mapping schema.'
    )
