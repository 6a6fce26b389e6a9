import pytest

from channels.base import TransientError
from channels.surroundings import MemoryIds
from tests.channels.shopify.files import BROKEN
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

FRONT, BACK = Picture(b"front", "front.png"), Picture(b"back", "back.png")
BOTH = {"front.png": FRONT, "back.png": BACK}


def pictured(key, *names, media=BOTH, **document):
    return product(key, media, images=[address(name) for name in names], **document)


def shown(shop, title="Product a"):
    return [shop.nodes[id_]["content"] for id_ in shop.product(title)["media"]]


def add_picture(shop):
    """What the shop's people upload by hand."""
    return shop.add(
        "MediaImage", fileStatus="READY", alt=None, name="theirs.png", content=b"theirs"
    )


def test_pictures_are_uploaded_and_shown_in_their_order(adapter, shop):
    push(adapter, pictured("a", "back.png", "front.png"))

    assert shown(shop) == [b"back", b"front"]
    assert sorted(content for _, content in shop.uploads) == [b"back", b"front"]


def test_a_picture_is_uploaded_once_whoever_shows_it(stand_in, shop):
    ids = MemoryIds()
    copy = {"copy.png": Picture(b"front", "copy.png")}
    push(adapter_for(stand_in, ids=ids), pictured("a", "front.png"), pictured("b", "front.png"))

    push(
        adapter_for(stand_in, ids=ids),
        pictured("a", "front.png", title="A new title"),
        pictured("c", "copy.png", media=copy),
    )

    assert len(shop.uploads) == 1
    assert len(shop.all("MediaImage")) == 1
    assert shown(shop, "Product c") == [b"front"]


def test_only_what_this_app_placed_is_taken_away(adapter, shop):
    push(adapter, pictured("a", "front.png"))
    foreign = shop.add(
        "MediaImage", fileStatus="READY", alt=None, name="theirs.png", content=b"theirs"
    )
    shop.product("Product a")["media"].append(foreign["id"])

    push(adapter, pictured("a", "back.png"))
    assert shown(shop) == [b"back", b"theirs"]

    push(adapter, product("a"))
    assert shown(shop) == [b"theirs"]


def test_pictures_change_their_order(adapter, shop):
    push(adapter, pictured("a", "front.png", "back.png"))

    push(adapter, pictured("a", "back.png", "front.png"))

    assert shown(shop) == [b"back", b"front"]
    assert len(shop.uploads) == 2


def test_pictures_that_people_put_there_stay_where_the_pim_has_none(stand_in, shop):
    there = make_product(shop, "Old", sku="M-1")
    foreign = shop.add(
        "MediaImage", fileStatus="READY", alt=None, name="theirs.png", content=b"theirs"
    )
    there["media"] = [foreign["id"]]

    push(adapter_for(stand_in, adopt="sku"), product("a", sku="M-1"))

    assert shown(shop) == [b"theirs"]


def test_pictures_of_the_shop_stay_where_the_target_is_set_only_when_empty(adapter, shop):
    push(adapter, product("a"))
    foreign = shop.add(
        "MediaImage", fileStatus="READY", alt=None, name="theirs.png", content=b"theirs"
    )
    shop.product("Product a")["media"] = [foreign["id"]]

    push(adapter, pictured("a", "front.png", sent={"if_empty": frozenset({"images"})}))

    assert shown(shop) == [b"theirs"]


def test_screen_readers_hear_the_title_or_what_is_mapped(adapter, shop):
    push(adapter, pictured("a", "front.png"))
    assert shop.all("MediaImage")[0]["alt"] == "Product a"

    push(adapter, pictured("a", "front.png", image_alt="A mug from the front"))
    assert shop.all("MediaImage")[0]["alt"] == "A mug from the front"


def test_a_variant_has_a_picture_of_its_own(adapter, shop):
    variants = [
        variant("1", {"color": "red"}, variant_image=address("front.png")),
        variant("2", {"color": "blue"}, variant_image=address("back.png")),
    ]

    for _ in range(2):
        push(adapter, product("a", BOTH, variation_axes=[axis("color")], variants=variants))

    there = shop.product("Product a")
    assert shown(shop) == [b"front", b"back"]
    assert [one["media"] for one in there["variants"]] == [[id_] for id_ in there["media"]]


def in_two_colours(red=None, blue=None, *, sent=None, **document):
    """A model whose variants show these pictures."""
    variants = [
        variant(uuid, {"color": colour}, **({"variant_image": address(name)} if name else {}))
        for uuid, colour, name in (("1", "red", red), ("2", "blue", blue))
    ]
    return product(
        "a", BOTH, sent=sent, variation_axes=[axis("color")], variants=variants, **document
    )


def shown_by_variants(shop):
    """What each variant shows, in the order of the variants."""
    variants = shop.product("Product a")["variants"]
    return [[shop.nodes[id_]["content"] for id_ in one["media"]] for one in variants]


def test_a_picture_that_no_variant_shows_any_more_leaves_the_product(adapter, shop):
    push(adapter, in_two_colours("front.png"))
    shop.product("Product a")["media"].append(add_picture(shop)["id"])

    push(adapter, in_two_colours("back.png"))
    assert shown(shop) == [b"theirs", b"back"]

    push(adapter, in_two_colours())
    assert shown(shop) == [b"theirs"]


def test_pictures_that_were_only_set_at_first_stay_beside_those_of_variants(adapter, shop):
    push(adapter, in_two_colours("back.png", images=[address("front.png")]))

    push(adapter, in_two_colours("back.png", sent={"left_alone": frozenset({"images"})}))

    assert shown(shop) == [b"front", b"back"]


@pytest.mark.parametrize("also", [{"images": [address("front.png")]}, {"blue": "front.png"}])
def test_a_variants_picture_that_is_emptied_goes_though_others_show_it(adapter, shop, also):
    push(adapter, in_two_colours("front.png", **also))

    push(adapter, in_two_colours(**also))
    assert [shown(shop), shown_by_variants(shop)[0]] == [[b"front"], []]

    shop.writes.clear()
    push(adapter, in_two_colours(**also))
    assert shop.writes == ["ProductSet"]


def test_a_picture_that_the_shops_people_gave_a_variant_stays(adapter, shop):
    push(adapter, in_two_colours(images=[address("front.png")]))
    there = shop.product("Product a")
    there["variants"][0]["media"] = [there["media"][0]]

    push(adapter, in_two_colours(images=[address("front.png")]))

    assert shown_by_variants(shop) == [[b"front"], []]


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (Picture(BROKEN), "A picture is missing in the shop: The file is not a picture."),
        (None, "it could not be had from the PIM."),
    ],
)
def test_a_picture_that_cannot_be_had_is_told_and_the_product_goes_without(
    adapter, shop, picture, told
):
    media = {"front.png": picture, "back.png": BACK} if picture else {"back.png": BACK}

    good, bad = push(adapter, pictured("b"), pictured("a", "front.png", "back.png", media=media))

    assert good.message == ""
    assert bad.accepted
    assert told in bad.message
    assert shown(shop) == [b"back"]
    assert [one["content"] for one in shop.all("MediaImage")] == [b"back"]


def test_a_picture_that_is_too_big_for_shopify_is_told(adapter, shop):
    huge = Picture(b"huge")
    huge.size = 30_000_000

    [result] = push(adapter, pictured("a", "front.png", media={"front.png": huge}))

    assert "it has 30 MB, and Shopify takes 20" in result.message
    assert shop.uploads == []


def test_a_picture_at_a_public_address_is_fetched_by_shopify(adapter, shop):
    push(adapter, product("a", images=["https://cdn.example.com/x/front.png"]))

    assert shown(shop) == [b"https://cdn.example.com/x/front.png"]
    assert shop.uploads == []


def test_a_picture_that_people_deleted_is_uploaded_again(adapter, shop):
    push(adapter, pictured("a", "front.png"))
    [file] = shop.all("MediaImage")
    del shop.nodes[file["id"]]
    shop.product("Product a")["media"] = []

    push(adapter, pictured("a", "front.png"))

    assert shown(shop) == [b"front"]


def test_a_picture_is_found_by_its_name_when_its_id_is_lost(stand_in, shop):
    push(adapter_for(stand_in), pictured("a", "front.png"))

    push(adapter_for(stand_in), pictured("a", "front.png"))

    assert len(shop.uploads) == 1
    assert shown(shop) == [b"front"]


def test_a_store_that_refuses_one_file_fails_no_neighbour(stand_in, adapter, shop):
    stand_in.faults.append(Fault("upload", status=400))

    refused, accepted = push(adapter, pictured("a", "front.png"), pictured("b", "back.png"))

    assert "answered HTTP 400" in refused.message
    assert accepted.message == ""
    assert shown(shop, "Product b") == [b"back"]


def test_pictures_that_shopify_works_on_for_long_are_waited_for_later(stand_in, shop):
    shop.file_seconds = 1000.0
    ids = MemoryIds()

    with pytest.raises(TransientError, match="still works on the pictures"):
        push(adapter_for(stand_in, ids=ids), pictured("a", "front.png"))
    shop.clock.sleep(1000)
    push(adapter_for(stand_in, ids=ids), pictured("a", "front.png"))

    assert len(shop.uploads) == 1
    assert shown(shop) == [b"front"]


def test_a_file_becomes_the_value_of_a_field(adapter, shop):
    shop.define("PRODUCT", "custom.manual", "file_reference")
    shop.define("PRODUCT", "custom.plans", "list.file_reference")
    manual = Picture(b"manual", "manual.pdf")
    manual.mime_type = "application/pdf"

    push(
        adapter,
        product(
            "a",
            {"manual.pdf": manual, **BOTH},
            product__custom__manual=address("manual.pdf"),
            product__custom__plans=[address("front.png"), address("gone.png")],
            title=texts(en="Product a"),
        ),
    )

    there = shop.product("Product a")["metafields"]
    assert shop.nodes[there["custom", "manual"]]["content"] == b"manual"
    assert shop.nodes[there["custom", "manual"]]["__typename"] == "GenericFile"
    [front] = [one for one in shop.all("MediaImage") if one["content"] == b"front"]
    assert there["custom", "plans"] == f'["{front["id"]}"]'


def test_one_file_that_shopify_refuses_fails_no_other_in_its_call(adapter, shop):
    addresses = ["https://cdn.example.com/front.png", f"{shop.url}/never-uploaded.png"]

    [result] = push(adapter, product("a", images=addresses))

    assert "Nothing was uploaded there" in result.message
    assert shown(shop) == [b"https://cdn.example.com/front.png"]
