"""Targets as mapping schemas, and as they are stored (pim-contract.md 2.5)."""

import json

import jsonschema
import pytest

from channels.targets import (
    LOCALIZED_FIELDS,
    MEASUREMENT_FIELDS,
    PRICE_FIELDS,
    Target,
    as_json,
    from_json,
    mapping_schema,
)
from tests.channels.conformance import META_SCHEMA

TARGETS = (
    Target("uuid", "string", "UUID", "The PIM's own.", required=True),
    Target("name", "array", "Name", "In all.", items="object", fields=LOCALIZED_FIELDS),
    Target("image", "array", "Images", "In order.", format="uri", is_gone=True),
    Target("sku", "string", "SKU", "Of one.", required=True, of_variant=True),
    Target("prices", "array", "Prices", "All.", items="object", fields=PRICE_FIELDS),
    Target("weight", "object", "Weight", "One.", fields=MEASUREMENT_FIELDS, of_variant=True),
)


@pytest.mark.parametrize("shape", ["flat", "models"])
@pytest.mark.parametrize("with_associations", [True, False])
def test_the_pim_takes_every_shape(shape, with_associations):
    schema = mapping_schema(TARGETS, title="Shop", shape=shape, with_associations=with_associations)

    errors = jsonschema.Draft202012Validator(META_SCHEMA).iter_errors(schema)
    assert [error.message for error in errors] == []


def test_a_model_has_its_targets_and_its_variants_have_theirs():
    schema = mapping_schema(TARGETS, title="Shop", shape="models")

    assert schema["properties"].keys() == {
        *("code", "name", "image", "prices", "variation_axes", "variants")
    }
    assert schema["required"] == ["code"]
    variant = schema["properties"]["variants"]["oneOf"][1]["items"]
    assert variant["properties"].keys() == {"uuid", "sku", "weight", "variation_axes_values"}
    assert variant["required"] == ["uuid", "sku"]


def test_targets_come_back_from_json_as_they_were():
    assert from_json(json.loads(json.dumps(as_json(TARGETS)))) == TARGETS
