import pytest

from channels.base import TransientError
from channels.surroundings import Category
from tests.channels.shopify.making import make_product
from tests.channels.shopify.server import Fault
from tests.channels.shopify.stage import adapter_for, axis, product, push, variant
from tests.channels.shopify.surroundings import products_in, tree_of

RELATED = ("shopify--discovery--product_recommendation", "related_products")


def category(code, parent="root", position=0, **labels):
    return Category(code, parent, labels or {"en": code.title()}, position)


ROOT = category("root", None, en="Shop", fr="Boutique")
TOPS, SHIRTS = category("tops", fr="Hauts", en="Tops"), category("shirts", "tops")


def collection(shop, title):
    [found] = [one for one in shop.all("Collection") if one["title"] == title]
    return found


def menu(shop):
    [found] = shop.all("Menu")
    return tree_of(found["items"])


def test_categories_become_collections_that_fill_themselves(adapter, shop):
    push(adapter, product("a", pim_categories=["shirts"]), product("b", pim_categories=["tops"]))
    push(adapter, product("c"))

    adapter.arrange("root", [ROOT, TOPS, SHIRTS])

    assert products_in(shop, collection(shop, "Shirts")) == {"Product a"}
    assert products_in(shop, collection(shop, "Tops")) == {"Product a", "Product b"}
    assert len(collection(shop, "Tops")["published"]) == 2
    assert shop.translations[collection(shop, "Tops")["id"], "fr", "title"]["value"] == "Hauts"
    assert menu(shop) == {"Tops": {"Shirts": {}}}


def test_arranging_twice_changes_nothing(adapter, shop):
    adapter.arrange("root", [ROOT, TOPS, SHIRTS])
    shop.writes.clear()

    adapter.arrange("root", [ROOT, TOPS, SHIRTS])

    assert shop.writes == []


def test_categories_are_renamed_moved_and_taken_away(adapter, shop):
    push(adapter, product("a", pim_categories=["shirts"]))
    adapter.arrange("root", [ROOT, TOPS, SHIRTS])
    foreign = shop.add("Collection", title="By hand", metafields={}, sources=[], published=set())
    before = collection(shop, "Shirts")["id"]

    bottoms = category("bottoms", position=1)
    adapter.arrange("root", [ROOT, bottoms, category("shirts", "bottoms", en="Tees")])

    assert collection(shop, "Tees")["id"] == before
    assert products_in(shop, collection(shop, "Bottoms")) == {"Product a"}
    assert menu(shop) == {"Bottoms": {"Tees": {}}}
    assert sorted(one["title"] for one in shop.all("Collection")) == [
        "Bottoms",
        "By hand",
        "Shop",
        "Tees",
    ]
    assert foreign["id"] in shop.nodes


def test_the_order_of_categories_is_that_of_the_menu(adapter, shop):
    first, second = category("b", position=0), category("a", position=1)

    adapter.arrange("root", [ROOT, second, first])

    assert list(menu(shop)) == ["B", "A"]


def test_a_menu_goes_as_deep_as_shopify_lets_it(adapter, shop):
    parents = ["root", "l1", "l2", "l3"]
    deep = [category(f"l{n}", parent) for n, parent in enumerate(parents, 1)]

    adapter.arrange("root", [ROOT, *deep])

    assert menu(shop) == {"L1": {"L2": {"L3": {}}}}
    assert collection(shop, "L4")


def test_a_collection_that_people_deleted_is_no_trouble(adapter, shop):
    adapter.arrange("root", [ROOT, TOPS])
    del shop.nodes[collection(shop, "Tops")["id"]]

    adapter.arrange("root", [ROOT])

    assert [one["title"] for one in shop.all("Collection")] == ["Shop"]


def test_two_trees_leave_each_other_alone(adapter, shop):
    adapter.arrange("root", [ROOT, TOPS])
    adapter.arrange("sale", [Category("sale", None, {"en": "Sale"}), category("tops", "sale")])

    adapter.arrange("sale", [Category("sale", None, {"en": "Sale"})])

    assert sorted(one["title"] for one in shop.all("Collection")) == ["Sale", "Shop", "Tops"]
    assert len(shop.all("Menu")) == 2


@pytest.mark.parametrize("call", ["CreateCollection", "CreateMenu", "Publish", "CollectionById"])
def test_a_lost_answer_makes_no_collection_twice(stand_in, shop, call):
    stand_in.faults.append(Fault(call, "lost"))

    with pytest.raises(TransientError):
        adapter_for(stand_in).arrange("root", [ROOT, TOPS])
    adapter_for(stand_in).arrange("root", [ROOT, TOPS])

    assert sorted(one["title"] for one in shop.all("Collection")) == ["Shop", "Tops"]
    assert all(one["published"] for one in shop.all("Collection"))
    assert menu(shop) == {"Tops": {}}


def test_a_product_leaves_the_collections_of_categories_that_it_left(adapter, shop):
    push(adapter, product("a", pim_categories=["shirts"]))
    adapter.arrange("root", [ROOT, TOPS, SHIRTS])

    push(adapter, product("a", pim_categories=["tops"]))
    assert products_in(shop, collection(shop, "Shirts")) == set()

    push(adapter, product("a"))
    assert products_in(shop, collection(shop, "Tops")) == set()


def linked(*keys, relation="related", kind="product"):
    name = "uuid" if kind == "product" else "code"
    objects = [{"type": kind, name: key} for key in keys]
    return [{"code": "X_SELL", "relation": relation, "associated_objects": objects}]


@pytest.fixture
def discovery(shop):
    shop.define("PRODUCT", ".".join(RELATED), "list.product_reference")


@pytest.mark.usefixtures("discovery")
def test_products_are_linked_and_what_is_not_there_yet_is_awaited(adapter, shop):
    push(adapter, product("b"))

    [result] = push(adapter, product("a", pim_associations=linked("b", "c")))

    assert result.awaits == ("c",)
    b = shop.product("Product b")
    assert shop.product("Product a")["metafields"][RELATED] == f'["{b["id"]}"]'

    push(adapter, product("c"))
    [result] = push(adapter, product("a", pim_associations=linked("b", "c")))
    assert result.awaits == ()
    assert shop.product("Product c")["id"] in shop.product("Product a")["metafields"][RELATED]


@pytest.mark.usefixtures("discovery")
def test_products_of_one_batch_are_linked_to_each_other(adapter, shop):
    results = push(
        adapter,
        product("a", pim_associations=linked("b")),
        product("b", pim_associations=linked("a")),
    )

    assert [one.awaits for one in results] == [(), ()]


@pytest.mark.usefixtures("discovery")
def test_a_link_to_a_variant_leads_to_its_product(adapter, shop):
    variants = [variant("v-1", {"color": "red"})]
    push(adapter, product("shirt", variation_axes=[axis("color")], variants=variants))

    push(adapter, product("a", pim_associations=linked("v-1")))

    assert shop.product("Product shirt")["id"] in shop.product("Product a")["metafields"][RELATED]


@pytest.mark.usefixtures("discovery")
def test_links_that_were_taken_away_are_gone_and_those_of_people_stay(adapter, shop):
    push(adapter, product("b"), product("a", pim_associations=linked("b")))
    push(adapter, product("c", pim_associations=[]))
    shop.product("Product c")["metafields"][RELATED] = "[]"

    push(adapter, product("a", pim_associations=[]), product("c", pim_associations=[]))

    assert RELATED not in shop.product("Product a")["metafields"]
    assert RELATED in shop.product("Product c")["metafields"]


def test_a_shop_without_a_field_for_links_is_told(adapter):
    push(adapter, product("b"))

    [result] = push(adapter, product("a", pim_associations=linked("b")))

    assert result.accepted
    assert "Search & Discovery" in result.message


def test_the_shops_are_its_publications(adapter, shop):
    assert adapter.read_shops() == [
        ("gid://shopify/Publication/1", "Online Store"),
        ("gid://shopify/Publication/2", "Point of Sale"),
    ]


def test_a_product_is_shown_in_the_shops_that_it_belongs_to(adapter, shop):
    (online, _), (point_of_sale, _) = adapter.read_shops()
    push(adapter, product("a", shops=[online]))
    there = shop.products[0]
    assert there["published"] == {online}

    push(adapter, product("a", shops=[point_of_sale]))
    assert shop.products[0]["published"] == {point_of_sale}

    push(adapter, product("a", shops=[]))
    assert shop.products[0]["published"] == set()


def test_where_people_published_a_product_it_stays(adapter, shop):
    (online, _), (point_of_sale, _) = adapter.read_shops()
    push(adapter, product("a", shops=[online]))
    shop.products[0]["published"].add(point_of_sale)

    push(adapter, product("a", shops=[]))

    assert shop.products[0]["published"] == {point_of_sale}


def test_a_shop_that_is_gone_is_told(adapter, shop):
    [result] = push(adapter, product("a", shops=["gid://shopify/Publication/99"]))

    assert not result.accepted
    assert "Publication does not exist" in result.message


def test_new_products_are_published_nowhere_where_the_shops_people_do_it(stand_in, shop):
    make_product(shop, "By hand")

    push(adapter_for(stand_in, publish="nowhere"), product("a"))

    assert [one["published"] for one in shop.products] == [set(), set()]


def test_what_people_took_out_of_a_sales_channel_is_not_put_back(adapter, shop):
    push(adapter, product("a"))
    shop.products[0]["published"].clear()

    push(adapter, product("a"))

    assert shop.products[0]["published"] == set()
