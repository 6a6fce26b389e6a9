"""What the PIM takes as one value, and what is written so that it holds another."""

import pytest

from enrichment.values import Place, changes, current, digest
from pim.finding import FoundProduct

PRICES = "pim_catalog_price_collection"
METRIC = "pim_catalog_metric"


def product(**values):
    return FoundProduct(
        uuid="5a2f7fb0-9c3a-4c0e-8a55-3a1d4b7a9f10",
        identifier="mug-1",
        enabled=True,
        family="mugs",
        parent=None,
        categories=("kitchen", "sale"),
        updated="2026-11-01T00:00:00+00:00",
        values=values,
    )


@pytest.mark.parametrize(
    ("one", "other", "type_"),
    [
        (12.5, "12.5000", "pim_catalog_number"),
        (0, "-0.00", "pim_catalog_number"),
        ("1e2", 100, "pim_catalog_number"),
        (None, "", "pim_catalog_text"),
        (None, [], "pim_catalog_multiselect"),
        (["b", "a"], ["a", "b", "b"], "pim_catalog_multiselect"),
        (["b", "a"], ["a", "b"], "categories"),
        ("2026-11-29", "2026-11-29T00:00:00+01:00", "pim_catalog_date"),
        ({"amount": "2.0", "unit": "G", "symbol": "g"}, {"unit": "G", "amount": 2}, METRIC),
        ([{"amount": "1", "currency": "USD"}, {"amount": None, "currency": "EUR"}],
         [{"currency": "USD", "amount": "1.00"}], PRICES),
        ("9.90", "9.9", PRICES),
        ("9.994999", "9.99", PRICES),
        ("0.005", "0.01", PRICES),
        ("1.23456789", "1.2346", "pim_catalog_number"),
        ({"amount": "1.00004", "unit": "GRAM"}, {"amount": 1, "unit": "GRAM"}, METRIC),
    ],
)  # fmt: skip
def test_what_the_pim_takes_as_equal_has_one_digest(one, other, type_):
    assert digest(one, type_) == digest(other, type_)


@pytest.mark.parametrize(
    ("one", "other", "type_"),
    [
        ("12.5", "12.50", "pim_catalog_text"),
        ("Mug", "Mug ", "pim_catalog_text"),
        ("Mug", "mug", "pim_catalog_text"),
        ("1", "2", "pim_catalog_number"),
        ("1.0001", "1.0002", "pim_catalog_number"),
        ("9.98", "9.99", PRICES),
        ("9007199254740993", "9007199254740992", "pim_catalog_number"),
        (False, None, "pim_catalog_boolean"),
        (0, None, "pim_catalog_number"),
        (["a", "b"], ["b", "a"], "pim_catalog_asset_collection"),
        ({"amount": 2, "unit": "KILOGRAM"}, {"amount": 2, "unit": "GRAM"}, METRIC),
        ("2026-11-29", "2026-11-30", "pim_catalog_date"),
        (["a"], ["a", "b"], "categories"),
    ],
)
def test_what_differs_to_the_pim_has_two(one, other, type_):
    assert digest(one, type_) != digest(other, type_)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999999999", "twelve"])
def test_what_is_no_number_of_a_product_is_its_own_text(value):
    assert digest(value, "pim_catalog_number") == digest(value, "pim_catalog_text")


def test_a_value_is_found_at_its_place_and_nowhere_else():
    found = product(
        name=[{"locale": "en_US", "scope": None, "data": "Mug"}],
        price=[{"locale": None, "scope": None, "data": [{"amount": "9.90", "currency": "EUR"}]}],
    )

    def at(*place, **rest):
        return current(found, Place(*place, **rest))

    assert at("name", "en_US", type="pim_catalog_text") == "Mug"
    assert at("name", "fr_FR", type="pim_catalog_text") is None
    assert at("price", part="EUR", type=PRICES) == "9.90"
    assert at("price", part="USD", type=PRICES) is None
    assert at("categories") == ["kitchen", "sale"]
    assert at("parent") is None
    assert at("enabled") is True
    assert current(None, Place("enabled")) is None


def test_only_what_shall_change_is_written():
    change = changes(
        product(),
        [
            (Place("name", "fr_FR", type="pim_catalog_text"), "Tasse"),
            (Place("name", "en_US", type="pim_catalog_text"), None),
            (Place("enabled"), False),
            (Place("categories"), None),
        ],
    )

    assert change == {
        "enabled": False,
        "categories": [],
        "values": {
            "name": [
                {"locale": "fr_FR", "scope": None, "data": "Tasse"},
                {"locale": "en_US", "scope": None, "data": None},
            ]
        },
    }


def test_other_currencies_of_a_price_stay():
    found = product(
        price=[
            {
                "locale": None,
                "scope": "ecommerce",
                "data": [
                    {"amount": "9.90", "currency": "EUR"},
                    {"amount": "11.00", "currency": "USD"},
                    {"amount": "8.00", "currency": "GBP"},
                ],
            }
        ]
    )
    wanted = [
        (Place("price", scope="ecommerce", part="EUR", type=PRICES), "10.50"),
        (Place("price", scope="ecommerce", part="GBP", type=PRICES), None),
        (Place("price", scope="print", part="EUR", type=PRICES), "12"),
    ]

    [shop, printed] = changes(found, wanted)["values"]["price"]

    assert shop["data"] == [
        {"amount": "11.00", "currency": "USD"},
        {"amount": "10.50", "currency": "EUR"},
    ]
    assert printed["data"] == [{"amount": "12", "currency": "EUR"}]


def test_a_price_without_any_currency_left_is_nothing():
    found = product(
        price=[{"locale": None, "scope": None, "data": [{"amount": "1", "currency": "EUR"}]}]
    )

    change = changes(found, [(Place("price", part="EUR", type=PRICES), None)])

    assert change["values"]["price"][0]["data"] is None
