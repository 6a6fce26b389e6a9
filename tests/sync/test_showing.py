"""What people know a product by: its price and its picture in a document."""

from decimal import Decimal

import pytest

from channels.targets import PRICE_FIELDS, Target
from sync.showing import picture_path, price_in

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
