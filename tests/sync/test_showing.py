"""What people know a product by: its price, picture and variants in a document."""

import json
from decimal import Decimal

import pytest

from channels.targets import PRICE_FIELDS, Target
from sync.showing import picture_path, price_in, variant_names_in

PLAIN = Target("price", "number", "Price", "")
PRICES = Target("prices", "array", "Prices", "", items="object", fields=PRICE_FIELDS)
PIM = "https://acme.cloud.akeneo.com"


@pytest.mark.parametrize(
    ("content", "price"),
    [
        ({"price": Decimal("81.9")}, "81.90"),
        ({"price": Decimal("0.125")}, "0.125"),
        ({"price": 100}, "100"),
        ({"price": "on request"}, "on request"),
        ({"price": True}, ""),
        ({"price": None}, ""),
        ({"prices": [{"amount": Decimal("19.9"), "currency": "EUR"}]}, "19.90 EUR"),
        ({"prices": [{"currency": "EUR"}]}, ""),
        ({"prices": []}, ""),
        ({"variants": [{"sku": "A"}, {"price": Decimal("5")}]}, "5.00"),
        ({"variants": "https://elsewhere"}, ""),
        ({"price": Decimal("1e999999999")}, "1E+999999999"),
        ({"price": "a\0b\ud800"}, "ab?"),
        ([], ""),
        (None, ""),
    ],
)
def test_a_price_is_written_as_people_do(content, price):
    assert price_in(content, [PLAIN, PRICES]) == price


def test_a_price_is_no_longer_than_anybody_reads():
    assert len(price_in({"price": "9" * 5000}, [PLAIN])) == 100


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (f"{PIM}/api/rest/v1/media-files/1/2/abc_shoe.png/download", "shoe.png"),
        (f"{PIM}/api/rest/v1/media-files/1/2/abc_manual.pdf/download", ""),
        ("https://elsewhere.example.com/shoe.png", ""),
        ("", ""),
    ],
)
def test_a_picture_of_the_pim_is_found_and_nothing_else(value, found):
    path = picture_path(f'{{"image": "{value}"}}', PIM)

    assert bool(path) == bool(found)
    assert found in path


BLUE = {"code": "color", "value": "blue", "label": [{"locale": "en_US", "value": "Blue"}]}
SIZE = {"code": "size", "value": 42, "label": []}


def a_model(*variants):
    return json.dumps({"code": "shoes", "variants": list(variants)})


@pytest.mark.parametrize(
    ("variant", "name"),
    [
        ({"sku": "A-1", "variation_axes_values": [BLUE, SIZE]}, "A-1 (Blue, 42)"),
        ({"identifier": "A-1", "name": "Blue shoes"}, "A-1 (Blue shoes)"),
        ({"sku": "A-1"}, "A-1"),
        ({"sku": None, "variation_axes_values": [BLUE]}, "Blue"),
        ({"title": [{"locale": "fr", "value": None}, {"locale": "en", "value": "Shoes"}]}, "Shoes"),
        ({"sku": "A\0\ud800"}, "A?"),
        ({"sku": ["A"], "variation_axes_values": "blue", "name": {"en": "Shoes"}}, None),
    ],
)
def test_a_variant_is_called_what_people_call_it(variant, name):
    body = a_model({"uuid": "v", **variant})

    assert variant_names_in(body) == ({} if name is None else {"v": name})


def test_what_the_last_version_says_of_a_variant_counts():
    before = a_model({"uuid": "a", "sku": "A"}, {"uuid": "b", "sku": "B"})
    after = a_model({"uuid": "a", "sku": "A-1"}, {"uuid": "b"}, {"sku": "C"}, "D")

    assert variant_names_in(before, after, None, "[", "[]") == {"a": "A-1", "b": "B"}
