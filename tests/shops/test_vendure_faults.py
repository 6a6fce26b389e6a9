"""Lost answers, deaths and deletions: no product is there twice, and none is lost."""

import pytest

from channels.base import Outcome, TransientError
from channels.surroundings import MemoryIds
from channels.vendure import memory
from tests.shops.vendure_stage import Picture, adapter_for, model, simple, standing, variant

TEE = model("tee", variant("v1", "red", "s"), variant("v2", "blue", "s"))
OPERATIONS = [
    "CreateProduct",
    "CreateGroup",
    "AddGroup",
    "CreateVariants",
    "CreateAssets",
    "UpdateVariants",
]


def push(adapter, *products):
    return adapter.push(products, idempotency_key="batch")


def with_picture(product):
    address = "https://pim.example.com/front.png"
    body = product.body[:-1] + f', "images": ["{address}"]}}'
    return type(product)(product.key, body, media={address: Picture("front.png", b"\x89PNG 1")})


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("has_customs", [True, False], ids=["externalId", "plain"])
def test_a_lost_answer_doubles_nothing(request, has_customs, operation):
    shop = request.getfixturevalue("shop" if has_customs else "plain_shop")
    between = request.getfixturevalue("between" if has_customs else "plain_between")
    ids = MemoryIds()
    adapter = adapter_for(shop, between, ids=ids)
    products = [with_picture(TEE), simple("a")]
    between.loses = {operation: 1}
    with pytest.raises(TransientError):
        push(adapter, *products)

    again = push(adapter_for(shop, between, ids=ids), *products)
    between.said.clear()
    once_more = push(adapter_for(shop, between, ids=ids), *products)

    assert [result.outcome for result in again] == [Outcome.ACCEPTED] * 2
    assert once_more == again
    assert between.changes == []
    tee, other = standing(shop, customs=has_customs).values()
    assert [one["sku"] for one in tee["variants"]] == ["SKU-v1", "SKU-v2"]
    assert [one["sku"] for one in other["variants"]] == ["SKU-a"]
    assert len(tee["assets"]) == 1
    assert shop.ask("{ assets { totalItems } }")["assets"]["totalItems"] == 1
    groups = shop.ask("{ productOptionGroups { totalItems } }")["productOptionGroups"]
    assert groups["totalItems"] == 2


def test_a_lost_answer_to_a_withdrawal_is_no_trouble(shop, between):
    adapter = adapter_for(shop, between)
    push(adapter, simple("a"))
    between.loses = {"UpdateProducts": 1}
    with pytest.raises(TransientError):
        adapter.withdraw(["a"], idempotency_key="off")

    adapter.withdraw(["a"], idempotency_key="off")
    push(adapter, simple("a"))

    assert [one["enabled"] for one in standing(shop).values()] == [True]


def test_a_new_memory_finds_the_products_again(shop, between):
    push(adapter_for(shop, between), TEE, simple("a"))
    before = standing(shop)
    between.said.clear()

    push(adapter_for(shop, between), TEE, simple("a"))

    assert between.changes == []
    assert standing(shop) == before


def test_a_product_that_the_shop_had_before_is_taken_over_by_its_sku(shop, between):
    theirs = shop.ask(
        "mutation($i: CreateProductInput!) { createProduct(input: $i) { id } }",
        i={"translations": [texts_of("Old name")], "enabled": True},
    )["createProduct"]["id"]
    make_variant(shop, theirs, "SKU-a")

    [result] = push(adapter_for(shop, between), simple("a"))

    assert result.external_id == theirs
    [product] = standing(shop).values()
    assert (product["name"], product["customFields"]["externalId"]) == ("Product a", "a")


def test_a_product_is_not_guessed_when_several_have_its_sku(shop, between):
    for name in ("One", "Two"):
        made = shop.ask(
            "mutation($i: CreateProductInput!) { createProduct(input: $i) { id } }",
            i={"translations": [texts_of(name)], "enabled": True},
        )
        make_variant(shop, made["createProduct"]["id"], "SKU-a")

    [result] = push(adapter_for(shop, between), simple("a"))

    assert result.outcome is Outcome.REJECTED
    assert "Several products of the shop have its SKU" in result.message
    assert len(standing(shop)) == 2


def test_two_products_of_the_pim_with_one_sku_stay_two(shop, between):
    adapter = adapter_for(shop, between)

    push(adapter, simple("a", sku="SAME"), simple("b", sku="SAME"))
    push(adapter, simple("c", sku="SAME"))

    assert sorted(one["name"] for one in standing(shop).values()) == [
        "Product a",
        "Product b",
        "Product c",
    ]


@pytest.mark.parametrize("has_customs", [True, False], ids=["externalId", "plain"])
def test_a_product_that_was_deleted_in_the_shop_is_made_again(request, has_customs):
    shop = request.getfixturevalue("shop" if has_customs else "plain_shop")
    between = request.getfixturevalue("between" if has_customs else "plain_between")
    ids = MemoryIds()
    [first] = push(adapter_for(shop, between, ids=ids), simple("a"))
    shop.ask("mutation($id: ID!) { deleteProduct(id: $id) { result } }", id=first.external_id)

    [second] = push(adapter_for(shop, between, ids=ids), simple("a"))
    between.said.clear()
    [third] = push(adapter_for(shop, between, ids=ids), simple("a"))

    assert second.accepted
    assert second.external_id != first.external_id
    assert third == second
    assert between.changes == []
    assert [one["slug"] for one in standing(shop, customs=has_customs).values()] == ["product-a"]


def test_a_variant_that_was_deleted_in_the_shop_is_made_again(shop, between):
    adapter = adapter_for(shop, between)
    push(adapter, TEE)
    [product] = standing(shop).values()
    gone = product["variants"][0]["id"]
    shop.ask("mutation($id: ID!) { deleteProductVariant(id: $id) { result } }", id=gone)

    [result] = push(adapter, TEE)

    assert result.accepted
    [product] = standing(shop).values()
    assert sorted(one["sku"] for one in product["variants"]) == ["SKU-v1", "SKU-v2"]


def test_what_died_before_it_was_remembered_is_found_by_its_slug(plain_shop, plain_between):
    ids = MemoryIds()
    plain_between.loses = {"CreateProduct": 1}
    with pytest.raises(TransientError):
        push(adapter_for(plain_shop, plain_between, ids=ids), TEE)
    assert ids.get(memory.PRODUCT, ["tee"]) == {}

    push(adapter_for(plain_shop, plain_between, ids=ids), TEE)

    assert len(standing(plain_shop, customs=False)) == 1


def texts_of(name):
    return {"languageCode": "en", "name": name, "slug": name.lower(), "description": ""}


def make_variant(shop, product, sku):
    document = "mutation($i: [CreateProductVariantInput!]!) {createProductVariants(input: $i) {id}}"
    named = [{"languageCode": "en", "name": sku}]
    shop.ask(document, i=[{"productId": product, "sku": sku, "translations": named, "price": 5}])
