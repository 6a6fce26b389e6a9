"""Long lists in admin: no more is counted or acted on than a person would look at."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from akeneo_app import dashboard
from connections import admin_base, paging
from sync.admin import parts
from sync.models import (
    AlertMessage,
    AlertSettings,
    EventSubscription,
    Listing,
    Notice,
    ReceivedEvent,
)
from tests.factories import (
    make_catalog,
    make_channel,
    make_connection,
    make_listing,
    make_pim_user,
)
from tests.pages.conftest import messages_of, text_of
from tests.staff import browser_of_superuser, hold, make_change, park

pytestmark = pytest.mark.django_db

LIST = "/admin/sync/listing/"


@pytest.fixture
def few(monkeypatch):
    """A list is long from its fourth row on."""
    for module in (paging, admin_base, dashboard):
        monkeypatch.setattr(module, "MOST", 3)


@pytest.fixture
def browser():
    return browser_of_superuser()


def test_a_long_list_says_that_there_are_more(browser, few):
    park(make_catalog(), 5)

    page = browser.see(LIST)

    assert "The first 3 are shown, there are more." in text_of(page)
    assert "3 listings" in text_of(page)


def test_a_list_that_is_not_long_is_counted(browser, few):
    park(make_catalog(), 3)

    page = text_of(browser.see(LIST))

    assert "3 listings" in page
    assert "there are more" not in page


def test_no_count_goes_further_than_that(browser):
    park(make_catalog())

    with CaptureQueriesContext(connection) as queries:
        browser.see(LIST)
        browser.see("/admin/")

    counts = [one["sql"] for one in queries if re.search(r"COUNT\(\*\).*sync_listing", one["sql"])]
    assert counts
    assert all("LIMIT 10001" in one for one in counts)


def test_an_action_on_all_of_a_long_list_is_not_carried_out(browser, few):
    catalog = make_catalog()
    park(catalog, 5)
    chosen = {
        "action": "retry_listings",
        "select_across": "1",
        "_selected_action": [Listing.objects.values_list("pk", flat=True)[0]],
    }

    refused = browser.post(LIST, chosen, follow=True)
    still = Listing.objects.parked().count()
    Listing.objects.filter(pk__in=Listing.objects.values("pk")[:2]).delete()
    browser.post(LIST, chosen, follow=True)

    assert "These are more than 3. Search or filter" in messages_of(refused)[0]
    assert (still, Listing.objects.parked().count()) == (5, 0)


def test_the_first_page_says_more_than_instead_of_counting_all(browser, few):
    for _ in range(5):
        make_connection(state="disconnected")

    cards = [text_of(card) for card in browser.see("/admin/").select("#content a.block")]

    assert cards == ["More than 3 PIMs disconnected Somebody has to connect again in Akeneo."]


def test_the_first_page_says_how_many_products_wait_however_many_they_are(browser, few):
    hold(make_catalog(), 5)

    cards = [text_of(card) for card in browser.see("/admin/").select("#content a.block")]

    assert cards == [
        "5 products held More left, came or lost a value than usual: confirm or refuse."
    ]


def test_a_search_that_finds_nothing_says_what_that_means(browser):
    park(make_catalog())

    page = browser.see(f"{LIST}?q=nowhere")

    assert "its catalog does not select it" in text_of(page.select_one("#none-found"))
    assert not browser.see(LIST).select("#none-found")


def test_a_search_that_a_filter_leaves_empty_leads_to_what_is_called_like_that(browser):
    make_listing(make_catalog(), status=Listing.Status.LISTED, identifier="shoe-1")

    page = browser.see(f"{LIST}?status__exact=parked&q=shoe")
    told = page.select_one("#none-found")
    everywhere = browser.see(f"{LIST}{told.a['href']}")

    assert "its catalog does not select it" not in text_of(told)
    assert "do not fit the filters" in text_of(told)
    assert "1 listing" in text_of(everywhere)
    assert "its catalog does not select it" in text_of(
        browser.see(f"{LIST}?status__exact=parked&q=boot").select_one("#none-found")
    )


@pytest.mark.parametrize("path", [LIST, "/admin/sync/change/"])
def test_a_search_that_finds_more_than_it_looks_at_says_so(browser, monkeypatch, path):
    monkeypatch.setattr(parts, "FOUND", 3)
    for number in range(3):
        make_change(make_listing(make_catalog(), identifier=f"shoe-{number}"))

    few = browser.see(f"{path}?q=shoe")
    make_change(make_listing(make_catalog(), identifier="shoe-9"))
    many = browser.see(f"{path}?q=shoe")

    assert not few.select("#found-more")
    assert "3 products that are called like that" in text_of(many.select_one("#found-more"))
    assert not browser.see(path).select("#found-more")


def test_an_event_is_found_by_the_whole_uuid_of_its_product_or_its_own_id(browser):
    """A look through a part of each of a million would take a while."""
    events = EventSubscription.objects.create(connection=make_connection())
    for key, event_id in (("uuid-1", "e1"), ("uuid-12", "e2")):
        values = {"key": key, "event_id": event_id, "type": "product.updated"}
        ReceivedEvent.objects.create(subscription=events, entity="product", **values)

    found = {}
    for words in ("uuid-1", "e2", "uuid-"):
        page = text_of(browser.see(f"/admin/sync/receivedevent/?q={words}"))
        found[words] = [key for key in ("uuid-1 ", "uuid-12 ") if f"product.updated {key}" in page]

    assert found == {"uuid-1": ["uuid-1 "], "e2": ["uuid-12 "], "uuid-": []}


def test_a_message_is_found_by_its_reader_its_pim_or_its_catalog(browser):
    connection = make_connection(pim_url="https://acme.example.com")
    catalog = make_catalog(make_channel(connection), name="Web shop")
    reader = AlertSettings.objects.create(
        user=make_pim_user(connection), address="anna@mail.example.com"
    )
    notice = Notice.objects.create(connection=connection, catalog=catalog, kind=Notice.Kind.PARKED)
    AlertMessage.objects.create(
        connection=connection, reader=reader, notice=notice, kind=AlertMessage.Kind.OPENED
    )

    found = {
        words: "1 alert message" in text_of(browser.see(f"/admin/sync/alertmessage/?q={words}"))
        for words in ("anna@", "ACME", "web sh", "somebody")
    }

    assert found == {"anna@": True, "ACME": True, "web sh": True, "somebody": False}
