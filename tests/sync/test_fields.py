"""Which fields of two documents differ."""

import json

import pytest

from sync.fields import WHOLE, FieldChange, differing, in_words, pretty


def value(data, locale=None, scope=None):
    return {"data": data, "locale": locale, "scope": scope, "attribute_type": "pim_catalog_text"}


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (None, '{"name":"Shoe"}', [("name", None, '"Shoe"')]),
        ('{"name":"Shoe"}', '{"name":"Boot"}', [("name", '"Shoe"', '"Boot"')]),
        ('{"name":"Shoe","ean":"1"}', '{"name":"Shoe"}', [("ean", '"1"', None)]),
        ('{"price":{"amount":1,"unit":"EUR"}}', '{"price":{"amount":2,"unit":"EUR"}}', "price"),
        ('{"a":1.0}', '{"a":1.00}', [("a", "1.0", "1.00")]),
        ('{"a":1}', '{"a":"1"}', [("a", "1", '"1"')]),
        ('{"a":["x","y"]}', '{"a":["x"]}', [("a", '["x","y"]', '["x"]')]),
        ('{"a":{}}', '{"a":{"b":1}}', [("a", "{}", None), ("a.b", None, "1")]),
        ('{"a":[{"b":1,"c":2}]}', '{"a": [ {"c":2, "b":1} ]}', []),
        ('{"updated":"yesterday","values":{}}', '{"updated":"today","values":{}}', []),
        ('{"updated":"a","b":1}', '{"updated":"c","b":1}', [("updated", '"a"', '"c"')]),
        ("null", '{"a":null}', [("a", None, "null")]),
        ('["no object"]', '{"a":1}', [("a", None, "1"), (WHOLE, '["no object"]', None)]),
    ],
)
def test_what_differs(before, after, changes):
    if changes == "price":
        changes = [("price.amount", "1", "2")]

    assert differing(before, after) == [FieldChange(*change) for change in changes]


def test_a_variant_is_named_by_its_uuid():
    before = '{"variants":[{"uuid":"u1","price":1},{"uuid":"u2","price":{"amount":1}}]}'
    after = '{"variants":[{"uuid":"u2","price":{"amount":2}},{"uuid":"u3","price":3}]}'

    assert differing(before, after) == [
        FieldChange("variants.u1.price", "1", None),
        FieldChange("variants.u1.uuid", '"u1"', None),
        FieldChange("variants.u2.price.amount", "1", "2"),
        FieldChange("variants.u3.price", None, "3"),
        FieldChange("variants.u3.uuid", None, '"u3"'),
    ]


@pytest.mark.parametrize("odd", ['"an address"', "[]", '[{"price":1}]', '[{"uuid":1}]', "[1]"])
def test_what_are_no_variants_is_one_field(odd):
    assert differing(None, f'{{"variants":{odd}}}') == [FieldChange("variants", None, odd)]


def test_a_value_of_a_raw_product_is_named_by_attribute_locale_and_channel():
    def product(*names):
        return json.dumps({"values": {"name": list(names), "sku": [value("A1")]}})

    before = product(value("Shoe", "en_US", "ecommerce"), value("Schuh", "de_DE"))
    after = product(value("Boot", "en_US", "ecommerce"), value("Schuh", "de_DE"))

    assert differing(before, after) == [
        FieldChange("values.name (en_US, ecommerce)", '"Shoe"', '"Boot"')
    ]


def test_a_document_that_is_nested_too_deep_is_one_field():
    deep = '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"

    assert [one.field for one in differing('{"a":1}', deep)] == ["a", WHOLE]


def test_names_are_what_every_database_takes():
    (change,) = differing(None, '{"a\\u0000b":1}')

    assert change.field == "ab"


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, ""), ("null", ""), ('"Sho\\u00e9"', "Shoé"), ("1.50", "1.50"), ('["a"]', '["a"]')],
)
def test_values_in_words(text, words):
    assert in_words(text) == words


def test_what_is_nested_too_deep_is_shown_as_it_is():
    body = "[" * 100_000 + "]" * 100_000

    assert pretty(body) == body


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("T\\u00fcrkei", "Türkei"),
        ("\\ud83d\\udc5f 10 \\u20AC", "👟 10 €"),
        ("\\u003Cp\\u003E", "<p>"),
        ("a\\/b", "a/b"),
        *((kept, kept) for kept in ("\\\\u00fc", "\\u0022", '\\"', "\\u005c", "\\n", "\\u0000")),
        *((kept, kept) for kept in ("\\u200b", "Türkei")),
    ],
)
def test_what_is_escaped_is_shown_as_it_reads_and_stays_json(written, shown):
    body = f'{{"a":"{written}","price":12.50}}'

    assert pretty(body) == f'{{\n  "a": "{shown}",\n  "price": 12.50\n}}'
    assert json.loads(pretty(body)) == json.loads(body)
