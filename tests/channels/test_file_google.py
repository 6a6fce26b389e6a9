"""Google's feed: its attributes, and the rules that are checked before anything is written."""

import json
import tracemalloc
from xml.etree import ElementTree

import pytest

from channels.base import ChannelProduct
from channels.targets import SHOP_TARGETS
from channels.templates import BASIC_SHOP, GOOGLE, MARKETPLACE, TEMPLATES
from tests.channels.feed_stages import FOR_GOOGLE, adapter_to, products_in

NAME = {"name": "Mug"}


@pytest.fixture
def adapter(tmp_path):
    return adapter_to(tmp_path, format="google")


def google_product(**document):
    return ChannelProduct("a", json.dumps({"sku": "S-1", **NAME, **FOR_GOOGLE, **document}))


def judged(adapter, **document):
    [result] = adapter.push([google_product(**document)], idempotency_key="1")
    return result


def item(adapter, **document):
    """The product as Google reads it."""
    assert judged(adapter, **document).message == ""
    adapter.publish(lambda: iter([google_product(**document)]))
    with open(adapter.where, "rb") as stream:
        [found] = products_in(stream.read(), "google").values()
    return found


def test_the_shops_own_fields_fill_googles(adapter):
    found = item(adapter, ean="4006381333931", categories="Home > Mugs", available=True)

    assert found["id"] == "S-1"
    assert found["title"] == "Mug"
    assert found["image_link"] == FOR_GOOGLE["image"]
    assert found["price"] == "19.90 EUR"
    assert found["gtin"] == "4006381333931"
    assert found["product_type"] == "Home > Mugs"


def test_the_feed_is_rss_with_the_shops_address(adapter):
    adapter.publish(lambda: iter([google_product(name="Salt & <Pepper>")]))

    with open(adapter.where, "rb") as stream:
        root = ElementTree.fromstring(stream.read())  # noqa: S314  # written by us
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    assert root.findtext("channel/link") == "https://shop.example.com/"
    assert root.findtext("channel/item/{http://base.google.com/ns/1.0}title") == "Salt & <Pepper>"


def test_a_feed_without_products_is_one_too(adapter):
    adapter.publish(lambda: iter([]))

    with open(adapter.where, "rb") as stream:
        assert products_in(stream.read(), "google") == {}


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ({"price": 19}, {"price": "19.00 EUR"}),
        ({"price": 1.999}, {"price": "1.999 EUR"}),
        ({"price": {"amount": "5.5", "currency": "CHF"}}, {"price": "5.50 CHF"}),
        (
            {"price": [{"amount": 7, "currency": "USD"}, {"amount": 6, "currency": "EUR"}]},
            {"price": "6.00 EUR"},
        ),
        ({"sale_price": 14.9}, {"sale_price": "14.90 EUR"}),
        ({"availability": "Out of stock"}, {"availability": "out_of_stock"}),
        ({"availability": None, "available": False}, {"availability": "out_of_stock"}),
        ({"condition": "Used"}, {"condition": "used"}),
        ({"identifier_exists": False}, {"identifier_exists": "no"}),
        ({"gtin": "4006381 33393-1"}, {"gtin": "4006381333931"}),
        ({"shipping_weight": {"value": 3, "unit": "KILOGRAM"}}, {"shipping_weight": "3 kg"}),
        ({"title": "x" * 150}, {"title": "x" * 150}),
        (
            {"availability": "preorder", "availability_date": "2026-12-24T13:00:00+01:00"},
            {"availability_date": "2026-12-24T13:00:00+01:00"},
        ),
    ],
)
def test_values_are_written_as_google_spells_them(adapter, said, written):
    found = item(adapter, **said)

    assert {name: found[name] for name in written} == written


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"description": ""}, "“Description” is empty. Google insists on it."),
        ({"link": None}, "“Product page” is empty."),
        ({"link": "/p/1"}, "“Product page” is “/p/1”, and Google needs a complete web address"),
        ({"image": "front.jpg"}, "“Main image” is “front.jpg”"),
        ({"id": "x" * 51}, "“Google ID” is 51 characters long, and Google takes 50 at most."),
        ({"title": "x" * 151}, "“Google title” is 151 characters long"),
        ({"name": "x" * 151}, "“Name” is 151 characters long, and Google takes 150 at most."),
        ({"name": "bell\x07"}, "a character that Google does not take (U+0007)."),
        ({"price": 0}, "“Price” is 0, and Google takes only prices above 0."),
        ({"price": "free"}, "“Price” is “free”, which is no amount"),
        ({"price": {"amount": 5, "currency": "Euro"}}, "no currency of three letters"),
        ({"sale_price": 20}, "“Sale price” is 20.00 EUR, and must not be more than"),
        ({"availability": "soon"}, "“Availability” is “soon”, and Google knows only in_stock,"),
        ({"availability": "preorder"}, "“Available on” is empty, and Google insists on it"),
        ({"ean": "4006381333932"}, "“EAN / GTIN” is “4006381333932”, whose check digit"),
        ({"ean": "123"}, "a GTIN has 8, 12, 13 or 14 digits."),
        ({"gtin": "2000000000008"}, "a number for use inside of a company"),
        ({"condition": "as new"}, "knows only new, refurbished or used here."),
        ({"shipping_weight": "3 stone"}, "a number with lb, oz, g or kg"),
        ({"sale_price_effective_date": "2026-12-24"}, "two dates and times with a slash"),
        ({"brand": "x" * 71}, "“Brand” is 71 characters long"),
    ],
)
def test_what_google_would_refuse_is_refused_with_the_title_and_the_rule(tmp_path, said, told):
    adapter = adapter_to(tmp_path, fields=GOOGLE, format="google")

    result = judged(adapter, **said)

    assert not result.accepted
    assert told in result.message
    assert result.message.endswith(".")


def test_an_id_that_another_product_of_the_feed_has_is_left_out_and_told(tmp_path):
    adapter = adapter_to(tmp_path, fields=GOOGLE, format="google")
    other = "b2c3"

    def products():
        yield google_product(id="S-1", title="Blue mug")
        yield ChannelProduct(other, google_product(id="S-2").body)
        yield ChannelProduct("c", google_product(id=" S-1 ").body)
        yield ChannelProduct("d", google_product(id="s-1").body)

    published = adapter.publish(products)

    with open(adapter.where, "rb") as stream:
        assert products_in(stream.read(), "google").keys() == {"S-1", "S-2", "s-1"}
    assert published.products == 3
    assert published.refused == {
        "c": "“Google ID” is “ S-1 ”, which “Blue mug” (a) has in the same feed, and Google takes "
        "each only once. Give one of them another in the PIM."
    }


def test_memory_does_not_grow_with_the_number_of_ids(adapter):
    tracemalloc.start()
    try:
        adapter.publish(lambda: (google_product(id=f"S-{n}-{'x' * 30}") for n in range(5000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000


def test_a_plain_price_needs_a_currency(tmp_path):
    adapter = adapter_to(tmp_path, format="google", currency="")

    assert "Enter one at “Currency”" in judged(adapter).message


def test_more_than_ten_further_images_are_left_out(adapter):
    links = [f"https://shop.example.com/{n}.jpg" for n in range(12)]

    adapter.publish(lambda: iter([google_product(additional_image_link=links)]))

    with open(adapter.where) as stream:
        assert stream.read().count("<g:additional_image_link>") == 10


@pytest.mark.parametrize("template", [BASIC_SHOP, GOOGLE, MARKETPLACE])
def test_a_template_adds_to_the_shops_targets_and_names_each_once(template):
    codes = [target.code for target in (*SHOP_TARGETS, *template)]

    assert len(codes) == len(set(codes))
    assert all(target.title and target.description.endswith(".") for target in template)


def test_the_same_code_means_the_same_in_every_template():
    """A person may go from one to another: a target is never retyped."""
    shapes = {
        (target.code, target.type, target.items, target.format)
        for template in TEMPLATES.values()
        for target in template.targets
    }

    assert len(shapes) == len({code for code, *_ in shapes})
