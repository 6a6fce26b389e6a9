import pytest

from channels.base import ConfigurationError, TransientError
from channels.surroundings import MemoryIds
from tests.channels.shopify.making import make_product
from tests.channels.shopify.server import Fault
from tests.channels.shopify.stage import (
    Picture,
    adapter_for,
    address,
    axis,
    product,
    push,
    texts,
    variant,
)


def full(key="a"):
    """A product for which every kind of call is made."""
    return product(
        key,
        {"front.png": Picture()},
        title=texts(en="Shirt", fr="Chemise"),
        images=[address("front.png")],
        product__custom__material="Wool",
        pim_categories=["tops"],
        variation_axes=[axis("color", en="Colour", fr="Couleur")],
        variants=[variant("1", {"color": {"blue": {"en": "Blue", "fr": "Bleu"}}}, sku="S-1")],
    )


CALLS = [
    "ByIdentifier",
    "Languages",
    "Definitions",
    "CreateDefinition",
    "Files",
    "FilesByName",
    "StageUploads",
    "upload",
    "CreateFiles",
    "ProductSet",
    "Options",
    "Translatable",
    "Translate",
    "Publications",
    "Publish",
    "SetMetafields",
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("with_ids", [True, False], ids=["ids kept", "ids lost"])
def test_a_lost_answer_makes_nothing_twice(stand_in, shop, call, with_ids):
    shop.define("PRODUCT", "custom.material", "single_line_text_field")
    ids = MemoryIds()
    stand_in.faults.append(Fault(call, "lost"))

    with pytest.raises(TransientError):
        push(adapter_for(stand_in, ids=ids), full())
    assert stand_in.faults == []
    shop.clock.sleep(30)  # the batch comes again some time later
    again = adapter_for(stand_in, ids=ids if with_ids else MemoryIds())
    [result] = push(again, full())

    [there] = shop.products
    assert result.accepted
    assert len(there["variants"]) == 1
    assert len(there["media"]) == len(
        [one for one in shop.nodes.values() if "name" in one and "fileStatus" in one]
    )
    assert len(there["published"]) == 2
    assert there["metafields"]["custom", "material"] == "Wool"
    assert shop.translations[there["id"], "fr", "title"]["value"] == "Chemise"
    assert [one["value"] for one in shop.translations.values()].count("Bleu") == 1


def test_a_second_push_writes_the_product_and_nothing_else(adapter, shop):
    shop.define("PRODUCT", "custom.material", "single_line_text_field")
    push(adapter, full())
    shop.writes.clear()

    push(adapter, full())

    assert shop.writes == ["ProductSet"]


def test_what_was_placed_by_a_call_whose_answer_was_lost_can_be_taken_away(stand_in, adapter, shop):
    push(adapter, product("a"))
    stand_in.faults.append(Fault("ProductSet", "lost"))
    with pytest.raises(TransientError):
        push(adapter, product("a", tags=["new"], vendor="Potter"))
    assert shop.products[0]["tags"] == ["new"]

    push(adapter, product("a"), key="batch-2")  # the PIM has changed again meanwhile

    assert shop.products[0]["tags"] == []
    assert shop.products[0]["vendor"] == ""


def test_a_database_that_is_lost_loses_no_product(stand_in, shop):
    push(adapter_for(stand_in), product("a"), product("b"))

    push(adapter_for(stand_in), product("a", title="New"), product("b"))

    assert [one["title"] for one in shop.products] == ["New", "Product b"]


def test_a_product_that_was_deleted_in_the_shop_is_made_anew(stand_in, shop):
    ids = MemoryIds()
    push(adapter_for(stand_in, ids=ids), product("a"))
    del shop.nodes[shop.products[0]["id"]]

    [result] = push(adapter_for(stand_in, ids=ids), product("a"))

    assert result.external_id == shop.products[0]["id"]


def test_a_remembered_id_that_belongs_to_another_product_is_not_believed(stand_in, shop):
    ids = MemoryIds()
    push(adapter_for(stand_in, ids=ids), product("a"))
    ids.put("product", {"b": shop.products[0]["id"]})

    push(adapter_for(stand_in, ids=ids), product("b"))

    assert [one["title"] for one in shop.products] == ["Product a", "Product b"]


def test_a_product_with_the_same_sku_is_taken_over(stand_in, shop):
    make_product(shop, "Old mug", sku="M-1", vendor="Theirs", status="DRAFT")
    make_product(shop, "Other", sku="M-10")

    push(adapter_for(stand_in, adopt="sku"), product("a", title="Mug", sku="M-1"))

    mug, other = shop.products
    assert (mug["title"], mug["vendor"], mug["status"]) == ("Mug", "Theirs", "DRAFT")
    assert mug["metafields"]["ferry", "pim_id"] == "a"
    assert mug["variants"][0]["sku"] == "M-1"
    assert mug["published"] == set()
    assert other["title"] == "Other"


def test_a_model_is_recognized_by_the_skus_of_its_variants(stand_in, shop):
    there = make_product(shop, "Old shirt", sku="S-2")
    there["options"][0]["name"] = "Tint"
    there["variants"][0]["selectedOptions"] = [{"name": "Tint", "value": "azure"}]
    before = there["variants"][0]["id"]

    push(
        adapter_for(stand_in, adopt="sku"),
        product(
            "shirt",
            variation_axes=[axis("color")],
            variants=[
                variant("1", {"color": "red"}, sku="S-1"),
                variant("2", {"color": "blue"}, sku="S-2"),
            ],
        ),
    )

    [shirt] = shop.products
    assert [one["id"] == before for one in shirt["variants"]] == [False, True]


def test_a_product_with_the_same_handle_is_taken_over(stand_in, shop):
    make_product(shop, "Old mug", handle="mug", sku="X")

    push(adapter_for(stand_in, adopt="handle"), product("a", title="Mug", handle="mug", sku="M-1"))

    [mug] = shop.products
    assert (mug["title"], mug["variants"][0]["sku"]) == ("Mug", "M-1")


def test_nothing_is_taken_over_unless_it_was_asked_for(adapter, shop):
    make_product(shop, "Old mug", sku="M-1")

    push(adapter, product("a", sku="M-1"))

    assert len(shop.products) == 2


def test_nothing_is_taken_over_where_it_is_not_clear_which(stand_in, shop):
    make_product(shop, "One", sku="M-1")
    make_product(shop, "Two", sku="M-1")
    make_product(shop, "Three", sku="M-3")
    adapter = adapter_for(stand_in, adopt="sku")

    push(adapter, product("a", sku="M-1"), product("b", sku="M-3"), product("c", sku="M-3"))

    assert [one["title"] for one in shop.products] == [
        "One",
        "Two",
        "Three",
        "Product a",
        "Product b",
        "Product c",
    ]


def test_a_product_of_the_pim_is_never_taken_over_by_another(stand_in, shop):
    adapter = adapter_for(stand_in, adopt="sku")
    push(adapter, product("a", sku="M-1"))

    push(adapter, product("b", sku="M-1"))

    assert [one["title"] for one in shop.products] == ["Product a", "Product b"]


def test_a_metafield_that_stands_in_the_way_is_told(adapter, shop):
    shop.define("PRODUCT", "ferry.pim_id", "number_integer")

    with pytest.raises(ConfigurationError, match=r"ferry\.pim_id of the type number_integer"):
        push(adapter, product("a"))
