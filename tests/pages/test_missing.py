"""What many products lack, and what most would lose: in words, with the way to the mapping."""

import pytest
from django.urls import reverse

from catalogs.models import Channel
from sync.models import EmptiedTarget, Listing, MissingTarget
from tests.factories import make_document, make_listing, make_run
from tests.gallery.catalogs import FABRIC
from tests.pages.conftest import text_of

Status = Listing.Status


@pytest.fixture
def channel(channel):
    Channel.objects.update(fields=[FABRIC])
    channel.refresh_from_db()
    return channel


def park(catalog, number):
    for _ in range(number):
        listing = make_listing(catalog, status=Status.PARKED, wanted=make_document("x"))
        MissingTarget.objects.create(listing=listing, target="fabric")


def hold(catalog, number, target):
    for _ in range(number):
        document = make_document()
        values = {"wanted": make_document("less"), "sent": document, "held_because": "emptied"}
        listing = make_listing(catalog, status=Status.HELD, **values)
        EmptiedTarget.objects.create(listing=listing, target=target)


def test_what_many_lack_is_named_with_the_way_to_the_mapping(browser, catalog):
    park(catalog, 3)

    page = browser.see(catalog.get_absolute_url())

    assert "“Fabric” is empty in 3 products. Web shop takes no product without" in text_of(page)
    links = [one for one in page.select("a") if "Open the mapping in Akeneo" in text_of(one)]
    assert [one["href"] for one in links] == [catalog.configure_url]


def test_the_page_of_a_run_names_it_too(browser, catalog):
    park(catalog, 3)

    page = browser.see(make_run(catalog).get_absolute_url())

    assert "“Fabric” is empty in 3 products" in text_of(page)


def test_what_few_lack_is_told_of_these_alone(browser, catalog):
    park(catalog, 1)
    for _ in range(40):
        make_listing(catalog, status=Status.LISTED, wanted=make_document("y"))

    assert "is empty in" not in text_of(browser.see(catalog.get_absolute_url()))


def test_what_most_would_lose_points_to_the_attribute_behind_it(browser, catalog):
    hold(catalog, 3, "color")

    page = browser.see(catalog.get_absolute_url())
    held = browser.see(reverse("pages:held", args=[catalog.uuid]))

    for each in (page, held):
        assert "Most products would lose “Colour” at once. The attribute behind it may have" in (
            text_of(each)
        )
    assert "3 products would lose “Colour”" in text_of(held)


def test_what_some_would_lose_does_not(browser, catalog):
    hold(catalog, 1, "color")
    for _ in range(3):
        document = make_document()
        make_listing(catalog, status=Status.LISTED, wanted=document, sent=document)

    assert "attribute behind it" not in text_of(browser.see(catalog.get_absolute_url()))


def test_attributes_of_raw_products_keep_their_names(browser, catalog):
    catalog.raw = True
    catalog.save()
    hold(catalog, 2, "color")

    held = browser.see(reverse("pages:held", args=[catalog.uuid]))

    assert "2 products would lose “color”" in text_of(held)


def test_the_state_of_the_mapping_is_told_in_words(browser, catalog):
    before = text_of(browser.see(catalog.get_absolute_url()).aside)
    make_listing(catalog, status=Status.LISTED, wanted=make_document("y"))
    filled = text_of(browser.see(catalog.get_absolute_url()).aside)
    park(catalog, 1)
    lacking = text_of(browser.see(catalog.get_absolute_url()).aside)

    assert "Map at least what Web shop needs: Fabric." in before
    assert "Nothing is missing that Web shop needs. It needs: Fabric." in filled
    assert "they arrive empty: Fabric, in 1 product" in lacking
