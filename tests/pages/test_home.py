from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from catalogs.models import Catalog
from catalogs.schedules import apply_schedule
from connections.models import Connection
from sync.models import Listing, Run
from tests.factories import (
    make_catalog,
    make_channel,
    make_connection,
    make_document,
    make_listing,
    make_pim_user,
    make_run,
)
from tests.pages.conftest import browser_of, text_of

Status = Listing.Status


def primary_of(page):
    return page.select_one("main .primary")


def test_the_first_visit_offers_a_channel(browser):
    page = browser.see("/")

    assert page.h1.string == "Welcome to Ferry"
    assert primary_of(page)["href"] == reverse("pages:choose_kind")


def test_a_channel_without_catalog_offers_one(browser, channel):
    page = browser.see("/")

    assert primary_of(page)["href"] == reverse("pages:new_catalog", args=[channel.uuid])


def test_a_new_catalog_leads_to_akeneo(browser, channel):
    catalog = make_catalog(channel, pim_state=Catalog.PimState.DISABLED)

    page = browser.see("/")

    assert primary_of(page)["href"] == catalog.configure_url
    assert "choose its products, map its fields and enable it" in text_of(page)


def test_an_enabled_catalog_leads_to_its_first_run(browser, catalog):
    page = browser.see("/")

    assert primary_of(page)["href"] == catalog.get_absolute_url()
    assert "ready for the first sync" in text_of(page)


def test_a_card_says_where_the_products_are(browser, catalog):
    document = make_document()
    for _ in range(2):
        make_listing(catalog, status=Status.LISTED, wanted=document, sent=document)
    make_listing(catalog, status=Status.WAITING, wanted=document)
    make_run(catalog, finished_at=timezone.now())

    card = text_of(browser.see("/").select_one(".card"))

    assert "2 on Web shop" in card
    assert "1 waiting to be sent" in card
    assert "Products wait to be sent" in card
    assert "Last run now" in card.replace("\xa0", " ")


def test_a_card_says_when_it_runs_next(browser, catalog):
    apply_schedule(catalog)
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(minutes=9, seconds=30))

    card = text_of(browser.see("/").select_one(".card"))

    assert "The next one 20 minutes from now" in card.replace("\xa0", " ")


def test_a_run_that_beat_did_not_write_down_yet_moves_the_next_one(browser, catalog):
    apply_schedule(catalog)
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(minutes=31))
    make_run(catalog, finished_at=timezone.now())

    card = text_of(browser.see("/").select_one(".card"))

    assert "29 minutes from now" in card.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"paused_at": timezone.now()}, "No run is planned while it is paused"),
        ({"every": None}, "when somebody asks"),
        ({"archived_at": timezone.now()}, "No more runs are planned"),
    ],
)
def test_a_card_says_why_nothing_runs_by_itself(changes, words, browser, channel):
    apply_schedule(make_catalog(channel, **changes))

    assert words in text_of(browser.see("/").select_one(".card"))


def test_what_needs_a_person_most_is_on_top(browser, channel):
    attention = make_catalog(channel, name="With a refused product")
    make_run(attention, finished_at=timezone.now())
    make_listing(attention, status=Status.PARKED, wanted=make_document())
    stopped = make_catalog(channel, name="Stopped")
    run = make_run(stopped, status=Run.Status.STOPPED, problem="The folder is full.")

    page = browser.see("/")

    assert primary_of(page)["href"] == run.get_absolute_url()
    assert "This needs you: Stopped The folder is full." in text_of(page)
    assert "1 product was refused by Web shop" in text_of(page)


def test_held_products_lead_to_the_decision(browser, catalog):
    make_run(catalog, status=Run.Status.HELD, finished_at=timezone.now())
    for _ in range(2):
        make_listing(catalog, status=Status.HELD, sent=make_document())

    page = browser.see("/")

    assert primary_of(page)["href"] == reverse("pages:held", args=[catalog.uuid])
    assert "2 changes are held" in text_of(page)


def test_a_live_run_shows_how_far_it_is(browser, catalog):
    run = make_run(
        catalog, status=Run.Status.RUNNING, phase=Run.Phase.PUSHING, to_send=10, pushed=5
    )

    strip = browser.see("/").select_one(".strip")

    assert strip["hx-get"] == reverse("pages:run_strip", args=[run.uuid])
    assert "5 of 10 products" in text_of(strip)


def test_a_lost_connection_is_explained(db):
    connection = make_connection(
        state=Connection.State.DISCONNECTED, problem="It was disconnected in the PIM."
    )
    make_catalog(make_channel(connection))

    page = browser_of(make_pim_user(connection)).see("/")

    assert "It was disconnected in the PIM." in text_of(page)
    assert primary_of(page)["href"].startswith("/oauth/activate?pim_url=https%3A%2F%2Fpim")


def test_what_was_not_granted_is_told_with_a_way_to_ask_again(db):
    connection = make_connection(scopes=["openid", "read_products", "write_catalogs"])

    page = browser_of(make_pim_user(connection)).see("/")

    assert "A catalog that you delete here stays in the PIM." in text_of(page)
    assert page.find("form", action="/connection/ask-again").button.string == "Ask again"


def test_other_pims_stay_out_of_sight(browser, channel):
    make_catalog(make_channel(make_connection(), name="Their shop"), name="Their catalog")

    assert "Their" not in text_of(browser.see("/"))


def test_many_catalogs_cost_no_more_queries_than_one(
    browser, connection, django_assert_num_queries
):
    def add_catalogs(number):
        for _ in range(number):
            catalog = make_catalog(make_channel(connection))
            apply_schedule(catalog)
            make_run(catalog, finished_at=timezone.now())
            make_listing(catalog, status=Status.PARKED, wanted=make_document())

    add_catalogs(1)
    with django_assert_num_queries(12):
        browser.get("/")

    add_catalogs(12)
    with django_assert_num_queries(12):
        browser.get("/")


def test_with_many_channels_those_that_need_nobody_are_folded(browser, connection):
    for number in range(6):
        calm = make_catalog(make_channel(connection, name=f"Calm {number}"))
        make_run(calm, finished_at=timezone.now())
    busy = make_catalog(make_channel(connection, name="Zeal"))
    make_run(busy, finished_at=timezone.now())
    make_listing(busy, status=Status.PARKED, wanted=make_document())

    page = browser.see("/")

    assert len(page.select("main details")) == 6
    assert [text_of(name) for name in page.select("main > section.channel h2")] == ["Zeal"]


def test_with_many_channels_one_is_found_by_its_name(browser, connection):
    for number in range(6):
        make_catalog(make_channel(connection, name=f"Shop {number}"), name=f"For {number}")

    found = browser.see("/?q=for 3")

    assert [text_of(name) for name in found.select("section.channel h2")] == ["Shop 3"]
    assert "No channel or catalog is called “x”." in text_of(browser.see("/?q=x"))
