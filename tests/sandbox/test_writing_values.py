"""What a PIM takes as values, keeps and shows (pim-contract.md 3.4, 3.8)."""

import pytest

from tests.sandbox.writes import NOW, Writer, messages, value

PRODUCTS = "/products-uuid"


@pytest.fixture(scope="module")
def api():
    return Writer(40)


@pytest.fixture
def product(api):
    """A simple product, as it was before anybody wrote to it."""
    simple = api.simple()
    simple.edits, simple.updated = {}, simple.created
    return simple


@pytest.mark.parametrize(
    ("attribute", "data", "kept"),
    [
        ("ean", "40 € – “x”", "40 € – “x”"),
        ("is_new", False, False),
        ("delivery_days", 3, 3),
        ("delivery_days", "3", 3),
        ("delivery_days", "3.0", 3),
        ("recycled_share", "12.5", "12.5000"),
        ("recycled_share", 12, "12.0000"),
        ("recycled_share", "0.00005", "0.0001"),
        ("season", "summer", "summer"),
        ("materials", ["wool", "cotton", "wool"], ["cotton", "wool"]),
        ("weight", {"amount": 12.5, "unit": "GRAM"},
         {"amount": "12.5000", "unit": "GRAM", "symbol": "g"}),
        ("price", [{"amount": "9", "currency": "USD"}, {"amount": 8.5, "currency": "EUR"}],
         [{"amount": "8.50", "currency": "EUR"}, {"amount": "9.00", "currency": "USD"}]),
        ("price", [{"amount": None, "currency": "USD"}, {"amount": 8.555, "currency": "EUR"}],
         [{"amount": "8.56", "currency": "EUR"}]),
        ("release_date", "2025-03-01", "2025-03-01T00:00:00+00:00"),
        ("release_date", "2025-03-01T22:30:00+01:00", "2025-03-01T00:00:00+00:00"),
    ],
)  # fmt: skip
def test_data_are_shown_as_the_pim_keeps_them(api, product, attribute, data, kept):
    answer = api.patch(f"{PRODUCTS}/{product.uuid}", values={attribute: value(data)})

    assert answer.status_code == 204, answer.json
    assert answer.headers["Location"].endswith(f"/api/rest/v1{PRODUCTS}/{product.uuid}")
    assert [e["data"] for e in api.product(product.uuid)["values"][attribute]] == [kept]


@pytest.mark.parametrize(
    ("attribute", "entries", "said"),
    [
        ("ean", value(1), "The ean attribute requires a string, a integer was detected."),
        ("ean", value("x" * 256),
         "The ean attribute must not contain more than 255 characters. The submitted value is too "
         "long."),
        ("description", value("x" * 65_536, "en_US", "ecommerce"), "more than 65535 characters"),
        ("is_new", value("yes"),
         "The is_new attribute requires a boolean value (true or false) as data, a string was "
         "detected."),
        ("delivery_days", value("soon"),
         "The delivery_days attribute requires a number, and the submitted soon value is not."),
        ("delivery_days", value(1.5), "requires a non-decimal value, and 1.5 is not a valid value"),
        ("delivery_days", value(-1), "requires an equal or greater than 0 value."),
        ("brand", value(["x"]), 'Property "brand" expects a string as data, "array" given.'),
        ("brand", value("nope"), "The nope value is not in the brand attribute option list."),
        ("materials", value("wool"), 'Property "materials" expects an array as data'),
        ("materials", value(["a", "wool", "b"]),
         "The a, b values are not in the materials attribute option list."),
        ("weight", value(5), 'Property "weight" expects an array as data, "integer" given.'),
        ("weight", value({"amount": 5, "unit": "METER"}), "Please specify a valid metric unit"),
        ("weight", value({"amount": "x", "unit": "GRAM"}), "submitted x value is not"),
        ("price", value([{"amount": 5, "currency": "CHF"}]), "Please specify a valid currency"),
        ("price", value([5]), "expects an array of arrays"),
        ("release_date", value("01/03/2025"),
         "The release_date attribute requires a valid date. Please use the following format "
         "yyyy-mm-dd for dates."),
        ("image", value("nope.png"),
         'Property "image" expects a valid pathname as data, "nope.png" given.'),
        ("name", value("x"), "The name attribute requires a locale."),
        ("ean", value("x", "en_US"), "The ean attribute does not require a locale."),
        ("description", value("x", "en_US"), "The description attribute requires a scope."),
        ("ean", value("x", None, "print"), "The ean attribute does not require a scope."),
        ("description", value("x", "en_US", "shop"),
         'Value "description" expects an existing channel, "shop" given'),
        ("name", value("x", "it_IT"),
         'Attribute "name" expects an existing and activated locale, "it_IT" given.'),
        ("description", value("x", "fr_FR", "print"),
         'expects a valid locale, "fr_FR" is not bound to channel "print".'),
        ("nonsense", value("x"), "The nonsense attribute does not exist in your PIM."),
        ("ean", "x", 'Property "ean" expects an array as data, "string" given.'),
        ("ean", [{"locale": None, "scope": None}],
         'Property "ean" expects an array with the key "data".'),
        ("ean", value("x") * 2, "You cannot update the same product value on the"),
        ("sku", value("A,B"), "This field should not contain any comma or semicolon"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_the_words_of_a_pim(api, product, attribute, entries, said):
    before = api.product(product.uuid)

    answer = api.patch(f"{PRODUCTS}/{product.uuid}", values={attribute: entries})

    assert answer.status_code == 422
    [message] = messages(answer.json)
    assert said in message
    assert api.product(product.uuid) == before


def test_limits_of_an_attribute_hold(api, product):
    attributes = api.pim.assortment.attributes
    usual = {code: attributes[code] for code in ("ean", "delivery_days", "release_date", "name")}
    attributes["ean"] = usual["ean"] | {"max_characters": 5, "validation_regexp": "/^[0-9]+$/"}
    attributes["delivery_days"] = usual["delivery_days"] | {"number_min": "2", "number_max": "9"}
    attributes["release_date"] = usual["release_date"] | {"date_max": "2025-01-31T00:00:00+00:00"}
    attributes["name"] = usual["name"] | {"available_locales": ["de_DE"]}
    try:
        answer = api.patch(
            f"{PRODUCTS}/{product.uuid}",
            values={
                "ean": value("abc"),
                "delivery_days": value(1),
                "release_date": value("2025-02-01"),
                "name": value("x", "en_US"),
            },
        )
    finally:
        attributes.update(usual)

    assert messages(answer.json) == [
        "The ean attribute must match the following regular expression: /^[0-9]+$/.",
        "The delivery_days attribute requires an equal or greater than 2 value.",
        "The release_date attribute requires a date that should be 2025-01-31 or before.",
        "The en_US locale is not available on the name attribute.",
    ]


def test_a_value_is_one_place_and_the_others_stay(api, product):
    before = {e["locale"]: e["data"] for e in api.product(product.uuid)["values"]["name"]}

    api.patch(f"{PRODUCTS}/{product.uuid}", values={"name": value("Neu", "de_DE")})

    after = {e["locale"]: e["data"] for e in api.product(product.uuid)["values"]["name"]}
    assert after == before | {"de_DE": "Neu"}


def test_prices_are_one_value(api, product):
    api.patch(f"{PRODUCTS}/{product.uuid}", values={
        "price": value([{"amount": 1, "currency": "EUR"}]),
    })  # fmt: skip

    assert api.product(product.uuid)["values"]["price"][0]["data"] == [
        {"amount": "1.00", "currency": "EUR"}
    ]


@pytest.mark.parametrize("empty", [None, "", []])
def test_what_is_empty_erases_and_is_absent_then(api, product, empty):
    assert "brand" in api.product(product.uuid)["values"]

    api.patch(f"{PRODUCTS}/{product.uuid}", values={"brand": value(empty)})

    assert "brand" not in api.product(product.uuid)["values"]


def test_the_date_moves_with_a_change_and_with_nothing_else(api, product):
    old = api.product(product.uuid)
    weight = old["values"]["weight"][0]["data"]
    same = {
        "brand": old["values"]["brand"],
        "weight": value({"amount": float(weight["amount"]), "unit": weight["unit"]}),
    }

    api.patch(
        f"{PRODUCTS}/{product.uuid}", values=same, enabled=old["enabled"], family=old["family"]
    )
    untouched = api.product(product.uuid)["updated"]
    api.patch(f"{PRODUCTS}/{product.uuid}", values={"ean": value("other")})

    assert untouched == old["updated"] != NOW
    assert api.product(product.uuid)["updated"] == NOW


def test_what_was_read_can_be_sent_back(api, product):
    before = api.product(product.uuid)
    body = {k: v for k, v in before.items() if k not in ("associations", "quantified_associations")}

    answer = api.call("PATCH", f"{PRODUCTS}/{product.uuid}", json=body)

    assert answer.status_code == 204, answer.json
    assert api.product(product.uuid) == before


def test_of_several_broken_rules_all_are_told_and_nothing_is_written(api, product):
    before = api.product(product.uuid)

    answer = api.patch(
        f"{PRODUCTS}/{product.uuid}",
        values={"ean": value("good"), "brand": value("nope"), "name": value("x", "it_IT")},
    )

    assert [e["attribute"] for e in answer.json["errors"]] == ["brand", "name"]
    assert answer.json["errors"][1]["locale"] == "it_IT"
    assert api.product(product.uuid) == before


def test_a_read_only_attribute_is_for_apps_to_write(api, product):
    attributes = api.pim.assortment.attributes
    usual = attributes["ean"]
    attributes["ean"] = usual | {"is_read_only": True}
    try:
        answer = api.patch(f"{PRODUCTS}/{product.uuid}", values={"ean": value("by the app")})
    finally:
        attributes["ean"] = usual

    assert answer.status_code == 204
