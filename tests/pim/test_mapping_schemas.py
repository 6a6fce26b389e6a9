"""Mapping schemas: what the PIM would refuse is told here, with the target's name."""

import json
from pathlib import Path

import pytest

from channels.field_types import field_type
from channels.targets import SHOP_TARGETS, mapping_schema
from pim.mapping_schemas import (
    NEWEST,
    VERSIONS,
    InvalidSchema,
    loosened,
    refuse_invalid,
    targets_of,
    variant_of,
    version_of,
    versions_for,
    written_in,
)
from tests.channels.test_targets import TARGETS

ROOT = Path(__file__).parents[2]


def flat(**properties):
    schema = mapping_schema(SHOP_TARGETS, title="Shop")
    schema["properties"] |= properties
    return schema


@pytest.mark.parametrize("version", VERSIONS)
def test_the_meta_schemas_are_those_that_akeneo_publishes(version):
    """As the sandbox has them, which stands for the PIM."""
    ours, published = (ROOT / room / "schemas" / f"{version}.json" for room in ("pim", "sandbox"))

    assert json.loads(ours.read_text()) == json.loads(published.read_text())


@pytest.mark.parametrize("shape", ["flat", "models"])
def test_what_we_build_is_taken(shape):
    schema = mapping_schema(TARGETS, title="Shop", shape=shape, with_associations=True)

    assert version_of(schema) == NEWEST
    refuse_invalid(schema)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "integer", "title": "Stock"},
        {"type": "object", "title": "Stock", "properties": {"a": {"type": "string"}}},
        {"type": "number", "title": "Stock", "format": "uri"},
        {"title": "Stock"},
    ],
)
def test_a_target_that_the_pim_does_not_know_is_named(wrong):
    with pytest.raises(InvalidSchema, match=r"“Stock” \(stock\)") as refusal:
        refuse_invalid(flat(stock=wrong))

    assert "“SKU”" not in refusal.value.message
    assert refusal.value.detail


def test_a_target_of_variants_is_named_too():
    schema = mapping_schema(TARGETS, title="Shop", shape="models")
    variant = variant_of(schema) or {}
    variant["properties"]["sku"] = {"type": "integer", "title": "SKU"}

    with pytest.raises(InvalidSchema, match=r"them: “SKU” \(sku\)\."):
        refuse_invalid(schema)


def test_a_schema_that_is_wrong_as_a_whole_names_no_target():
    with pytest.raises(InvalidSchema) as refusal:
        refuse_invalid(flat() | {"type": "array"})

    assert "“" not in refusal.value.message


def test_an_older_version_is_offered_only_if_it_can_hold_the_schema():
    """Measurements have the members value and unit since 1.0.3."""
    weight = field_type("measurement").target("net_weight", "Net weight", "").schema()

    assert list(versions_for(flat())) == list(VERSIONS)
    assert list(versions_for(flat(), first="1.0.1")) == ["1.0.1", "1.0.0"]
    assert list(versions_for(flat(net_weight=weight))) == ["1.0.3"]


def test_an_older_version_goes_without_what_it_does_not_know():
    schema = mapping_schema(SHOP_TARGETS, title="Shop", with_associations=True)

    older = written_in(schema, "1.0.2")

    assert version_of(older) == "1.0.2"
    assert "pim_associations" in schema["properties"]
    assert "pim_associations" not in older["properties"]
    refuse_invalid(older)


@pytest.mark.parametrize("shape", ["flat", "models"])
def test_what_was_not_required_before_is_not_required_of_a_mapping_that_is_there(shape):
    schema = mapping_schema(TARGETS, title="Shop", shape=shape)
    stored = mapping_schema(
        [one for one in TARGETS if one.code != "sku"], title="Shop", shape=shape
    )

    looser = loosened(schema, stored)

    assert looser["required"] == (["uuid"] if shape == "flat" else ["code"])
    if shape == "models":
        assert (variant_of(looser) or {})["required"] == ["uuid"]
    assert targets_of(looser).keys() == targets_of(schema).keys()
    refuse_invalid(looser)
    assert loosened(schema, None) == schema


def test_an_empty_list_of_required_targets_is_left_out():
    looser = loosened(flat(), {"properties": {}})

    assert "required" not in looser
    refuse_invalid(looser)
