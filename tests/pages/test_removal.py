"""Deleting catalogs and channels: what is asked, and what is then decided."""

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Catalog, Channel
from channels.registry import KINDS
from sync.models import Listing, Run
from tests.channels.able import AbleAdapter
from tests.factories import make_catalog, make_channel, make_document, make_listing, make_run
from tests.pages.conftest import messages_of, page_of, text_of

OnShop, InPim = Catalog.OnShop, Catalog.InPim


def to(name, thing):
    return reverse(f"pages:{name}", args=[thing.uuid])


def list_products(catalog, number):
    document = make_document()
    for _ in range(number):
        make_listing(catalog, status=Listing.Status.LISTED, wanted=document, sent=document)


def test_it_asks_about_the_products_and_about_the_mapping(browser, catalog):
    list_products(catalog, 2)

    page = browser.see(to("delete_catalog", catalog))

    assert "2 products stay there as now" in text_of(page)
    assert "2 products are taken off" in text_of(page)
    assert "The work of mapping is lost for good." in text_of(page)
    assert not page.select("input[checked]")
    assert page.select_one("button.primary.danger").string == "Delete the catalog"


def test_it_counts_apart_what_another_catalog_of_the_channel_has_too(browser, catalog):
    list_products(catalog, 3)
    other = make_catalog(catalog.channel, position=1)
    shared = Listing.objects.all()[0]
    make_listing(other, key=shared.key, status=Listing.Status.CARRIED, wanted=make_document())

    page = text_of(browser.see(to("delete_catalog", catalog)))

    assert "3 products stay there as now" in page
    assert "2 products are taken off. 1 more stays, in the care of another catalog." in page


@pytest.mark.parametrize("other_root", ["", "master"])
def test_it_says_what_becomes_of_the_navigation(browser, connection, monkeypatch, other_root):
    monkeypatch.setitem(KINDS, "able", AbleAdapter)
    channel = make_channel(connection, kind="able", settings={"shop": "able"})
    catalog = make_catalog(channel, category_root="master", arranged={"tree": "master"})
    make_catalog(channel, category_root=other_root)
    list_products(catalog, 1)

    page = text_of(browser.see(to("delete_catalog", catalog)))

    said = "Then the navigation that Ferry made of the categories below “master” goes."
    assert (said in page) == (other_root == "")


def test_of_a_feed_it_says_how_long_leaving_lasts(browser, connection):
    catalog = make_catalog(make_channel(connection, kind="file", settings={"destination": "/f"}))
    list_products(catalog, 1)

    page = browser.see(to("delete_catalog", catalog))

    assert "1 product stays until the file is next written" in text_of(page)


def test_it_says_so_when_there_are_no_products(browser, catalog):
    page = browser.see(to("delete_catalog", catalog))

    assert "Leave them. At present there are none." in text_of(page)


def test_it_does_not_offer_what_the_pim_did_not_grant(browser, catalog, connection):
    connection.scopes = ["read_products", "write_catalogs"]
    connection.save()

    page = browser.see(to("delete_catalog", catalog))
    values = {"on_shop": "leave", "in_pim": "delete"}
    response = browser.post(to("delete_catalog", catalog), values)

    assert "Ferry may not delete catalogs in this PIM" in text_of(page)
    assert not page.find("input", {"value": "delete"})
    assert response.status_code == 422


@pytest.mark.parametrize("values", [{}, {"on_shop": "leave"}, {"in_pim": "keep"}])
def test_nothing_is_decided_by_silence(browser, catalog, values):
    response = browser.post(to("delete_catalog", catalog), values)

    catalog.refresh_from_db()
    assert response.status_code == 422
    assert "Choose what becomes of them." in text_of(page_of(response))
    assert catalog.removing_since is None


@pytest.mark.parametrize("on_shop", OnShop)
@pytest.mark.parametrize("in_pim", InPim)
def test_a_decision_is_carried_out_by_a_run(browser, catalog, on_shop, in_pim):
    values = {"on_shop": on_shop, "in_pim": in_pim}

    response = browser.post(to("delete_catalog", catalog), values, follow=True)

    catalog.refresh_from_db()
    run = Run.objects.get()
    assert (catalog.on_shop, catalog.in_pim) == (on_shop, in_pim)
    assert (run.mode, run.started_by) == (Run.Mode.PUSH, "Mary Smith")
    assert messages_of(response) == ["“Web shop products” is being removed."]
    assert response.redirect_chain == [(catalog.channel.get_absolute_url(), 302)]
    assert "Being removed" in text_of(page_of(response))


def test_a_removal_that_is_stuck_says_why_and_may_be_decided_again(browser, channel):
    catalog = make_catalog(
        channel, removing_since=timezone.now(), on_shop=OnShop.WITHDRAW, in_pim=InPim.KEEP
    )
    make_run(catalog, status=Run.Status.STOPPED, problem="The channel answered HTTP 401.")

    page = browser.see(catalog.get_absolute_url())
    browser.post(to("delete_catalog", catalog), {"on_shop": "leave", "in_pim": "keep"})

    catalog.refresh_from_db()
    assert "The channel answered HTTP 401." in text_of(page)
    assert page.find("a", string="Decide again")["href"] == to("delete_catalog", catalog)
    assert catalog.on_shop == OnShop.LEAVE


def test_a_channel_without_catalogs_goes_at_once(browser, channel):
    page = browser.see(to("delete_channel", channel))

    response = browser.post(to("delete_channel", channel), follow=True)

    assert not page.select("input[type=radio]")
    assert messages_of(response) == ["“Web shop” is removed."]
    assert not Channel.objects.exists()


def test_a_channel_is_asked_about_with_the_sum_of_its_catalogs(browser, channel):
    for name in ("Autumn", "Winter"):
        list_products(make_catalog(channel, name=name), 2)

    page = browser.see(to("delete_channel", channel))

    assert "Its 2 catalogs and their history here go with it: Autumn, Winter." in text_of(page)
    assert "4 products are taken off" in text_of(page)


def test_a_channel_goes_with_its_catalogs(browser, channel):
    catalogs = [make_catalog(channel) for _ in range(2)]
    values = {"on_shop": "withdraw", "in_pim": "delete"}

    response = browser.post(to("delete_channel", channel), values, follow=True)

    assert Run.objects.filter(mode=Run.Mode.PUSH).count() == 2
    assert Catalog.objects.filter(removing_since__isnull=False).count() == len(catalogs)
    assert response.redirect_chain == [("/", 302)]
    assert "Being removed" in page_of(response).h2.get_text()


def test_a_channel_asks_before_its_catalogs_go(browser, channel):
    make_catalog(channel)

    response = browser.post(to("delete_channel", channel))

    channel.refresh_from_db()
    assert response.status_code == 422
    assert channel.removing_since is None


@pytest.mark.parametrize("asks", ["look", "notice_enabled"])
def test_a_page_that_asks_by_itself_is_left_when_its_catalog_is_gone(browser, catalog, asks):
    address = reverse(f"pages:{asks}", args=[catalog.uuid])
    catalog.delete()

    response = browser.htmx("post", address)

    assert (response.status_code, response["HX-Redirect"]) == (404, "/")
    assert "has been removed" in text_of(browser.see("/"))
    assert "HX-Redirect" not in browser.post(address)
