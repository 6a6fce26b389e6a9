"""Catalogs of models on the pages: choosing them, what the channel takes, a variant's own page."""

import json

import pytest
from django.urls import reverse

from catalogs.models import Catalog
from channels.registry import KINDS
from sync.models import Document, Listing, ListingVariant, Run
from tests.channels.shop import HttpShopAdapter, MemoryShopAdapter
from tests.factories import (
    make_catalog,
    make_channel,
    make_connection,
    make_document,
    make_listing,
)
from tests.pages.conftest import API, text_of

VARIANT = "00000000-0000-4000-8000-00000000000a"


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setitem(KINDS, "http-shop", HttpShopAdapter)
    monkeypatch.setitem(KINDS, "memory-shop", MemoryShopAdapter)


@pytest.fixture
def channel(connection):
    return make_channel(connection, kind="http-shop")


@pytest.fixture
def catalog(channel):
    return make_catalog(channel, shape=Catalog.Shape.MODELS)


@pytest.fixture
def listing(catalog):
    wanted = make_document("Blue")
    listing = make_listing(catalog, key="shoes/blue 1", label="Blue shoes", wanted=wanted)
    ListingVariant.objects.create(listing=listing, uuid=VARIANT)
    return listing


def contents(page):
    fields = page.find_all("input", {"name": "content"})
    return [field["value"] for field in fields], [
        f["value"] for f in fields if f.has_attr("checked")
    ]


def test_products_with_variants_come_first_where_the_channel_knows_them(browser, channel):
    page = browser.see(reverse("pages:new_catalog", args=[channel.uuid]))

    assert contents(page) == (["models", "mapped", "raw"], ["models"])
    assert "takes up to 3 axes" in text_of(page)


def test_they_are_not_offered_for_a_channel_without_variants(browser, connection):
    channel = make_channel(connection)

    page = browser.see(reverse("pages:new_catalog", args=[channel.uuid]))

    assert contents(page) == (["mapped", "raw"], ["mapped"])


def test_a_catalog_of_models_is_created(browser, channel, pim):
    pim.post(f"{API}/catalogs", json={"id": "c1", "name": "A", "enabled": False}, status=201)
    pim.put(f"{API}/catalogs/c1/mapping-schemas/product", status=204)
    form = {"name": "Autumn", "every": "60", "content": "models"}

    browser.post(reverse("pages:new_catalog", args=[channel.uuid]), form)

    catalog = Catalog.objects.get()
    assert (catalog.raw, catalog.shape) == (False, Catalog.Shape.MODELS)
    assert b'"variants"' in pim.calls[-1].request.body


def test_the_page_of_the_catalog_says_how_many_axes_the_channel_takes(browser, catalog):
    page = text_of(browser.see(catalog.get_absolute_url()))

    assert "Mapped products with their variants" in page
    assert "The channel takes up to 3 axes: what differs in more is joined" in page


def test_it_says_so_of_a_single_axis_as_well(browser, connection):
    channel = make_channel(connection, kind="memory-shop", settings={"shop": "a"})
    catalog = make_catalog(channel, shape=Catalog.Shape.MODELS)

    assert "The channel takes one axis" in text_of(browser.see(catalog.get_absolute_url()))


def test_a_channel_that_gets_variants_twice_says_so(browser, channel, catalog):
    path = channel.get_absolute_url()
    assert "twice" not in text_of(browser.see(path))

    make_catalog(channel)

    assert "stands on Web shop twice" in text_of(browser.see(path))


def test_products_side_by_side_are_refused_beside_models(browser, channel, catalog):
    form = {"name": "Autumn", "every": "60", "content": "mapped"}

    response = browser.post(reverse("pages:new_catalog", args=[channel.uuid]), form)

    assert response.status_code == 422
    assert "would have every variant twice" in response.text
    assert Catalog.objects.get() == catalog


def test_the_preview_of_a_model_names_what_changes_by_variant(browser, listing):
    def model(price):
        axes = [{"code": "color", "value": "blue", "label": "Blue"}, {"code": "size", "value": 42}]
        variant = {"uuid": VARIANT, "price": price, "sku": "A-1", "variation_axes_values": axes}
        body = json.dumps({"code": "shoes", "name": "Blue", "variants": [variant]})
        return Document.objects.create(digest=f"with {price}", body=body)

    Listing.objects.update(sent=model(5), wanted=model(6))

    page = browser.see(reverse("pages:preview", args=[listing.uuid]))

    changes, holds = [
        [[text_of(cell) for cell in row.select("th, td")] for row in table.select("tbody tr")]
        for table in page.select("table")
    ]
    assert changes == [["Price of variant A-1 (Blue, 42)", "5", "6"]]
    assert ["SKU of variant A-1 (Blue, 42)", "A-1"] in holds
    assert ["Place on the axes of variant A-1 (Blue, 42)", "Blue, 42"] in holds
    assert ["Code", "shoes"] in holds
    assert VARIANT not in "".join(name for name, *_ in (*changes, *holds))
    page = browser.see(reverse("pages:product", args=[listing.key]))
    rows = {text_of(row.th): text_of(row) for row in page.select("tbody tr")}
    assert "Price of variant A-1 (Blue, 42) differs" in rows
    place = "Place on the axes of variant A-1 (Blue, 42)"
    assert rows[place] == f"{place} Blue, 42 Blue, 42"


def test_a_variant_of_which_nothing_else_is_known_has_its_uuid(browser, listing):
    body = json.dumps({"code": "shoes", "variants": [{"uuid": VARIANT, "price": 5}]})
    Listing.objects.update(wanted=Document.objects.create(digest="bare", body=body))

    page = browser.see(reverse("pages:preview", args=[listing.uuid]))

    assert f"Price of variant {VARIANT}" in [text_of(row) for row in page.select("tbody th")]


def test_a_variant_has_the_page_of_its_model(browser, listing):
    page = browser.see(reverse("pages:product", args=[VARIANT]))

    assert text_of(page.h1) == "Blue shoes"
    assert len(page.select("tbody tr")) == 1


def test_a_variant_that_is_synced_is_its_model(browser, listing, catalog):
    browser.post(reverse("pages:sync_product", args=[VARIANT]))

    assert [(run.catalog, run.keys) for run in Run.objects.all()] == [(catalog, [listing.key])]


def test_a_model_has_a_page_by_its_code(browser, listing, catalog):
    page = browser.see(reverse("pages:product", args=[listing.key]))
    browser.post(page.main.find("form")["action"])

    assert text_of(page.h1) == "Blue shoes"
    assert Run.objects.get().keys == [listing.key]


def test_a_code_that_no_catalog_knows_is_no_page_and_no_run(browser, listing):
    assert browser.get("/products/boots").status_code == 404

    browser.post("/products/boots/sync")

    assert not Run.objects.exists()


def test_models_of_another_pim_are_nobodys_business(browser, listing):
    foreign = make_channel(make_connection(), kind="http-shop")
    theirs = make_listing(make_catalog(foreign, shape=Catalog.Shape.MODELS), key="theirs")
    ListingVariant.objects.create(listing=theirs, uuid=VARIANT.replace("a", "b"))

    assert browser.get("/products/theirs").status_code == 404
    page = browser.see(reverse("pages:product", args=[VARIANT.replace("a", "b")]))
    assert not page.select("tbody tr")


def test_a_model_of_very_many_variants_says_how_many_it_has(browser, connection, listing):
    other = make_channel(connection, kind="http-shop", name="Outlet")
    catalog = make_catalog(other, shape=Catalog.Shape.MODELS)
    there = make_listing(catalog, key=listing.key, label="Blue shoes", wanted=listing.wanted)
    ListingVariant.objects.create(listing=there, uuid=VARIANT)
    ListingVariant.objects.bulk_create(
        ListingVariant(listing=listing, uuid=f"10000000-0000-4000-8000-{number:012}")
        for number in range(1199)
    )

    page = browser.see(f"/products/{listing.key}")

    said = [text_of(one) for one in page.select("details") if "variant" in text_of(one.summary)]
    assert sorted(one.partition(" 0")[0] for one in said) == ["1 variant", "1,200 variants"]
    assert any(one.endswith("And 1,150 more variants.") for one in said)
