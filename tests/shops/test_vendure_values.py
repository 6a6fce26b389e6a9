"""Pictures, facets, categories and several channels in a real Vendure shop."""

import itertools
import json

import pytest

from channels.base import Category
from tests.shops.vendure_stage import Picture, adapter_for, model, simple, standing, text, variant

PIM = "https://pim.example.com/media"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15"
    b"\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00"
    b"\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def adapter(shop, between):
    return adapter_for(shop, between)


def push(adapter, *products):
    results = adapter.push(products, idempotency_key="batch")
    assert all(result.accepted for result in results), results
    return results


def pictures(*names):
    """Different pictures of these names, by their addresses."""
    return {f"{PIM}/{name}": Picture(name, PNG + name.encode()) for name in names}


def with_pictures(key, *names, missing=(), **fields):
    media = pictures(*names)
    images = [f"{PIM}/{name}" for name in [*names, *missing]]
    return simple(key, images=images, media=media, **fields)


def images(shop, key="a"):
    [product] = [one for one in standing(shop).values() if one["customFields"]["externalId"] == key]
    return [one["name"] for one in product["assets"]], (product["featuredAsset"] or {}).get("name")


def total_assets(shop):
    return shop.ask("{ assets { totalItems } }")["assets"]["totalItems"]


def attach(shop, product, names, featured=None):
    """What the shop's people do by hand: put assets of these names on a product."""
    items = shop.ask("{ assets(options: { take: 100 }) { items { id name } } }")["assets"]["items"]
    ids = {item["name"]: item["id"] for item in items}
    given = {"id": product, "assetIds": [ids[name] for name in names]}
    if featured:
        given["featuredAssetId"] = ids[featured]
    shop.ask("mutation($i: UpdateProductInput!) { updateProduct(input: $i) { id } }", i=given)


def upload_by_hand(adapter, name):
    document = """mutation Theirs($input: [CreateAssetInput!]!) {
      createAssets(input: $input) { ... on Asset { id } }
    }"""
    place = ("variables.input.0.file", (name, PNG, "image/png"))
    adapter._api.upload(document, {"input": [{"file": None}]}, [place])


def test_pictures_arrive_in_their_order_the_first_in_front(shop, adapter):
    push(adapter, with_pictures("a", "front.png", "back.png", "side.png"))

    assert images(shop) == (["front.png", "back.png", "side.png"], "front.png")


def test_a_picture_is_uploaded_once_whoever_shows_it(shop, between, adapter):
    push(adapter, with_pictures("a", "front.png"), with_pictures("b", "front.png", "back.png"))
    push(adapter, with_pictures("c", "back.png"))
    push(adapter_for(shop, between, ids=adapter._ids), with_pictures("a", "front.png"))

    assert total_assets(shop) == 2


def test_variants_have_pictures_of_their_own(shop, adapter):
    media = pictures("tee.png", "red.png", "blue.png")
    red = variant("v1", "red", "s", variant_images=[f"{PIM}/red.png"])
    blue = variant("v2", "blue", "s", variant_images=[f"{PIM}/blue.png"])

    push(adapter, model("tee", red, blue, images=[f"{PIM}/tee.png"], media=media))

    [product] = standing(shop).values()
    assert [one["name"] for one in product["assets"]] == ["tee.png"]
    assert [[a["name"] for a in one["assets"]] for one in product["variants"]] == [
        ["red.png"],
        ["blue.png"],
    ]


def test_a_new_order_and_a_picture_less_are_sent_as_such(shop, between, adapter):
    push(adapter, with_pictures("a", "front.png", "back.png", "side.png"))
    between.said.clear()

    push(adapter, with_pictures("a", "side.png", "front.png"))

    assert images(shop) == (["side.png", "front.png"], "side.png")
    assert between.changes == ["UpdateProducts"]


def test_pictures_of_the_shops_people_stay(shop, between, adapter):
    [result] = push(adapter, with_pictures("a", "front.png", "back.png"))
    upload_by_hand(adapter, "theirs.png")
    attach(shop, result.external_id, ["theirs.png", "front.png", "back.png"], "theirs.png")
    between.said.clear()

    push(adapter, with_pictures("a", "front.png", "back.png"))
    unchanged = between.changes
    push(adapter, with_pictures("a", "back.png"))
    one_less = images(shop)
    push(adapter, simple("a"))

    assert unchanged == []
    assert one_less == (["back.png", "theirs.png"], "theirs.png")
    assert images(shop) == (["theirs.png"], "theirs.png")


def test_a_picture_that_cannot_be_had_is_told_and_takes_none_away(shop, adapter):
    push(adapter, with_pictures("a", "front.png", "back.png"))

    [result] = push(adapter, with_pictures("a", "front.png", missing=["back.png"]))

    assert result.message == "One of its pictures could not be had from the PIM."
    assert images(shop)[0] == ["front.png", "back.png"]


def test_a_file_that_the_shop_does_not_take_is_told_and_costs_nobody_theirs(shop, adapter):
    address = f"{PIM}/manual.exe"
    media = {address: Picture("manual.exe", b"MZ\x90\x00", "application/x-msdownload")}
    odd = simple("a", images=[address, f"{PIM}/front.png"], media=media | pictures("front.png"))

    first, second = push(adapter, odd, with_pictures("b", "back.png"))

    assert first.message.startswith("The shop did not take the picture manual.exe:")
    assert second.message == ""
    assert images(shop, "a")[0] == ["front.png"]
    assert images(shop, "b")[0] == ["back.png"]


def test_a_picture_that_was_deleted_in_the_shop_comes_back(shop, adapter):
    push(adapter, with_pictures("a", "front.png"))
    [asset] = shop.ask("{ assets { items { id } } }")["assets"]["items"]
    document = "mutation($id: ID!) {deleteAsset(input: {assetId: $id, force: true}) {result}}"
    shop.ask(document, id=asset["id"])

    push(adapter, with_pictures("a", "front.png"))

    assert images(shop) == (["front.png"], "front.png")


def make_facet(shop, code, *values):
    named = [{"languageCode": "en", "name": code.title()}]
    given = [
        {"code": value.lower(), "translations": [{"languageCode": "en", "name": value}]}
        for value in values
    ]
    return shop.ask(
        "mutation($i: CreateFacetInput!) { createFacet(input: $i) { id values { id code } } }",
        i={"code": code, "isPrivate": False, "translations": named, "values": given},
    )["createFacet"]


def values_of(shop, facet="brand"):
    [product] = standing(shop).values()
    return {one["code"] for one in product["facetValues"] if one["facet"]["code"] == facet}


def test_facet_values_are_found_by_name_and_new_ones_are_added(shop, between):
    make_facet(shop, "brand", "Acme")
    adapter = adapter_for(shop, between)

    push(adapter, simple("a", facet_brand=["acme", "Bœuf & Fils"]))

    assert values_of(shop) == {"acme", "bœuf-fils"}
    facets = shop.ask("{ facets { items { code values { name } } } }")["facets"]["items"]
    assert facets == [{"code": "brand", "values": [{"name": "Acme"}, {"name": "Bœuf & Fils"}]}]


def test_facet_values_that_the_shops_people_gave_stay(shop, between):
    facet = make_facet(shop, "brand", "Acme", "Handmade", "Other")
    ids = {value["code"]: value["id"] for value in facet["values"]}
    adapter = adapter_for(shop, between)
    [result] = push(adapter, simple("a", facet_brand=["Acme"]))
    shop.ask(
        "mutation($i: UpdateProductInput!) { updateProduct(input: $i) { id } }",
        i={"id": result.external_id, "facetValueIds": [ids["acme"], ids["handmade"]]},
    )

    push(adapter, simple("a", facet_brand=["Other"]))
    changed = values_of(shop)
    push(adapter, simple("a"))

    assert changed == {"handmade", "other"}
    assert values_of(shop) == {"handmade"}


TREE = [
    Category("clothes", None, {"en": "Clothes", "fr": "Vêtements"}, 0),
    Category("tops", "clothes", {"en": "Tops", "fr": "Hauts"}, 0),
    Category("trousers", "clothes", {"en": "Trousers"}, 1),
    Category("shoes", None, {"en": "Shoes"}, 1),
]

COLLECTIONS = """{ collections(options: { take: 100, sort: { position: ASC } }) { items {
  id name slug position parent { name } translations { languageCode name }
  productVariants { items { sku } }
} } }"""


def collections(shop):
    """The collections by name: their parents and what is in them, once that is settled."""
    return {
        item["name"]: (
            item["parent"]["name"],
            {one["sku"] for one in item["productVariants"]["items"]},
        )
        for item in shop.ask(COLLECTIONS)["collections"]["items"]
    }


def settled(shop, expected):
    """The shop fills collections by a job of its own, which takes its time."""
    for _ in itertools.takewhile(lambda n: collections(shop) != expected, range(300)):
        shop.ask("{ products { totalItems } }")
    return collections(shop)


ROOT = "__root_collection__"


def test_categories_become_collections_with_their_products(shop, adapter):
    adapter.arrange("master", TREE)
    push(
        adapter,
        simple("a", pim_categories=["tops"]),
        simple("b", pim_categories=["trousers", "shoes"]),
        simple("c", pim_categories=[]),
    )

    expected = {
        "Clothes": (ROOT, {"SKU-a", "SKU-b"}),
        "Tops": ("Clothes", {"SKU-a"}),
        "Trousers": ("Clothes", {"SKU-b"}),
        "Shoes": (ROOT, {"SKU-b"}),
    }
    assert settled(shop, expected) == expected
    names = shop.ask(COLLECTIONS)["collections"]["items"][0]["translations"]
    assert {one["name"] for one in names} == {"Clothes", "Vêtements"}


def test_a_product_that_changes_its_category_changes_its_collection(shop, between, adapter):
    adapter.arrange("master", TREE)
    push(adapter, simple("a", pim_categories=["tops"]))
    between.said.clear()

    push(adapter, simple("a", pim_categories=["shoes"]))

    assert between.changes == ["UpdateProducts"]
    nothing: set[str] = set()
    expected = {
        "Clothes": (ROOT, nothing),
        "Tops": ("Clothes", nothing),
        "Trousers": ("Clothes", nothing),
        "Shoes": (ROOT, {"SKU-a"}),
    }
    assert settled(shop, expected) == expected


def test_arranging_the_same_again_changes_nothing(shop, between, adapter):
    adapter.arrange("master", TREE)
    before = shop.ask(COLLECTIONS)
    between.said.clear()

    adapter_for(shop, between, ids=adapter._ids).arrange("master", TREE)

    assert between.changes == []
    assert shop.ask(COLLECTIONS) == before


def test_collections_are_renamed_moved_and_put_in_order(shop, adapter):
    adapter.arrange("master", TREE)
    slugs = {one["name"]: one["slug"] for one in shop.ask(COLLECTIONS)["collections"]["items"]}

    adapter.arrange(
        "master",
        [
            Category("shoes", None, {"en": "Footwear"}, 0),
            Category("clothes", None, {"en": "Clothes"}, 1),
            Category("trousers", "clothes", {"en": "Trousers"}, 0),
            Category("tops", "shoes", {"en": "Tops"}, 0),
        ],
    )

    assert {name: parent for name, (parent, _) in collections(shop).items()} == {
        "Footwear": ROOT,
        "Clothes": ROOT,
        "Trousers": "Clothes",
        "Tops": "Footwear",
    }
    items = shop.ask(COLLECTIONS)["collections"]["items"]
    tops = [one["name"] for one in items if one["parent"]["name"] == ROOT]
    assert tops == ["Footwear", "Clothes"]
    assert {one["slug"] for one in items} == set(slugs.values())


def test_a_category_that_is_gone_takes_its_collection_along_and_no_other(shop, adapter):
    theirs = shop.ask(
        "mutation($i: CreateCollectionInput!) { createCollection(input: $i) { id } }",
        i={"filters": [], "translations": [collection_text("Sale")]},
    )["createCollection"]["id"]
    adapter.arrange("master", TREE)
    adapter.arrange("other", [Category("garden", None, {"en": "Garden"})])
    [shoes] = [
        one["id"] for one in shop.ask(COLLECTIONS)["collections"]["items"] if one["name"] == "Shoes"
    ]
    shop.ask(
        "mutation($i: MoveCollectionInput!) { moveCollection(input: $i) { id } }",
        i={"collectionId": theirs, "parentId": shoes, "index": 0},
    )

    adapter.arrange("master", TREE[:1])

    # Theirs is inside of Shoes, which Vendure would delete with it.
    assert collections(shop).keys() == {"Clothes", "Sale", "Shoes", "Garden"}


@pytest.mark.parametrize("operation", ["CreateCollection", "CreateFacet", "CreateFacetValues"])
def test_a_lost_answer_makes_no_collection_twice(shop, between, adapter, operation):
    between.loses = {operation: 1}
    with pytest.raises(Exception, match="broke before the answer"):
        adapter.arrange("master", TREE)

    adapter_for(shop, between, ids=adapter._ids).arrange("master", TREE)

    assert len(shop.ask(COLLECTIONS)["collections"]["items"]) == len(TREE)
    facets = shop.ask("{ facets { items { code values { code } } } }")["facets"]["items"]
    assert [len(facet["values"]) for facet in facets] == [len(TREE)]


def test_a_product_is_put_into_other_channels_and_taken_out_again(shop, between, adapter):
    [outlet] = [id_ for id_, name in adapter.read_shops() if name == "outlet"]

    push(adapter, simple("a", shops=[outlet]), simple("b"))
    codes = {one["name"]: {c["code"] for c in one["channels"]} for one in standing(shop).values()}
    between.said.clear()
    push(adapter, simple("a", shops=[outlet]), simple("b"))
    again = between.changes
    push(adapter, simple("a", shops=[]), simple("b"))

    default = "__default_channel__"
    assert codes == {"Product a": {default, "outlet"}, "Product b": {default}}
    assert again == []
    assert all([c["code"] for c in one["channels"]] == [default] for one in standing(shop).values())


def test_the_facet_of_categories_is_nothing_to_map_and_nothing_for_customers(shop, adapter):
    adapter.arrange("master", TREE)

    assert not any(field.code.startswith("facet_") for field in adapter.read_fields())
    assert shop.ask_as_customer("{ facets { items { code } } }")["facets"]["items"] == []


def collection_text(name):
    return {"languageCode": "en", "name": name, "slug": name.lower(), "description": json.dumps({})}


def test_names_of_categories_are_seen_at_the_product(shop, adapter):
    adapter.arrange("master", TREE)

    values = shop.ask("{ facets { items { values { name } } } }")["facets"]["items"][0]["values"]

    assert {value["name"] for value in values} == {"Clothes", "Tops", "Trousers", "Shoes"}


def test_new_languages_and_pictures_of_many_products_go_to_the_right_ones(shop, adapter):
    keys = [f"p{number}" for number in range(8)]
    push(adapter, *(simple(key, name=text(f"Product {key}")) for key in keys))

    push(adapter, *(with_pictures(key, f"{key}.png", name=in_french(key)) for key in keys))

    for key in keys:
        [product] = [
            one for one in standing(shop).values() if one["customFields"]["externalId"] == key
        ]
        names = {one["languageCode"]: one["name"] for one in product["translations"]}
        assert names == {"en": f"Product {key}", "fr": f"Produit {key}"}
        assert [one["name"] for one in product["assets"]] == [f"{key}.png"]


def in_french(key):
    return text(f"Product {key}", f"Produit {key}")


def test_a_shop_that_is_unknown_is_told_and_parks_nothing(shop, adapter):
    [result] = push(adapter, simple("a", shops=["77"]))

    assert result.message == "The shop has no channel with the id 77 to put it into."


def test_a_value_of_the_categories_that_was_deleted_in_the_shop_is_made_again(shop, adapter):
    adapter.arrange("master", TREE[:1])
    facet = "{ facets { items { values { id code } } } }"
    [value] = shop.ask(facet)["facets"]["items"][0]["values"]
    document = "mutation($ids: [ID!]!) { deleteFacetValues(ids: $ids, force: true) { result } }"
    shop.ask(document, ids=[value["id"]])

    adapter.arrange("master", TREE[:1])
    push(adapter, simple("a", pim_categories=["clothes"]))

    expected = {"Clothes": (ROOT, {"SKU-a"})}
    assert settled(shop, expected) == expected
