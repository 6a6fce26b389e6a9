"""Products in an app's own terms (pim-contract.md 2.5, 2.6)."""

import pytest

from sandbox.state import Source
from tests.sandbox.api import BASE_URL, TEXT, flat_schema

URI = {"type": "string", "format": "uri"}
DATE = {"type": "string", "format": "date-time"}
NUMBER = {"type": "number"}
PRICE = {
    "type": "object",
    "properties": {"amount": NUMBER, "currency": TEXT},
    "required": ["amount", "currency"],
}
MEASURED = {
    "type": "object",
    "properties": {"value": NUMBER, "unit": TEXT},
    "required": ["value", "unit"],
}
LOCALIZED = {
    "type": "object",
    "properties": {"locale": TEXT, "value": TEXT},
    "required": ["locale", "value"],
}


def many(items):
    return {"type": "array", "items": items}


VALUES = {
    ("name", "en_US", None): "Cup",
    ("name", "fr_FR", None): "Tasse",
    ("description", "en_US", "ecommerce"): "<p>Long</p>",
    ("description", "en_US", "print"): "Short",
    ("color", None, None): "navy",
    ("materials", None, None): ["stoneware", "glass"],
    ("price", None, None): [
        {"amount": "12.50", "currency": "EUR"},
        {"amount": "14", "currency": "USD"},
    ],
    ("weight", None, None): {"amount": "0.2500", "unit": "KILOGRAM"},
    ("recycled_share", None, None): "12.5000",
    ("delivery_days", None, None): 3,
    ("is_new", None, None): False,
    ("release_date", None, None): "2024-05-01T00:00:00+00:00",
    ("image", None, None): "a/b/c/d/file.png",
}


@pytest.fixture
def product(api):
    return api.pim.add_product("CUP-1", "mugs", VALUES, ("mugs", "gift_guide"))


@pytest.mark.parametrize(
    ("target", "source", "expected"),
    [
        (TEXT, Source("name", locale="fr_FR"), "Tasse"),
        (TEXT, Source("description", locale="en_US", scope="print"), "Short"),
        (TEXT, Source("sku"), "CUP-1"),
        (TEXT, Source("identifier"), "CUP-1"),
        (TEXT, Source("color", parameters={"label_locale": "fr_FR"}), "Bleu marine"),
        (TEXT, Source("color"), "navy"),
        (TEXT, Source("materials", parameters={"label_locale": "en_US"}), "Stoneware, Glass"),
        (TEXT, Source("family", parameters={"label_locale": "de_DE"}), "Tassen"),
        (TEXT, Source("categories"), "mugs, gift_guide"),
        (TEXT, Source("delivery_days"), "3"),
        (TEXT, Source("recycled_share"), "12.5"),
        (NUMBER, Source("delivery_days"), 3),
        (NUMBER, Source("recycled_share"), 12.5),
        (NUMBER, Source("weight"), 0.25),
        (NUMBER, Source("weight", parameters={"unit": "GRAM"}), 250),
        (NUMBER, Source("price", parameters={"currency": "USD"}), 14),
        ({"type": "boolean"}, Source("is_new"), False),
        (DATE, Source("release_date"), "2024-05-01T00:00:00+00:00"),
        (URI, Source("image"), f"{BASE_URL}/api/rest/v1/media-files/a/b/c/d/file.png/download"),
        (many(TEXT), Source("materials"), ["stoneware", "glass"]),
        (many(TEXT), Source("categories", parameters={"label_locale": "en_US"}),
         ["Mugs", "Gift guide"]),
        (PRICE, Source("price", parameters={"currency": "EUR"}),
         {"amount": 12.5, "currency": "EUR"}),
        (many(PRICE), Source("price"),
         [{"amount": 12.5, "currency": "EUR"}, {"amount": 14, "currency": "USD"}]),
        (MEASURED, Source("weight", parameters={"unit": "GRAM"}), {"value": 250, "unit": "GRAM"}),
        (LOCALIZED, Source("name", locale="fr_FR"), {"locale": "fr_FR", "value": "Tasse"}),
        (many(LOCALIZED), Source("name"),
         [{"locale": "en_US", "value": "Cup"}, {"locale": "fr_FR", "value": "Tasse"}]),
        (many(LOCALIZED), Source("description", scope="print"),
         [{"locale": "en_US", "value": "Short"}]),
    ],
)  # fmt: skip
def test_a_target_takes_its_source_as_its_own_type(api, product, target, source, expected):
    catalog = api.catalog(schema=flat_schema(field=target), field=source)

    answer = api.get(f"/catalogs/{catalog.id}/mapped-products/{product.uuid}")

    assert answer.json == {"uuid": product.uuid, "field": expected}


@pytest.mark.parametrize(
    ("target", "source"),
    [
        (TEXT, None),
        (TEXT, "slogan"),  # nothing in it
        (TEXT, "abolished"),
        (TEXT, Source("name", locale="de_DE")),
        (TEXT, "image"),
        (NUMBER, "name"),
        (NUMBER, Source("price", parameters={"currency": "CHF"})),
        (URI, "sku"),
        (DATE, "sku"),
        ({"type": "boolean"}, "sku"),
        (many(TEXT), "certifications"),
        (many(LOCALIZED), "slogan"),
        (MEASURED, "name"),
    ],
)
def test_a_target_without_a_fitting_value_is_left_out(api, product, target, source):
    catalog = api.catalog(schema=flat_schema(field=target), field=source)

    answer = api.get(f"/catalogs/{catalog.id}/mapped-products/{product.uuid}")

    assert answer.json == {"uuid": product.uuid}


def test_managed_locales_and_currencies_narrow_what_comes(api, product):
    schema = flat_schema(names=many(LOCALIZED), prices=many(PRICE))
    catalog = api.catalog(schema=schema, names="name", prices="price")
    catalog.managed_locales, catalog.managed_currencies = ["fr_FR"], ["USD"]

    answer = api.get(f"/catalogs/{catalog.id}/mapped-products/{product.uuid}").json

    assert answer["names"] == [{"locale": "fr_FR", "value": "Tasse"}]
    assert answer["prices"] == [{"amount": 14, "currency": "USD"}]


def test_an_emptied_value_is_no_longer_there(api, product):
    catalog = api.catalog(schema=flat_schema(title=TEXT), title=Source("name", locale="en_US"))
    api.pim.edit_product(product.uuid, "name", None, locale="en_US")

    answer = api.get(f"/catalogs/{catalog.id}/mapped-products/{product.uuid}")

    assert answer.json == {"uuid": product.uuid}


def test_a_flat_schema_lists_variants_and_names_their_models(api):
    catalog = api.catalog(schema=flat_schema(pim_parent=TEXT, pim_root=TEXT))

    items, _ = api.all(f"/catalogs/{catalog.id}/mapped-products", limit=20)

    by_uuid = {item["uuid"]: item for item in items}
    assert list(by_uuid) == api.listed(catalog)
    variant = next(p for p in api.pim.listed_products(catalog) if p.size)
    assert by_uuid[variant.uuid]["pim_parent"] == variant.parent
    assert variant.parent.startswith(by_uuid[variant.uuid]["pim_root"] + "-")


def test_automatic_mapping_goes_by_name_and_by_type(api):
    schema = flat_schema(
        title=TEXT,
        main_picture=URI,
        price=PRICE,
        gtin=TEXT,
        launched=DATE,
        tags=many({"type": "string", "enum": ["a", "b"]}),
        variants_count={"type": "number"},
    )
    catalog = api.catalog(schema=schema)

    api.pim.auto_map(catalog)

    assert {code: source.source for code, source in catalog.mapping.items()} == {
        "uuid": "uuid",
        "title": "name",
        "main_picture": "image",
        "price": "price",
        "gtin": "ean",
        "launched": "release_date",
        "tags": None,  # not just any list of texts
        "variants_count": "warranty_years",
    }
    assert catalog.mapping["title"] == Source("name", locale="en_US")
    assert catalog.mapping["price"].parameters == {"currency": "EUR"}
