"""Documents as channels with variants read them (pim-contract.md 2.6)."""

import json
from decimal import Decimal

import pytest

from channels.base import ChannelProduct
from channels.shop_products import localized, prices, shop_product


def label(text):
    return [{"locale": "en", "value": text}, {"locale": "fr", "value": f"{text} (fr)"}]


def read(document, max_axes=3, key="tee"):
    return shop_product(ChannelProduct(key, json.dumps(document)), max_axes=max_axes)


def axis_value(code, value, text):
    return {"code": code, "value": value, "label": label(text)}


MODEL = {
    "code": "tee",
    "name": label("T-shirt"),
    "pim_categories": ["tops"],
    "variation_axes": [
        {"code": "color", "label": label("Colour")},
        {"code": "size", "label": label("Size")},
        {"code": "organic", "label": label("Organic")},
    ],
    "variants": [
        {
            "uuid": "u1",
            "sku": "tee-1",
            "variation_axes_values": [
                axis_value("color", "red", "Red"),
                axis_value("size", {"amount": 40, "unit": "CENTIMETER"}, "40 cm"),
                axis_value("organic", True, "Yes"),
            ],
        }
    ],
}


def test_a_model_has_its_axes_and_its_variants():
    product = read(MODEL)

    assert product.fields.keys() == {"code", "name", "pim_categories"}
    assert product.categories == ["tops"]
    assert [(axis.code, axis.labels["fr"]) for axis in product.axes] == [
        ("color", "Colour (fr)"),
        ("size", "Size (fr)"),
        ("organic", "Organic (fr)"),
    ]
    (variant,) = product.variants
    assert (variant.uuid, variant.fields["sku"]) == ("u1", "tee-1")
    assert [value.value for value in variant.axis_values] == ["red", "40 CENTIMETER", "yes"]
    assert variant.axis_values[1].label("de") == "40 cm"


def test_the_values_may_stand_under_the_other_documented_name():
    variant = dict(MODEL["variants"][0])
    variant["variant_axes_values"] = variant.pop("variation_axes_values")

    product = read({**MODEL, "variants": [variant]})

    assert [value.value for value in product.variants[0].axis_values] == [
        "red",
        "40 CENTIMETER",
        "yes",
    ]


def test_a_product_that_stands_alone_is_its_own_variant():
    product = read({"uuid": "u9", "name": "Lamp", "price": 1.10}, key="u9")

    assert product.axes == ()
    assert [variant.uuid for variant in product.variants] == ["u9"]
    assert product.variants[0].fields["price"] == Decimal("1.1")


def test_axes_that_are_too_many_are_joined_into_the_last():
    product = read(MODEL, max_axes=2)

    assert [axis.code for axis in product.axes] == ["color", "size-organic"]
    assert product.axes[1].labels == {"en": "Size / Organic", "fr": "Size (fr) / Organic (fr)"}
    color, joined = product.variants[0].axis_values
    assert (color.value, joined.value) == ("red", "40 CENTIMETER / yes")
    assert joined.labels["en"] == "40 cm / Yes"


@pytest.mark.parametrize(
    "document", [[], {"variants": "https://pim/variants"}, {"variants": [{"sku": "without uuid"}]}]
)
def test_a_document_of_another_shape_is_refused_with_a_sentence(document):
    with pytest.raises(ValueError, match=r"\.$"):
        read(document)


def test_a_language_that_is_empty_is_told_from_one_that_is_missing():
    assert localized([{"locale": "en", "value": "A"}, {"locale": "fr", "value": None}]) == {
        "en": "A",
        "fr": None,
    }
    assert localized({"locale": "en", "value": "A"}) == {"en": "A"}


def test_prices_stay_exact():
    read_prices = ChannelProduct("a", '{"p": [{"currency": "EUR", "amount": 0.10}]}').data["p"]

    assert prices(read_prices) == {"EUR": Decimal("0.10")}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"uuid":"tee","name":%s}' % ("[" * 100_000 + "]" * 100_000), "cannot be read"),
        ('{"uuid":"tee","name":%s}' % ("[" * 60 + "]" * 60), "nested deeper than 50 levels"),
        ('{"uuid":"tee","price":%s}' % ("9" * 5000), "cannot be read"),
        ('{"uuid":"tee","name":"\\ud83d"}', "cannot be read"),
        ("[]", "not a JSON object"),
        ('{"code":"tee","variants":7}', "not a list of objects"),
    ],
)
def test_what_nobody_can_use_is_a_sentence_and_no_accident(body, says):
    with pytest.raises(ValueError, match=says):
        shop_product(ChannelProduct("tee", body), max_axes=3)


@pytest.mark.parametrize("odd", [7, True, "text", {"code": "color"}, [7, None]])
def test_parts_of_another_shape_count_as_none(odd):
    variant = {"uuid": "u1", "variation_axes_values": odd}

    document = {"variation_axes": odd, "pim_categories": odd, "variants": [variant]}
    product = read({"code": "tee", **document})

    assert (product.axes, product.variants[0].axis_values) == ((), ())
    assert product.categories == []
