"""Products, variants and their texts in a real Vendure shop."""

from decimal import Decimal

import pytest

from channels.base import ConfigurationError, Outcome
from channels.surroundings import MemoryIds
from tests.shops.vendure_stage import (
    adapter_for,
    axis,
    model,
    price,
    simple,
    standing,
    text,
    variant,
)


@pytest.fixture
def adapter(shop, between):
    return adapter_for(shop, between)


def push(adapter, *products):
    return adapter.push(products, idempotency_key="batch")


def pushed(adapter, *products):
    results = push(adapter, *products)
    assert [result.outcome for result in results] == [Outcome.ACCEPTED] * len(products), results
    return results


def the_product(shop, customs=True):
    [only] = standing(shop, customs=customs).values()
    return only


def texts(thing, name):
    return {one["languageCode"]: one[name] for one in thing["translations"]}


def test_a_product_arrives_in_three_languages_with_all_that_was_mapped(shop, adapter):
    pushed(
        adapter,
        simple(
            "a",
            slug=text("Linen Shirt", "Chemise en lin"),
            description=text("<p>Cool</p>", "<p>Frais</p>", "<p>Kühl</p>"),
            price=price(EUR=19.9, USD=21.05, JPY=3000),
            color="red",
            care=text("Wash cold", "Laver à froid"),
            madeOn="2024-02-29T00:00:00+01:00",
            isVegan=True,
            weight=0.125,
            badges=["new", "sale"],
            variant_ean="4006381333931",
            variant_pieces=2,
            notes="nobody may write this",
        ),
    )

    product = the_product(shop)
    assert texts(product, "name") == {"en": "Product a", "fr": "Produit a", "de": "Produkt a"}
    assert texts(product, "slug") == {
        "en": "linen-shirt",
        "fr": "chemise-en-lin",
        "de": "produkt-a",
    }
    assert texts(product, "description")["de"] == "<p>Kühl</p>"
    assert product["customFields"] == {
        "externalId": "a",
        "color": "red",
        "size": None,
        "madeOn": "2024-02-28T23:00:00.000Z",
        "isVegan": True,
        "weight": 0.125,
        "badges": ["new", "sale"],
    }
    assert [one["customFields"]["care"] for one in product["customTexts"]] == [
        "Wash cold",
        "Laver à froid",
        None,
    ]
    [only] = product["variants"]
    assert (only["sku"], only["enabled"], only["options"]) == ("SKU-a", True, [])
    assert texts(only, "name")["fr"] == "Produit a"
    assert only["customFields"] == {"externalId": "a", "ean": "4006381333931", "pieces": 2}
    assert {one["currencyCode"]: one["price"] for one in only["prices"]} == {
        "EUR": 1990,
        "USD": 2105,
    }


def test_a_model_arrives_with_its_variants_and_options(shop, adapter):
    pushed(
        adapter,
        model("tee", variant("v1", "red", "s"), variant("v2", "red", "m")),
        model("polo", variant("v3", "blue", "s")),
    )

    tee, polo = standing(shop).values()
    assert [texts(group, "name")["fr"] for group in tee["optionGroups"]] == ["Couleur", "Taille"]
    assert [texts(one, "name")["en"] for one in tee["variants"]] == [
        "T-shirt Red S",
        "T-shirt Red M",
    ]
    options = {one["group"]["code"]: one["code"] for one in polo["variants"][0]["options"]}
    assert options == {"color": "blue", "size": "s"}
    groups = shop.ask("{ productOptionGroups { items { code options { code } } } }")
    assert {
        group["code"]: [option["code"] for option in group["options"]]
        for group in groups["productOptionGroups"]["items"]
    } == {"color": ["red", "blue"], "size": ["s", "m"]}


def test_customers_see_what_was_pushed_in_their_language(shop, adapter):
    pushed(adapter, model("tee", variant("v1", "red", "s")))

    document = "{ products { items { name variants { name priceWithTax currencyCode } } } }"
    [product] = shop.ask_as_customer(document, "fr")["products"]["items"]
    assert product["name"] == "Tee-shirt"
    assert product["variants"] == [
        {"name": "Tee-shirt red (fr) S", "priceWithTax": 2000, "currencyCode": "EUR"}
    ]


def test_pushing_the_same_again_changes_nothing_not_even_a_date(shop, between, adapter):
    products = [simple("a", weight=1.5, madeOn="2024-02-29"), model("t", variant("v", "red", "s"))]
    pushed(adapter, *products)
    before = standing(shop)
    between.said.clear()

    pushed(adapter, *products)

    assert between.changes == []
    assert standing(shop) == before


def test_only_what_differs_is_sent(shop, between, adapter):
    pushed(adapter, simple("a", color="red", size="M"), simple("b"))
    between.said.clear()

    pushed(adapter, simple("a", color="blue", size="M"), simple("b"))

    assert between.changes == ["UpdateProducts"]
    [said] = [one for one in between.said if one.operation == "UpdateProducts"]
    [product] = [one for one in standing(shop).values() if one["name"] == "Product a"]
    assert said.variables == {"input": [{"id": product["id"], "customFields": {"color": "blue"}}]}


def test_only_the_variant_that_changed_is_sent(between, adapter):
    red = variant("v1", "red", "s")
    pushed(adapter, model("tee", red, variant("v2", "blue", "s")))
    between.said.clear()

    pushed(adapter, model("tee", red, variant("v2", "blue", "s", price=price(EUR=21.5, USD=22))))

    assert between.changes == ["UpdateVariants"]
    [said] = [one for one in between.said if one.operation == "UpdateVariants"]
    [change] = said.variables["input"]
    assert change.keys() == {"id", "prices"}
    assert change["prices"] == [{"currencyCode": "EUR", "price": 2150}]


def test_a_value_that_was_emptied_in_the_pim_is_emptied_in_the_shop(shop, adapter):
    full = {"color": "red", "description": text("Long", "Longue"), "badges": ["new"]}
    pushed(adapter, simple("a", **full, care=text("Cold", "Froid"), variant_ean="1"))

    pushed(adapter, simple("a"))

    product = the_product(shop)
    assert product["customFields"]["color"] is None
    assert not product["customFields"]["badges"]
    assert set(texts(product, "description").values()) == {""}
    assert [one["customFields"]["care"] for one in product["customTexts"]] == [None] * 3
    assert product["variants"][0]["customFields"]["ean"] is None


def test_a_language_that_is_left_out_stays_and_one_with_nothing_is_emptied(shop, adapter):
    pushed(adapter, simple("a", description=text("Long", "Longue", "Lang")))

    emptied = [{"locale": "en", "value": "Short"}, {"locale": "fr", "value": None}]
    pushed(adapter, simple("a", description=emptied))

    assert texts(the_product(shop), "description") == {"en": "Short", "fr": "", "de": "Lang"}


def test_a_locale_finds_the_shops_language(shop, adapter):
    names = [{"locale": "en_US", "value": "Shirt"}, {"locale": "fr-FR", "value": "Chemise"}]
    pushed(adapter, simple("a", name=[*names, {"locale": "it_IT", "value": "Camicia"}]))

    assert texts(the_product(shop), "name") == {"en": "Shirt", "fr": "Chemise"}


def test_what_the_shops_people_filled_stays(shop, adapter):
    [result] = pushed(adapter, simple("a", color="red"))
    shop.ask(
        "mutation($i: UpdateProductInput!) { updateProduct(input: $i) { id } }",
        i={"id": result.external_id, "customFields": {"size": "XL", "badges": ["handmade"]}},
    )

    pushed(adapter, simple("a", color="blue"))

    customs = the_product(shop)["customFields"]
    assert (customs["color"], customs["size"], customs["badges"]) == ("blue", "XL", ["handmade"])


def test_a_target_that_is_set_only_where_there_is_nothing_leaves_what_is_there(shop, adapter):
    [result] = pushed(adapter, simple("a", description=text("Ours", "La nôtre")))
    shop.ask(
        "mutation($i: UpdateProductInput!) { updateProduct(input: $i) { id } }",
        i={
            "id": result.external_id,
            "translations": [{"languageCode": "en", "description": "Theirs"}],
        },
    )

    careful = ("description", "color")
    again = text("Newer", "Plus récente", "Neuer")
    pushed(adapter, simple("a", description=again, color="red", if_empty=careful))
    pushed(adapter, simple("a", if_empty=careful))

    product = the_product(shop)
    assert texts(product, "description") == {"en": "Theirs", "fr": "La nôtre", "de": "Neuer"}
    assert product["customFields"]["color"] == "red"


def test_a_withdrawn_product_is_not_on_sale_and_comes_back_as_the_same(shop, adapter):
    pushed(adapter, simple("a", slug=text("shirt")), simple("b"))
    before = standing(shop)

    adapter.withdraw(["a"], idempotency_key="off")

    names = shop.ask_as_customer("{ products { items { name } } }")["products"]["items"]
    assert names == [{"name": "Product b"}]

    pushed(adapter, simple("a", slug=text("shirt")))

    assert standing(shop).keys() == before.keys()
    assert [one["slug"] for one in standing(shop).values()] == ["shirt", "product-b"]
    assert all(one["enabled"] for one in standing(shop).values())


def test_a_hidden_product_is_shown_again_by_a_push(shop, adapter):
    pushed(adapter, simple("a"))

    [result, unknown] = adapter.hide(["a", "nobody"], idempotency_key="hide")
    hidden = the_product(shop)["enabled"]
    pushed(adapter, simple("a"))

    assert result.accepted
    assert unknown.accepted
    assert not hidden
    assert the_product(shop)["enabled"]


def test_what_the_shops_people_disabled_stays_disabled_and_is_told(shop, adapter):
    [result] = pushed(adapter, simple("a"))
    shop.ask(
        "mutation($i: UpdateProductInput!) { updateProduct(input: $i) { id } }",
        i={"id": result.external_id, "enabled": False},
    )
    adapter.withdraw(["a"], idempotency_key="off")

    [again] = pushed(adapter, simple("a", color="red"))

    assert not the_product(shop)["enabled"]
    assert "disabled it in the shop" in again.message


def test_a_variant_that_left_its_model_is_not_for_sale_and_comes_back_as_the_same(shop, adapter):
    red, blue = variant("v1", "red", "s"), variant("v2", "blue", "s")
    pushed(adapter, model("tee", red, blue))
    ids = [one["id"] for one in the_product(shop)["variants"]]

    pushed(adapter, model("tee", red))
    without = [one["enabled"] for one in the_product(shop)["variants"]]
    pushed(adapter, model("tee", red, blue))

    assert without == [True, False]
    assert [one["enabled"] for one in the_product(shop)["variants"]] == [True, True]
    assert [one["id"] for one in the_product(shop)["variants"]] == ids


def test_a_variant_takes_the_place_of_one_with_the_same_options(shop, adapter):
    pushed(adapter, model("tee", variant("old", "red", "s")))

    pushed(adapter, model("tee", variant("new", "red", "s")))

    [only] = the_product(shop)["variants"]
    assert (only["sku"], only["customFields"]["externalId"]) == ("SKU-new", "new")


def test_an_axis_more_and_an_axis_less(shop, adapter):
    tee = model("tee", variant("v1", "red", "s"))
    pushed(adapter, tee)
    small = variant("v1", "red", "s")
    small["variation_axes_values"] = small["variation_axes_values"][:1]

    pushed(adapter, model("tee", small, variation_axes=[axis("color", "Colour", "Couleur")]))
    with_one = [one["code"] for one in the_product(shop)["optionGroups"]]
    pushed(adapter, tee)

    assert with_one == ["color"]
    [only] = the_product(shop)["variants"]
    assert {one["code"] for one in only["options"]} == {"red", "s"}


def test_options_are_renamed_with_the_pim(shop, between, adapter):
    pushed(adapter, model("tee", variant("v1", "red", "s")))
    scarlet = variant("v1", "red", "s")
    scarlet["variation_axes_values"][0]["label"] = text("Scarlet", "Écarlate")
    fresh = adapter_for(shop, between, ids=adapter._ids)

    pushed(fresh, model("tee", scarlet))

    [only] = the_product(shop)["variants"]
    names = {texts(one, "name")["fr"] for one in only["options"]}
    assert names == {"Écarlate", "S"}
    assert texts(only, "name")["en"] == "T-shirt Scarlet S"


def test_a_variant_without_a_price_is_not_for_sale_until_it_has_one(shop, adapter):
    [first] = pushed(adapter, simple("a", price=...))
    without = the_product(shop)["variants"][0]["enabled"]

    [second] = pushed(adapter, simple("a", price=price(EUR=5)))

    assert not without
    assert first.message == "Without a price in EUR it is not for sale: SKU-a."
    assert the_product(shop)["variants"][0]["enabled"]
    assert second.message == ""


def test_a_slug_that_is_taken_is_told(shop, adapter):
    pushed(adapter, simple("a", slug=text("shirt")))

    [first] = pushed(adapter, simple("b", slug=text("Shirt")))
    [again] = pushed(adapter, simple("b", slug=text("Shirt")))

    assert "slug “Shirt”, so this one got “shirt-2”" in first.message
    assert again == first


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"price": price(EUR=9.999)}, "“Price” has more than the 2 decimals"),
        ({"price": price(EUR=-1)}, "“Price” is less than nothing"),
        ({"sku": ...}, "It has no “SKU”"),
        ({"name": ...}, "It has no “Name”"),
        ({"variant_pieces": 1.5}, "has decimals, and the shop keeps whole numbers"),
        ({"variant_pieces": 10**12}, "The shop does not take it: “"),
        ({"isVegan": "perhaps"}, "is neither yes nor no"),
        ({"madeOn": "yesterday"}, "is no date"),
    ],
)
def test_a_product_that_the_shop_cannot_take_is_told_by_the_targets_title(
    shop, adapter, fields, told
):
    refused, taken = push(adapter, simple("bad", **fields), simple("good"))

    assert refused.outcome is Outcome.REJECTED
    assert told in refused.message
    assert refused.message.endswith(".")
    assert taken.accepted


def test_a_long_text_arrives_although_the_shop_reads_no_long_json(shop, adapter):
    long = "x" * 300_000

    pushed(adapter, simple("a", description=text(long)))

    assert the_product(shop)["description"] == long


def test_many_products_take_few_calls(between, adapter):
    products = [simple(f"p{number}", color="red") for number in range(25)]
    pushed(adapter, *products)
    first = len(between.said)
    between.said.clear()

    pushed(adapter, *[simple(f"p{number}", color="blue") for number in range(25)])

    assert first <= 25 + 5  # there is no mutation that creates several products
    assert len(between.said) == 2


def test_a_wrong_key_is_told(shop, between):
    with pytest.raises(ConfigurationError, match="API key is wrong, or its role lacks"):
        adapter_for(shop, between, api_key="nobody:nothing")


def test_a_key_that_may_only_read_is_told_by_the_check(shop, between):
    adapter = adapter_for(shop, between, api_key=shop.readers_key)

    with pytest.raises(ConfigurationError, match="role lacks a permission"):
        adapter.check()


def test_an_unknown_channel_token_is_told(shop, between):
    with pytest.raises(ConfigurationError, match="no channel with this token"):
        adapter_for(shop, between, channel_token="nowhere")


def test_an_address_that_is_not_an_admin_api_is_told(shop, between):
    between.target = shop.url.replace("/admin-api", "/health")

    with pytest.raises(ConfigurationError, match="Check the address"):
        adapter_for(shop, between)


def test_the_shop_tells_its_fields_facets_languages_and_channels(shop, between, adapter):
    shop.ask(
        "mutation($i: CreateFacetInput!) { createFacet(input: $i) { id } }",
        i={
            "code": "brand",
            "isPrivate": False,
            "translations": [{"languageCode": "en", "name": "Brand"}],
        },
    )

    fields = {field.code: field for field in adapter.read_fields()}

    assert list(fields) == [
        "color",
        "size",
        "care",
        "madeOn",
        "isVegan",
        "weight",
        "badges",
        "variant_ean",
        "variant_pieces",
        "facet_brand",
    ]
    assert (fields["color"].title, fields["madeOn"].title) == ("Colour", "Made on")
    assert fields["isVegan"].description == "Whether it is free of animals."
    assert fields["care"].is_localized
    assert fields["madeOn"].format == "date-time"
    assert fields["variant_pieces"].of_variant
    assert all(field.description.endswith(".") for field in fields.values())
    assert adapter.read_languages() == ["en", "fr", "de"]
    assert [name for _, name in adapter.read_shops()] == ["__default_channel__", "outlet"]


def test_decimals_stay_decimals(shop, adapter):
    product = simple("a", weight=...)
    body = product.body[:-1] + ', "weight": 0.1000000000000000055}'

    pushed(adapter, type(product)("a", body))

    assert Decimal(str(the_product(shop)["customFields"]["weight"])) == Decimal("0.1")


def test_without_custom_fields_products_are_known_by_remembered_ids(plain_shop, plain_between):
    ids = MemoryIds()
    adapter = adapter_for(plain_shop, plain_between, ids=ids)
    tee = model("tee", variant("v1", "red", "s"), variant("v2", "blue", "s"))
    pushed(adapter, tee, simple("a"))
    before = standing(plain_shop, customs=False)
    plain_between.said.clear()

    again = adapter_for(plain_shop, plain_between, ids=ids)
    pushed(again, tee, simple("a"))

    assert plain_between.changes == []
    assert standing(plain_shop, customs=False) == before
    again.withdraw(["tee"], idempotency_key="off")
    assert [one["enabled"] for one in standing(plain_shop, customs=False).values()] == [False, True]
