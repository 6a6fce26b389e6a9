import pytest

from channels.base import Outcome
from tests.channels.shopify.making import make_product
from tests.channels.shopify.stage import adapter_for, axis, product, push, texts, variant

BLUE = {"blue": {"en": "Blue", "fr": "Bleu"}}
RED = {"red": {"en": "Red", "fr": "Rouge"}}


def model(key="shirt", *variants, axes=None, **document):
    axes = axes or [axis("color", en="Colour", fr="Couleur")]
    return product(key, variation_axes=axes, variants=list(variants), **document)


def only(shop):
    [found] = shop.products
    return found


def test_a_product_has_all_that_was_mapped(adapter, shop):
    [result] = push(
        adapter,
        product(
            "a",
            title=texts(en="Mug"),
            description=texts(en="<p>For tea</p>"),
            handle="tea-mug",
            vendor="Potter",
            product_type="Cups",
            category="aa-1",
            tags=["tea", "blue"],
            seo_title=texts(en="A mug"),
            seo_description=texts(en="Buy it"),
            sku="M-1",
            price=19.9,
            compare_at_price=25,
            cost=4.5,
            barcode="4006381333931",
            weight={"value": 250, "unit": "GRAM"},
            taxable=False,
            requires_shipping=True,
            track_inventory=True,
            sell_when_out_of_stock=True,
            hs_code="691200",
        ),
    )

    there = only(shop)
    [only_variant] = there["variants"]
    assert result.accepted
    assert result.external_id == there["id"]
    assert {name: there[name] for name in ("title", "descriptionHtml", "handle", "vendor")} == {
        "title": "Mug",
        "descriptionHtml": "<p>For tea</p>",
        "handle": "tea-mug",
        "vendor": "Potter",
    }
    assert there["tags"] == ["blue", "tea"]
    assert there["seo"] == {"title": "A mug", "description": "Buy it"}
    assert there["category"] == {"id": "gid://shopify/TaxonomyCategory/aa-1"}
    assert there["status"] == "ACTIVE"
    assert only_variant["sku"] == "M-1"
    assert only_variant["price"] == "19.90"
    assert only_variant["compareAtPrice"] == "25.00"
    assert only_variant["inventoryPolicy"] == "CONTINUE"
    assert only_variant["inventoryItem"] == {
        "tracked": True,
        "requiresShipping": True,
        "harmonizedSystemCode": "691200",
        "unitCost": {"amount": "4.50"},
        "measurement": {"weight": {"value": 250.0, "unit": "GRAMS"}},
    }


def test_a_model_has_options_in_the_words_of_customers(adapter, shop):
    push(
        adapter,
        model(
            "shirt",
            variant("1", {"color": BLUE, "size": "M"}, sku="S-1", price=10),
            variant("2", {"color": RED, "size": "M"}, sku="S-2", price=12),
            axes=[axis("color", en="Colour"), axis("size")],
        ),
    )

    there = only(shop)
    assert [(o["name"], [v["name"] for v in o["optionValues"]]) for o in there["options"]] == [
        ("Colour", ["Blue", "Red"]),
        ("size", ["M"]),
    ]
    assert [
        (one["sku"], one["price"], [o["value"] for o in one["selectedOptions"]])
        for one in there["variants"]
    ] == [("S-1", "10.00", ["Blue", "M"]), ("S-2", "12.00", ["Red", "M"])]


def test_values_that_customers_could_not_tell_apart_have_their_codes(adapter, shop):
    navy, sky = {"navy": {"en": "Blue"}}, {"sky": {"en": "blue"}}

    push(adapter, model("shirt", variant("1", {"color": navy}), variant("2", {"color": sky})))

    [option] = only(shop)["options"]
    assert [one["name"] for one in option["optionValues"]] == ["Blue (navy)", "blue (sky)"]


def test_more_axes_than_shopify_has_are_joined(adapter, shop):
    push(
        adapter,
        model(
            "shirt",
            variant("1", {"a": "1", "b": "2", "c": "3", "d": "4"}),
            axes=[axis(code) for code in "abcd"],
        ),
    )

    assert [one["name"] for one in only(shop)["options"]] == ["a", "b", "c-d"]


def test_a_variant_stays_itself_when_others_come_and_go(adapter, shop):
    first = [variant("1", {"color": BLUE}), variant("2", {"color": RED})]
    push(adapter, model("shirt", *first))
    ids = {one["sku"] or i: one["id"] for i, one in enumerate(only(shop)["variants"])}

    green = {"green": {"en": "Green"}}
    push(adapter, model("shirt", variant("3", {"color": green}), variant("2", {"color": RED})))

    variants = only(shop)["variants"]
    assert [one["selectedOptions"][0]["value"] for one in variants] == ["Green", "Red"]
    assert variants[1]["id"] == ids[1]
    assert variants[0]["id"] not in ids.values()


def test_a_variant_that_changes_its_options_stays_itself(adapter, shop):
    push(adapter, model("shirt", variant("1", {"color": BLUE}), variant("2", {"color": RED})))
    before = [one["id"] for one in only(shop)["variants"]]

    push(adapter, model("shirt", variant("1", {"color": RED}), variant("2", {"color": BLUE})))

    assert [one["id"] for one in only(shop)["variants"]] == before


def test_a_variant_can_move_to_another_model_before_the_old_one_is_sent(adapter, shop):
    push(adapter, model("old", variant("1", {"color": BLUE}), variant("2", {"color": RED})))

    results = push(adapter, model("new", variant("2", {"color": RED})))
    results += push(adapter, model("old", variant("1", {"color": BLUE})))

    assert all(one.accepted for one in results)
    assert [len(one["variants"]) for one in shop.products] == [1, 1]


def test_what_is_emptied_in_the_pim_is_emptied_and_what_is_not_mapped_is_left(adapter, shop):
    push(
        adapter,
        product("a", vendor="Potter", sku="M-1", barcode="123", compare_at_price=9, tags=["x"]),
    )
    there = only(shop)
    there["productType"] = "Cups"  # by the shop's people
    there["seo"]["title"] = "Theirs"

    push(adapter, product("a", sku="M-1"))

    there = only(shop)
    assert there["vendor"] == ""
    assert there["tags"] == []
    assert there["variants"][0]["barcode"] == ""
    assert there["variants"][0]["compareAtPrice"] is None
    assert there["productType"] == "Cups"
    assert there["seo"]["title"] == "Theirs"


def test_what_people_filled_in_stays_though_the_pim_never_had_it(adapter, shop):
    push(adapter, product("a"))
    only(shop)["vendor"] = "Theirs"

    push(adapter, product("a"))

    assert only(shop)["vendor"] == "Theirs"


def with_barcodes(red=None, blue=None):
    barcodes = [{"barcode": one} if one else {} for one in (red, blue)]
    variants = [
        variant(uuid, {"color": colour}, **fields)
        for uuid, colour, fields in zip("12", ("red", "blue"), barcodes, strict=True)
    ]
    return product("a", variation_axes=[axis("color")], variants=variants)


def barcodes(shop):
    return [one["barcode"] for one in shop.product("Product a")["variants"]]


def test_what_people_gave_one_variant_stays_though_another_has_it_from_the_pim(adapter, shop):
    push(adapter, with_barcodes(red="111"))
    shop.product("Product a")["variants"][1]["barcode"] = "theirs"

    push(adapter, with_barcodes(red="222"))
    assert barcodes(shop) == ["222", "theirs"]

    push(adapter, with_barcodes(red="222", blue="333"))
    push(adapter, with_barcodes(red="222"))
    assert barcodes(shop) == ["222", ""]


def test_what_is_remembered_of_no_variant_is_emptied_like_its_product(stand_in, shop):
    push(adapter_for(stand_in), with_barcodes(red="111", blue="222"))

    push(adapter_for(stand_in), with_barcodes(red="111"))

    assert barcodes(shop) == ["111", ""]


def test_a_target_that_is_theirs_once_filled_is_set_only_where_it_is_empty(adapter, shop):
    push(adapter, product("a", product_type="Cups", sku="M-1"))
    there = only(shop)
    there["title"] = "By hand"

    known = {"if_empty": frozenset({"title", "vendor", "barcode", "product_type"})}
    there["vendor"] = ""
    push(adapter, product("a", title="New", vendor="Potter", barcode="1", sku="M-1", sent=known))

    there = only(shop)
    assert there["title"] == "By hand"
    assert there["vendor"] == "Potter"
    assert there["variants"][0]["barcode"] == "1"
    assert there["productType"] == "Cups"


def test_a_target_that_is_left_alone_is_not_emptied(adapter, shop):
    push(adapter, product("a", vendor="Potter", barcode="1"))
    alone = {"left_alone": frozenset({"vendor", "barcode"})}

    push(adapter, product("a", sent=alone))
    push(adapter, product("a", sent=alone))

    assert only(shop)["vendor"] == "Potter"
    assert only(shop)["variants"][0]["barcode"] == "1"


def test_tags_of_the_shops_people_are_kept(adapter, shop):
    push(adapter, product("a", tags=["pim", "old"]))
    only(shop)["tags"].append("sale")

    push(adapter, product("a", tags=["pim", "new"]))
    assert only(shop)["tags"] == ["new", "pim", "sale"]

    push(adapter, product("a"))
    assert only(shop)["tags"] == ["sale"]


def test_a_variant_of_the_shops_people_is_kept(adapter, shop):
    push(adapter, model("shirt", variant("1", {"color": BLUE}, sku="S-1")))
    there = only(shop)
    foreign = make_product(shop, "donor", sku="GIFT")["variants"][0]
    foreign["selectedOptions"] = [{"name": "Colour", "value": "Gold"}]
    there["variants"].append(foreign)
    del shop.nodes[shop.product("donor")["id"]]

    push(adapter, model("shirt", variant("2", {"color": RED}, sku="S-2")))

    assert [one["sku"] for one in only(shop)["variants"]] == ["S-2", "GIFT"]


def test_a_foreign_variant_that_cannot_stay_is_told_and_nothing_changes(adapter, shop):
    push(adapter, model("shirt", variant("1", {"color": BLUE}, sku="S-1")))
    foreign = make_product(shop, "donor", sku="GIFT")["variants"][0]
    only_shirt = shop.product("Product shirt")
    only_shirt["variants"].append(foreign)
    writes = len(shop.writes)

    [result] = push(adapter, model("shirt", variant("2", {"color": RED}, sku="S-2")))

    assert result.outcome is Outcome.REJECTED
    assert "a variant of its own here, Title Default Title" in result.message
    assert len(shop.writes) == writes


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"title": ""}, "“Title” is empty"),
        ({"title": texts(en=None)}, "“Title” is empty"),
        ({"title": "x" * 300}, "“Title”: Title is too long"),
        ({"price": -1}, "“Price”: must be greater than or equal to 0."),
        ({"price": "cheap"}, "“Price”: “cheap” is not a number."),
        ({"weight": {"value": 1, "unit": "SECOND"}}, "“Weight”: Shopify has no unit “SECOND”"),
        ({"taxable": "maybe"}, "“Charge tax”: “maybe” is neither yes nor no."),
        ({"status": "sold"}, "“Status”: “sold” is none of: active, draft"),
    ],
)
def test_what_is_wrong_is_told_with_the_targets_title(adapter, shop, document, told):
    refused, accepted = push(adapter, product("bad", **document), product("good"))

    assert (refused.outcome, accepted.outcome) == (Outcome.REJECTED, Outcome.ACCEPTED)
    assert told in refused.message
    assert [one["title"] for one in shop.products] == ["Product good"]


def test_a_handle_of_another_product_is_told_and_one_of_shopifys_own_is_told_apart(adapter, shop):
    make_product(shop, "Mug", handle="mug")

    taken, free = push(adapter, product("a", handle="mug"), product("b", title="Mug"))

    assert taken.outcome is Outcome.REJECTED
    assert "“Handle”: another product of the shop has this handle" in taken.message
    assert free.accepted
    assert [one["handle"] for one in shop.products] == ["mug", "mug-1"]


@pytest.mark.parametrize(
    ("variants", "told"),
    [
        ([], "no variants"),
        ([variant("1", {"color": BLUE}), variant("2", {"color": BLUE})], "are the same"),
        ([variant("1", {"color": BLUE}), variant("2", {})], "has no value for “Colour”"),
    ],
)
def test_variants_that_no_customer_could_choose_are_told(adapter, variants, told):
    [result] = push(adapter, model("shirt", *variants))

    assert result.outcome is Outcome.REJECTED
    assert told in result.message


def test_a_document_that_is_none_is_told(adapter):
    [result] = push(adapter, product("a", variants="many"))

    assert result.outcome is Outcome.REJECTED
    assert "not a list" in result.message


def test_many_variants_are_read_page_by_page_and_kept(adapter, shop):
    several = [variant(str(n), {"size": str(n)}, sku=f"S-{n}") for n in range(60)]
    push(adapter, model("shirt", *several, axes=[axis("size")]))
    before = [one["id"] for one in only(shop)["variants"]]

    [result] = push(adapter, model("shirt", *several, axes=[axis("size")]))

    assert result.accepted
    assert [one["id"] for one in only(shop)["variants"]] == before


def test_a_new_handle_leaves_the_old_address_working(adapter, shop):
    push(adapter, product("a", handle="mug"))
    push(adapter, product("a", handle="mug"))
    assert shop.redirects == []

    push(adapter, product("a", handle="tea-mug"))

    assert only(shop)["handle"] == "tea-mug"
    assert shop.redirects == ["tea-mug"]


def test_a_model_with_very_many_variants_goes_in_bulk_though_it_is_alone(adapter, shop):
    several = [variant(str(n), {"size": str(n)}) for n in range(300)]

    [result] = push(adapter, model("shirt", *several, axes=[axis("size")]))

    assert result.accepted
    assert "ProductSet" not in shop.calls
    assert len(only(shop)["variants"]) == 300
