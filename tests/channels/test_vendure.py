"""What of the `vendure` channel needs no shop; the rest is in tests/shops."""

from decimal import Decimal

import pytest

from channels.filled import Filled
from channels.surroundings import MemoryIds
from channels.vendure.about import About, CustomField
from channels.vendure.slugs import is_slug_of, slugified
from channels.vendure.targets import TARGETS, facet_code, product_code, variant_code
from channels.vendure.values import Unusable, amounts, custom_value, minor_units, same, texts

ABOUT = About("1", ("en", "fr", "de_CH"), "EUR", ("EUR", "USD"))


@pytest.mark.parametrize(
    ("amount", "precision", "units"),
    [
        (Decimal("19.90"), 2, 1990),
        (Decimal("19.9000"), 2, 1990),
        (20, 2, 2000),
        (Decimal("0.07"), 2, 7),
        (Decimal("1.005"), 3, 1005),
        (Decimal("90071992547409.93"), 2, 9007199254740993),
        (3000, 0, 3000),
    ],
)
def test_an_amount_becomes_whole_units_to_the_digit(amount, precision, units):
    assert minor_units(amount, precision) == units


@pytest.mark.parametrize("amount", [Decimal("1.005"), -1, True, "5", None, Decimal("-0.01")])
def test_an_amount_that_is_none_is_not_guessed(amount):
    with pytest.raises(Unusable):
        minor_units(amount, 2)


def test_prices_are_those_of_the_shops_currencies_and_a_number_is_in_its_own():
    listed = [{"amount": Decimal("5.5"), "currency": "USD"}, {"amount": 1, "currency": "JPY"}]

    assert amounts(listed, ABOUT) == {"USD": 550}
    assert amounts(Decimal("19.9"), ABOUT) == {"EUR": 1990}


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en", "en"), ("en_US", "en"), ("fr-BE", "fr"), ("de_CH", "de_CH"), ("de_DE", None)],
)
def test_a_locale_finds_the_nearest_language(locale, language):
    assert ABOUT.language_of(locale) == language


def test_of_two_locales_of_one_language_the_first_that_says_something_wins():
    entries = [
        {"locale": "en_GB", "value": None},
        {"locale": "en_US", "value": "Color"},
        {"locale": "en_AU", "value": "Colour"},
    ]

    assert texts(entries, ABOUT) == {"en": "Color"}
    assert texts(None, ABOUT) == {"en": None, "fr": None, "de_CH": None}
    assert texts("bare", ABOUT) == {"en": "bare"}


@pytest.mark.parametrize(
    ("type_", "value", "kept"),
    [
        ("string", 12, "12"),
        ("float", Decimal("0.1"), Decimal("0.1")),
        ("int", Decimal("3.0"), 3),
        ("boolean", False, False),
        ("datetime", "2024-02-29", "2024-02-29T00:00:00+00:00"),
        ("string", None, None),
    ],
)
def test_a_value_as_its_custom_field_wants_it(type_, value, kept):
    assert custom_value(value, CustomField("x", type_)) == kept


@pytest.mark.parametrize(
    ("type_", "wanted", "standing", "is_same"),
    [
        ("datetime", "2024-02-29T00:00:00+01:00", "2024-02-28T23:00:00.000Z", True),
        ("datetime", "2024-02-29T00:00:00+01:00", None, False),
        ("float", Decimal("1.50"), Decimal("1.5"), True),
        ("string", None, "", True),
        ("boolean", False, None, False),
    ],
)
def test_the_same_value_is_known_however_the_shop_writes_it(type_, wanted, standing, is_same):
    assert same(wanted, standing, CustomField("x", type_)) is is_same


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Crème brûlée & Söhne", "creme-brulee-soehne"),
        ("  Straße 5/6 ", "-strasse-56-"),
        ("A -- B", "a-b"),
        ("Œuvre", "œuvre"),
    ],
)
def test_a_slug_is_what_vendure_makes_of_a_text(text, slug):
    assert slugified(text) == slug


@pytest.mark.parametrize(
    ("standing", "wanted", "is_it"),
    [
        ("shirt", "Shirt", True),
        ("shirt-2", "Shirt", True),
        ("shirt-3", "shirt-2", True),
        ("shirts", "shirt", False),
        ("shirt", "shirt-2", False),
    ],
)
def test_a_renamed_slug_is_still_the_wanted_one(standing, wanted, is_it):
    assert is_slug_of(standing, wanted) is is_it


def test_no_two_fields_of_a_shop_share_a_target():
    names = ["name", "price", "images", "variant_images", "custom_name", "facet_name", "pim_x", "a"]
    codes = [
        *(target.code for target in TARGETS),
        *map(product_code, names),
        *map(variant_code, names),
        *map(facet_code, names),
    ]

    assert len(set(codes)) == len(codes)


def test_what_was_filled_is_remembered_however_much_it_is():
    filled = Filled(MemoryIds())
    many = frozenset(f"a_custom_field_with_a_long_name_{number}" for number in range(200))

    filled.put({"a": many, "b": frozenset(), "c": {"color"}})

    assert filled.get(["a", "b", "c", "d"]) == {
        "a": many,
        "b": frozenset(),
        "c": frozenset({"color"}),
        "d": frozenset(),
    }
    filled.put({"a": {"size"}})
    assert filled.get(["a"]) == {"a": frozenset({"size"})}


def test_what_is_remembered_fits_where_it_is_kept():
    ids = MemoryIds()

    Filled(ids).put({"a": {f"{'x' * 60}{number}" for number in range(50)}})

    assert max(map(len, ids.ids.values())) <= 255
