"""What screen readers say in place of each picture, in each of the shop's languages."""

from tests.channels.shopify.stage import Picture, address, axis, product, push, texts, variant

FRONT, BACK = Picture(b"front", "front.png"), Picture(b"back", "back.png")
BOTH = {"front.png": FRONT, "back.png": BACK}


def pictured(key, **document):
    images = [address("front.png"), address("back.png")]
    return product(key, BOTH, **{"images": images, **document})


def said(shop, content):
    """What is said of a picture: in the primary language, and in others."""
    [file] = [one for one in shop.all("MediaImage") if one["content"] == content]
    others = {
        locale: one["value"]
        for (id_, locale, key), one in shop.translations.items()
        if (id_, key) == (file["id"], "alt")
    }
    return file["alt"], others


def test_each_picture_says_its_own_in_each_language(adapter, shop):
    push(
        adapter,
        pictured(
            "a",
            image_1_alt=texts(en="From the front", fr="De face", de="Von vorn"),
            image_2_alt=texts(en="From behind", fr="De dos"),
        ),
    )

    assert said(shop, b"front") == ("From the front", {"fr": "De face", "de": "Von vorn"})
    assert said(shop, b"back") == ("From behind", {"fr": "De dos"})


def test_a_picture_without_a_text_of_its_own_says_that_of_all_or_the_title(adapter, shop):
    push(adapter, pictured("a", image_1_alt=texts(en="From the front")))
    assert (said(shop, b"front")[0], said(shop, b"back")[0]) == ("From the front", "Product a")

    push(adapter, pictured("a", image_1_alt=texts(en="From the front"), image_alt="A mug"))
    assert (said(shop, b"front")[0], said(shop, b"back")[0]) == ("From the front", "A mug")


def test_a_text_that_changes_or_is_emptied_does_so_in_the_shop(adapter, shop):
    push(adapter, pictured("a", image_1_alt=texts(en="Front", fr="De face", de="Vorn")))

    push(adapter, pictured("a", image_1_alt=texts(en="In front", fr="De face", de=None)))
    assert said(shop, b"front") == ("In front", {"fr": "De face"})

    push(adapter, pictured("a"))
    assert said(shop, b"front") == ("Product a", {})


def test_the_same_texts_again_change_nothing(adapter, shop):
    document = pictured("a", image_1_alt=texts(en="Front", fr="De face"), image_alt="A mug")
    push(adapter, document)
    file = shop.all("MediaImage")[0]
    shop.writes.clear()

    push(adapter, document)

    assert shop.writes == ["ProductSet"]
    assert said(shop, file["content"])[1] == {"fr": "De face"}


def test_what_the_shops_people_say_of_a_picture_stays_where_they_have_the_say(adapter, shop):
    push(adapter, pictured("a"))
    for file in shop.all("MediaImage"):
        file["alt"] = "In their own words"

    alt = texts(en="Front", fr="De face")
    push(adapter, pictured("a", sent={"left_alone": frozenset({"image_1_alt"})}))
    push(adapter, pictured("a", image_1_alt=alt, sent={"if_empty": frozenset({"image_1_alt"})}))

    assert said(shop, b"front")[0] == "In their own words"


def test_a_title_that_was_put_there_counts_as_no_text_of_the_shops(adapter, shop):
    push(adapter, pictured("a"))

    alt = texts(en="Front", fr="De face")
    push(adapter, pictured("a", image_1_alt=alt, sent={"if_empty": frozenset({"image_1_alt"})}))

    assert said(shop, b"front") == ("Front", {"fr": "De face"})


def test_a_variants_picture_says_its_own(adapter, shop):
    variants = [
        variant(
            number,
            {"color": color},
            variant_image=address(name),
            variant_image_alt=texts(en=f"In {color}", fr=f"En {color}"),
        )
        for number, color, name in (("1", "red", "front.png"), ("2", "blue", "back.png"))
    ]

    push(adapter, product("a", BOTH, variation_axes=[axis("color")], variants=variants))

    assert said(shop, b"front") == ("In red", {"fr": "En red"})
    assert said(shop, b"back") == ("In blue", {"fr": "En blue"})


def test_a_text_that_is_too_long_is_cut(adapter, shop):
    push(adapter, pictured("a", image_1_alt=texts(en="x" * 600)))

    assert said(shop, b"front")[0] == "x" * 512


def test_two_products_that_show_a_picture_share_what_is_said_of_it(adapter, shop):
    push(adapter, pictured("a", image_1_alt=texts(en="A", fr="A")))
    push(adapter, pictured("b", image_1_alt=texts(en="B", fr="B")))

    assert len(shop.uploads) == 2
    assert said(shop, b"front") == ("B", {"fr": "B"})
