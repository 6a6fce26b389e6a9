"""A mail that reached somebody who did not ask for it, and what its links do."""

import pytest
from django.test import Client

from sync.alerts.links import confirm_url, stop_url
from sync.models import AlertMessage, AlertSettings, How
from tests.pages.conftest import page_of, text_of
from tests.sync.alerts.conftest import link_in

pytestmark = pytest.mark.django_db


def enter(browser, address):
    return browser.post("/alerts/address", {"address": address})


def test_a_stranger_ends_the_mails_and_none_of_the_choices(browser):
    enter(browser, "somebody.else@example.com")
    path = link_in(stop_url(AlertSettings.objects.get()), "/alerts/stop/")
    answer = Client().post(path)

    assert "You get no more mails" in text_of(page_of(answer))
    reader = AlertSettings.objects.get()
    assert (reader.address, reader.confirming, reader.how) == ("", "", How.NOW)
    assert not AlertMessage.objects.exists()
    enter(browser, "mary@acme.example.com")
    assert Client().post(path).status_code == 404  # that of another address is another


def test_whoever_confirms_and_wants_nothing_is_told_so(browser, manager):
    enter(browser, "mary@acme.example.com")
    AlertSettings.objects.update(how=How.NEVER)
    reader = AlertSettings.objects.get()

    said = text_of(page_of(Client().post(link_in(confirm_url(reader), "/alerts/confirm/"))))

    assert "You have chosen to be told nothing" in said
    assert "needs a person" not in said
