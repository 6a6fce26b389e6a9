"""What is wrong in a form is said in plain words: no names of fields, no phrases of a framework."""

import re

import pytest
from django.urls import reverse

from connections.models import Connection
from tests.factories import make_catalog, make_channel
from tests.pages.conftest import page_of, text_of

TECHNICAL = re.compile(
    r"valid choice|available choices|Ensure this|is required|valid (date|time)|[a-z]+_[a-z]+|\d{12}"
)
BAD = ["foo", "", "x" * 3000, "9" * 20, "-1", "2026-13-45T99:99", "a\0b"]
OF_CHANNEL = ["edit_channel", "another_channel", "timetable", "fields", "delete_channel"]
OF_CHANNEL += ["new_catalog", "pause_channel"]
OF_CATALOG = ["catalog_settings", "catalog_content", "delete_catalog", "pause"]


def told(response):
    """Each sentence that says what is wrong."""
    page = page_of(response)
    return [text_of(one) for one in page.select(".field-error p, [role=alert] p, .message.error")]


def fields_of(page):
    names = {one["name"] for one in page.select("main form[method=post] [name]")}
    return names - {"csrfmiddlewaretoken", "is_gone", "check"}


@pytest.fixture
def address(channel, catalog):
    def address(name):
        if name in OF_CHANNEL:
            return reverse(f"pages:{name}", args=[channel.uuid])
        if name in OF_CATALOG:
            return reverse(f"pages:{name}", args=[catalog.uuid])
        return name

    return address


@pytest.mark.parametrize(
    "name",
    [
        *(f"/channels/new/{kind}" for kind in ("http", "file", "shopify", "vendure")),
        *OF_CHANNEL,
        *OF_CATALOG,
        "/connection/credentials",
    ],
)
def test_whatever_is_entered_is_answered_in_plain_words(browser, address, pim, name):
    Connection.objects.update(client_id="an-app-of-their-own")  # or it has no credentials
    path = address(name)
    names = fields_of(browser.see(path))
    assert names

    for bad in BAD:
        response = browser.post(path, dict.fromkeys(names, bad))

        sentences = told(response) if response.status_code in (422, 502) else []
        assert not [one for one in sentences if TECHNICAL.search(one)], bad


def test_a_freeze_without_its_times_says_what_to_enter(browser, address):
    path = address("timetable")

    response = browser.post(path, {"what": "freeze", "reason": "", "begins_at": "", "ends_at": "x"})

    assert told(response)[1:] == [
        "Fill this in.",
        "Enter a day and a time of day.",
        "Enter a day and a time of day, such as 24 November 2026, 18:00.",
    ]


def test_what_is_not_offered_is_not_repeated(browser, address):
    response = browser.post(address("catalog_settings"), {"name": "Mine", "every": "7"})

    assert "This is not offered. Choose one of the list." in told(response)


def test_a_field_with_words_of_its_own_keeps_them(browser, address):
    response = browser.post(address("timetable"), {"allows": "yes", "begins": "06:00"})

    assert "Choose at least one day of the week." in told(response)


def test_a_setting_that_is_missing_is_named_as_its_field_is(browser, db):
    response = browser.post("/channels/new/shopify", {"name": "Shop"})

    assert "“Access token” is missing." in told(response)


def test_a_number_that_no_database_holds_is_too_large(browser, channel):
    catalog = make_catalog(make_channel(channel.connection))
    path = reverse("pages:catalog_settings", args=[catalog.uuid])

    response = browser.post(path, {"name": "Mine", "every": "60", "fuse_count": "9" * 20})

    assert "This number is too large." in told(response)
