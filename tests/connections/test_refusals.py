"""What somebody was told who did not get in is kept for staff, who see no log."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from connections import tidying
from connections.models import Refusal
from connections.tidying import forget_old_authorizations
from sandbox.faults import Fault
from tests.connections.conftest import refusal_in
from tests.factories import make_connection
from tests.pages.conftest import text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff
from tests.visitor import ACTIVATE, CALLBACK

LIST = "/admin/connections/refusal/"


def make_refusal(age=timedelta(0), **values):
    refusal = Refusal.objects.create(**{"message": "No.", **values})
    Refusal.objects.filter(pk=refusal.pk).update(created_at=F("created_at") - age)
    return refusal


def test_a_refused_callback_is_kept_with_its_pim_and_what_the_page_said(pim, julia):
    callback = julia.agree(julia.activate(pim.base_url))
    pim.faults.add(Fault("500", "oauth2/token"))

    said = refusal_in(julia.ferry.get(callback), 502)

    refusal = Refusal.objects.get()
    assert refusal.pim_url == pim.base_url
    assert refusal.message in said
    assert refusal.detail


@pytest.mark.django_db
def test_a_refused_activation_is_kept_under_the_one_spelling_of_its_pim(settings):
    settings.PIM_ALLOW_INSECURE = False
    settings.PIM_HOSTS = ["*.cloud.akeneo.com"]

    Client().get(ACTIVATE, {"pim_url": " HTTPS://Elsewhere.example.com:443/ "})

    assert Refusal.objects.get().pim_url == "https://elsewhere.example.com"


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["\x00", "x" * 5000, "<b>\u2028", "ü\u202e"])
def test_whatever_a_stranger_sends_is_kept_as_something_short_that_can_be_shown(text):
    Client().get(ACTIVATE, {"pim_url": text})
    Client().get(CALLBACK, {"state": text, "code": text})

    kept = list(Refusal.objects.all())
    page = browser_of_superuser().see(LIST)
    assert len(kept) == len(page.select("#result_list tbody tr")) == 2
    assert all(len(one.pim_url) <= 500 and "\x00" not in one.pim_url for one in kept)
    assert "<b>" not in str(page.select_one("#result_list"))


@pytest.mark.django_db
def test_staff_find_it_by_the_pim_and_on_the_page_of_the_pim():
    connection = make_connection()
    make_refusal(pim_url=connection.pim_url, message="It took longer than ten minutes.")
    make_refusal(pim_url="https://other.example.com", message="Another story.")
    browser = browser_of_staff(
        make_staff("connections.view_refusal", "connections.view_connection")
    )

    found = text_of(browser.see(f"{LIST}?q={connection.host}"))
    page = browser.see(f"/admin/connections/connection/{connection.pk}/change/")
    more = page.find("a", string="All of them")["href"]

    for text in (found, text_of(page), text_of(browser.see(more))):
        assert "It took longer than ten minutes." in text
        assert "Another story" not in text


@pytest.mark.django_db
def test_refusals_are_forgotten_after_a_month_and_are_never_too_many(monkeypatch):
    monkeypatch.setattr(tidying, "_MOST_REFUSALS", 3)
    make_refusal(timedelta(days=31))
    recent = [make_refusal(timedelta(days=29)) for _ in range(4)]

    assert forget_old_authorizations() == 2

    assert set(Refusal.objects.all()) == set(recent[1:])
