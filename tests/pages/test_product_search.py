"""Products are found by what people know of them; and the link that leads here from Akeneo."""

import pytest
from django.test import Client

from sync.models import Listing
from tests.factories import make_catalog, make_channel, make_listing
from tests.pages.conftest import browser_of, page_of, text_of

Status = Listing.Status


def found(page):
    return [text_of(link) for link in page.select("main tbody th a")]


def test_the_navigation_leads_to_the_search(browser, catalog):
    [link] = browser.see("/").select("header nav a[href='/products']")

    page = browser.see(link["href"])

    assert page.select_one("main form[role=search] input[name=q]")
    assert [text_of(one) for one in page.select(".primary")] == ["Search"]
    assert text_of(page.select_one("header nav [aria-current]")) == "Products"


@pytest.mark.parametrize(
    "words", ["mug-1", "MUG", "blue m", "00000000-0000-4000-8000-00000000000a"]
)
def test_it_finds_by_identifier_name_and_uuid(browser, catalog, words):
    key = "00000000-0000-4000-8000-00000000000a"
    make_listing(catalog, key=key, identifier="mug-1", label="Blue mug", status=Status.LISTED)
    make_listing(catalog, identifier="cup-1", label="Cup")

    page = browser.see(f"/products?q={words}")

    assert found(page) == ["Blue mug"]
    assert page.select_one("main tbody a")["href"] == f"/products/{key}"
    assert text_of(page.select_one(".place")) == "Web shop In step"


def test_a_product_is_there_once_with_a_badge_for_each_place(browser, connection, catalog):
    listing = make_listing(catalog, label="Mug", status=Status.PARKED)
    other = make_catalog(make_channel(connection, name="Feed"))
    make_listing(other, key=listing.key, label="Mug", status=Status.LISTED)

    page = browser.see("/products?q=mug")

    assert found(page) == ["Mug"]
    assert [text_of(one) for one in page.select(".place")] == [
        "Feed In step",
        "Web shop Needs attention",
    ]


def test_what_is_not_found_leads_to_the_selection_in_akeneo(browser, catalog):
    page = browser.see("/products?q=nothing")

    assert "No identifier, name or uuid begins with “nothing”" in text_of(page.main)
    assert page.main.find("a", href=catalog.configure_url)


def test_what_does_not_fit_is_on_the_next_page(browser, catalog):
    for number in range(51):
        make_listing(catalog, identifier=f"sku-{number:02}", label=f"Mug & {number:02}")

    page = browser.see("/products?q=mug+%26")
    second = browser.see(f"/products{page.select_one('.pager a[rel=next]')['href']}")
    first = browser.see(f"/products{second.select_one('.pager a[rel=prev]')['href']}")

    assert len(found(page)) == 50
    assert found(second) == ["Mug & 50"]
    assert found(first) == found(page)


@pytest.mark.parametrize("place", ["x", "2.1.zzz", "0.99999.", "2." + "9" * 18 + ".a", "2.1.%00"])
def test_an_address_that_names_no_place_still_finds(browser, catalog, place):
    make_listing(catalog, label="Mug")

    for where in ("after", "before"):
        assert found(browser.see(f"/products?q=mug&{where}={place}")) == ["Mug"]


@pytest.mark.parametrize("path", ["/", "/products", "/connection", "/help", "/notices"])
def test_every_page_has_the_search_in_its_header(browser, catalog, path):
    form = browser.see(path).select_one("header form[role=search]")

    field = form.select_one("input[name=q]")
    assert (form["action"], form["method"]) == ("/products", "get")
    assert form.select_one(f"label[for={field['id']}]")
    assert text_of(form.button) == "Find"


def test_who_is_not_signed_in_has_no_search(db):
    assert not page_of(Client().get("/help")).select("form[role=search]")


@pytest.mark.parametrize(
    "words", ["%00", "%25", "%", "a" * 10_000, "%F0%9F%AB%96", "%ED%A0%80", "'"]
)
def test_whatever_is_typed_is_answered(browser, catalog, words):
    assert found(browser.see(f"/products?q={words}")) == []


def test_nobody_finds_what_another_pim_has(outsider, catalog):
    make_listing(catalog, label="Mug")

    page = browser_of(outsider).see("/products?q=mug")

    assert found(page) == []
    assert not page.main.find("a", href=catalog.configure_url)


@pytest.mark.parametrize("number", [1, 8])
def test_the_number_of_queries_stays_the_same(
    browser, catalog, number, django_assert_max_num_queries
):
    for _ in range(number):
        make_listing(catalog, label="Mug")

    with django_assert_max_num_queries(10):
        browser.see("/products?q=mug")


def test_the_addresses_for_akeneo_are_ready_to_be_pasted(browser, connection, settings):
    settings.BASE_URL = "https://ferry.example.com"

    page = browser.see("/connection/product-link")

    values = [field["value"] for field in page.select(".copyable input")]
    of_pim = f"pim_url={connection.pim_url}"
    assert values == [
        f"https://ferry.example.com/products/%uuid%?{of_pim}",
        f"https://ferry.example.com/products/%code%?{of_pim}",
    ]
    for path in ("/help", "/connection"):
        assert browser.see(path).main.find("a", href="/connection/product-link")
