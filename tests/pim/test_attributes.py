"""Reading the PIM's structure where PIMs write it in more than one way, or not in full."""

import pytest

from outbound.errors import TransientError
from pim import attributes
from pim.attributes import FamilyVariant, PimAttribute
from tests.pim.conftest import API


def page(*items, count=None):
    return {
        "_links": {},
        "_embedded": {"items": list(items)},
        "items_count": len(items) if count is None else count,
    }


def test_a_list_that_ends_early_is_not_taken_for_all(http, client):
    http.get(f"{API}/attributes", json=page({"code": "a", "type": "pim_catalog_text"}, count=2))

    with pytest.raises(TransientError, match="ended early"):
        attributes.attributes(client)


def test_what_an_attribute_does_not_say_is_no_limit(http, client):
    http.get(f"{API}/attributes", json=page({"code": "a", "type": "pim_catalog_text"}))

    assert attributes.attributes(client) == {"a": PimAttribute("a", "pim_catalog_text")}


def test_numbers_are_read_as_numbers_or_texts(http, client):
    http.get(
        f"{API}/attributes",
        json=page(
            {
                "code": "a",
                "type": "pim_catalog_number",
                "labels": [],
                "max_characters": "200",
                "number_min": 0.5,
                "number_max": "9.0000",
                "max_file_size": 10,
                "localizable": "yes",
            }
        ),
    )

    found = attributes.attributes(client)["a"]

    assert (found.labels, found.max_characters, found.localizable) == ({}, 200, False)
    assert (found.number_min, found.number_max, found.max_file_size) == ("0.5", "9.0000", "10")


def test_levels_are_put_in_order(http, client):
    sets = [
        {"level": 2, "axes": ["size"], "attributes": ["size", "sku"]},
        {"level": 1, "axes": ["color"], "attributes": ["color"]},
    ]
    http.get(
        f"{API}/families/a%2Fb/variants",
        json=page({"code": "v", "common_attributes": ["name"], "variant_attribute_sets": sets}),
    )

    assert attributes.family_variants(client, "a/b") == {
        "v": FamilyVariant(
            "v",
            frozenset({"name"}),
            (frozenset({"color"}), frozenset({"size", "sku"})),
            (frozenset({"color"}), frozenset({"size"})),
        )
    }


@pytest.mark.parametrize("units", [{"GRAM": {"code": "GRAM"}}, [{"code": "GRAM"}]])
def test_units_come_by_code_or_in_a_list(http, client, units):
    http.get(f"{API}/measurement-families", json=[{"code": "Weight", "units": units}])

    assert attributes.units(client) == {"Weight": {"GRAM"}}
