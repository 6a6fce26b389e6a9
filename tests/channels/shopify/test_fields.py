import json
from dataclasses import replace

import jsonschema
import pytest

from channels.base import Outcome, TransientError
from channels.shopify.metafields import TYPES
from channels.targets import as_json, from_json
from tests.channels.conformance import META_SCHEMA
from tests.channels.shopify.server import Fault
from tests.channels.shopify.stage import axis, product, push, variant


def field_of(adapter, code):
    return {one.code: one for one in adapter.read_fields()}[code]


def test_the_shops_own_fields_are_offered_in_its_own_words(adapter, shop):
    shop.define("PRODUCT", "custom.care_label", "multi_line_text_field", "Care label")
    shop.define("PRODUCTVARIANT", "specs.width", "dimension", "Width")
    shop.define("PRODUCT", "app--12345.secret", "single_line_text_field")
    shop.define("PRODUCT", "custom.designer", "metaobject_reference")

    care, width = adapter.read_fields()

    assert (care.code, care.title, care.of_variant) == (
        "product__custom__care_label",
        "Care label",
        False,
    )
    assert (width.code, width.title, width.of_variant) == ("variant__specs__width", "Width", True)
    assert "Metafield custom.care_label" in care.description
    assert from_json(as_json([care, width])) == (care, width)


def test_two_fields_never_have_the_same_code(adapter, shop):
    names = ["a.b_c", "a_b.c", "a.b-c", "a.B_c", "a.b__c", "a.-b_c"]
    for name in names:
        shop.define("PRODUCT", name, "single_line_text_field")
    shop.define("PRODUCTVARIANT", "a.b_c", "single_line_text_field")

    codes = [one.code for one in adapter.read_fields()]

    assert len(set(codes)) == len(names) + 1
    assert "product__a__b_c" in codes


def test_definitions_without_an_end_are_told(stand_in, adapter):
    info = {"hasNextPage": True, "endCursor": "again"}
    body = {"data": {"metafieldDefinitions": {"nodes": [], "pageInfo": info}}}
    stand_in.faults += [Fault("Definitions", body=body)] * 2

    with pytest.raises(TransientError, match="does not end"):
        adapter.read_fields()


def test_a_field_keeps_its_code_whatever_others_there_are(adapter, shop):
    shop.define("PRODUCT", "a.B-c", "single_line_text_field")
    [alone] = [one.code for one in adapter.read_fields()]
    shop.define("PRODUCT", "a.b_c", "single_line_text_field")

    assert alone in [
        one.code for one in type(adapter)(adapter._values, session=adapter._session).read_fields()
    ]


@pytest.mark.parametrize(
    ("type_", "value", "stored"),
    [
        ("single_line_text_field", "two\nlines", "two lines"),
        ("multi_line_text_field", "two\nlines", "two\nlines"),
        ("url", "https://example.com", "https://example.com"),
        ("color", "#ff0000", "#ff0000"),
        ("number_integer", 42, "42"),
        ("number_decimal", 0.1, "0.1"),
        ("number_decimal", 12.50, "12.5"),
        ("boolean", True, "true"),
        ("boolean", False, "false"),
        ("date", "2026-03-01T00:00:00+00:00", "2026-03-01"),
        ("date_time", "2026-03-01T12:30:00+00:00", "2026-03-01T12:30:00+00:00"),
        ("list.single_line_text_field", ["a", "b", "a"], '["a", "b"]'),
        ("weight", {"value": 1500, "unit": "MILLIGRAM"}, '{"value":1.500,"unit":"g"}'),
        ("dimension", {"value": 12.5, "unit": "CENTIMETER"}, '{"value":12.5,"unit":"cm"}'),
        (
            "money",
            {"amount": 19.9, "currency": "EUR"},
            '{"amount": "19.9", "currency_code": "EUR"}',
        ),
    ],
)
def test_a_value_is_written_as_its_type_wants_it(adapter, shop, type_, value, stored):
    shop.define("PRODUCT", "custom.it", type_)

    [result] = push(adapter, product("a", product__custom__it=value))

    assert result.accepted, result.message
    assert shop.products[0]["metafields"]["custom", "it"] == stored


@pytest.mark.parametrize("shape", ["flat", "models"])
def test_with_the_shops_fields_the_schema_is_one_the_pim_takes(adapter, shop, shape):
    for number, type_ in enumerate(TYPES):
        shop.define("PRODUCT", f"custom.of_product_{number}", type_)
        shop.define("PRODUCTVARIANT", f"custom.of_variant_{number}", type_)
    fields = adapter.read_fields()

    schema = type(adapter).mapping_schema(fields, shape=shape)

    validator = jsonschema.Draft202012Validator(META_SCHEMA)
    assert [one.message for one in validator.iter_errors(schema)] == []
    assert len(fields) == 2 * len(TYPES)


def test_a_shop_with_very_many_fields_stays_within_the_cost_of_a_query(adapter, shop):
    for number in range(80):
        shop.define("PRODUCT", f"custom.p{number}", "single_line_text_field")
        shop.define("PRODUCTVARIANT", f"custom.v{number}", "single_line_text_field")
    sizes = [variant(str(n), {"size": str(n)}, variant__custom__v79="x") for n in range(20)]
    sent = {"variation_axes": [axis("size")], "variants": sizes, "product__custom__p79": "y"}

    for _ in range(2):
        results = push(adapter, *(product(key, **sent) for key in "abcde"))

    assert all(one.accepted for one in results)
    assert len(shop.products) == 5


def test_no_digit_is_lost_on_the_way(adapter, shop):
    shop.define("PRODUCT", "custom.it", "number_decimal")
    sent = product("a", product__custom__it=0)
    exact = replace(
        sent, body=sent.body.replace(": 0}", ': 1234567890123.4567890, "price": 19.90}')
    )

    push(adapter, exact)

    assert shop.products[0]["metafields"]["custom", "it"] == "1234567890123.4567890"
    assert shop.products[0]["variants"][0]["price"] == "19.90"


def test_rich_text_is_converted(adapter, shop):
    shop.define("PRODUCT", "custom.it", "rich_text_field")
    html = "<h2>Care</h2><p>Wash <b>cold</b>, see <a href='https://x.example'>this</a>.</p>"
    html += "<ul><li>dry</li><li>iron</li></ul>"

    push(adapter, product("a", product__custom__it=html))

    told = json.loads(shop.products[0]["metafields"]["custom", "it"])
    heading, paragraph, bullets = told["children"]
    assert heading == {
        "type": "heading",
        "level": 2,
        "children": [{"type": "text", "value": "Care"}],
    }
    assert paragraph["children"][1] == {"type": "text", "value": "cold", "bold": True}
    assert paragraph["children"][3]["url"] == "https://x.example"
    assert [one["children"][0]["value"] for one in bullets["children"]] == ["dry", "iron"]


@pytest.mark.parametrize(
    ("type_", "value", "told"),
    [
        ("number_integer", 1.5, "“Care”: 1.5 is not a whole number."),
        ("boolean", "maybe", "“Care”: “maybe” is neither yes nor no."),
        ("date", "soon", "“Care”: “soon” is not a date."),
        ("weight", {"value": 1, "unit": "METER"}, "“Care”: Shopify has no unit “METER”"),
        ("color", "reddish", "“Care”: Value is invalid for the type color."),
        ("money", {"amount": 1}, "“Care”: the price has no amount or no currency."),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_a_value_that_does_not_fit_is_told_with_the_fields_title(
    adapter, shop, type_, value, told, is_new
):
    shop.define("PRODUCT", "custom.it", type_, "Care")
    adapter._fields = tuple(adapter.read_fields())
    if not is_new:
        push(adapter, product("bad"))

    refused, accepted = push(adapter, product("bad", product__custom__it=value), product("good"))

    assert (refused.outcome, accepted.outcome) == (Outcome.REJECTED, Outcome.ACCEPTED)
    assert told in refused.message


def test_one_wrong_field_fails_none_of_the_others_in_its_call(adapter, shop):
    shop.define("PRODUCT", "custom.it", "color", "Colour")
    keys = [str(n) for n in range(30)]
    push(adapter, *(product(key) for key in keys))

    results = push(
        adapter,
        *(product(key, product__custom__it="no" if key == "7" else "#ff0000") for key in keys),
    )

    assert [one.key for one in results if not one.accepted] == ["7"]
    assert [one["metafields"].get(("custom", "it")) for one in shop.products].count("#ff0000") == 29


def test_fields_of_others_are_kept_and_those_that_were_emptied_are_deleted(adapter, shop):
    shop.define("PRODUCT", "custom.it", "single_line_text_field")
    shop.define("PRODUCTVARIANT", "custom.size", "single_line_text_field")
    sent = {
        "variation_axes": [axis("color")],
        "variants": [variant("1", {"color": "red"}, variant__custom__size="M")],
    }
    push(adapter, product("a", product__custom__it="x", **sent))
    there = shop.products[0]
    there["metafields"]["reviews", "stars"] = "5"
    there["variants"][0]["metafields"]["reviews", "stars"] = "4"

    sent["variants"] = [variant("1", {"color": "red"})]
    push(adapter, product("a", **sent))

    there = shop.products[0]
    assert ("custom", "it") not in there["metafields"]
    assert there["metafields"]["reviews", "stars"] == "5"
    assert ("custom", "size") not in there["variants"][0]["metafields"]
    assert there["variants"][0]["metafields"]["reviews", "stars"] == "4"


def test_a_field_that_people_filled_in_is_not_deleted(adapter, shop):
    shop.define("PRODUCT", "custom.it", "single_line_text_field")
    push(adapter, product("a"))
    shop.products[0]["metafields"]["custom", "it"] = "by hand"

    push(adapter, product("a"))

    assert shop.products[0]["metafields"]["custom", "it"] == "by hand"
