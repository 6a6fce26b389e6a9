"""The bell and what is behind it."""

from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from connections.models import PimUser
from sync.alerts.mail import told_of
from sync.models import AlertMessage, AlertSettings, Notice
from tests.factories import make_pim_user
from tests.pages.conftest import browser_of, text_of


@pytest.fixture
def held(connection, catalog):
    return Notice.objects.create(
        connection=connection, catalog=catalog, kind=Notice.Kind.HELD, number=31
    )


def news(browser, path="/help"):
    count = browser.see(path).select_one(".bell .count")
    return int(count.contents[0]) if count else 0


def test_the_bell_counts_what_is_new_until_it_was_looked_at(browser, held):
    assert news(browser) == 1

    browser.see("/notices")

    assert news(browser) == 0


def test_what_is_not_well_leads_to_where_it_is_solved(browser, held, catalog):
    page = browser.see("/notices")

    assert "31 changes of “Web shop products” are held for your decision." in text_of(page)
    assert page.select_one(".notices a")["href"] == f"/catalogs/{catalog.uuid}/held"


@pytest.mark.parametrize("role", PimUser.Role.values)
@pytest.mark.parametrize("kind", ["channel_refused", "gone", "feedback_trouble"])
def test_everybody_is_led_to_a_page_that_they_may_open(role, kind, connection, catalog):
    about = {"catalog": catalog} if kind != "channel_refused" else {"channel": catalog.channel}
    notice = Notice.objects.create(connection=connection, kind=kind, **about)
    user = make_pim_user(connection, role=role)
    browser = browser_of(user)
    reader = AlertSettings.objects.create(user=user)
    told = told_of(AlertMessage(notice=notice, reader=reader, kind="opened"))

    path = browser.see("/notices").select_one(".notices a")["href"]

    assert browser.see(path)
    assert urlsplit(told.url).path == path


def test_what_is_over_stays_to_be_read(browser, held):
    held.ended_at = timezone.now()
    held.save()

    page = browser.see("/notices")

    assert "Nothing needs you." in text_of(page)
    assert "31 changes of “Web shop products”" in text_of(page.find("section", id="over"))


def test_nobody_hears_of_another_pim(browser, held, outsider):
    held.connection = outsider.connection
    held.catalog = None
    held.kind = Notice.Kind.DISCONNECTED
    held.save()

    assert news(browser) == 0
    assert outsider.connection.host not in text_of(browser.see("/notices"))
