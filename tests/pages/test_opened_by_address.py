"""Addresses that take what a form sends, opened by hand or by the choice of a language."""

from uuid import UUID

import pytest

from sync.models import AlertWebhook

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def opened(browser, path, **headers):
    return browser.get(path, headers={**BROWSER, **headers})


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/alerts/address", "/alerts"),
        ("/alerts/address/remove", "/alerts/address"),
        ("/alerts/choices", "/alerts"),
        ("/alerts/webhook/address", "/alerts/webhook"),
        ("/alerts/webhook/change", "/alerts/webhook"),
        ("/connection/events/secret", "/connection/events"),
        ("/connection/ask-again", "/connection"),
    ],
)
def test_they_lead_to_the_page_above(path, above, browser):
    response = opened(browser, path)

    assert (response.status_code, response.url) == (302, above)


def test_they_lead_to_what_they_are_about(browser, catalog):
    response = opened(browser, f"/catalogs/{catalog.uuid}/sync")

    assert response.url == f"/catalogs/{catalog.uuid}"


def test_another_language_after_a_mistake_shows_the_page(browser):
    sent = browser.post("/alerts/webhook/address", {"url": "nonsense"})
    assert sent.status_code == 422

    data = {"language": "fr", "next": "/alerts/webhook/address"}
    page = browser.post("/language", data, headers=BROWSER, follow=True)

    assert page.status_code == 200
    assert page.redirect_chain[-1][0] == "/alerts/webhook"


def test_nothing_is_changed_by_it(browser, connection):
    AlertWebhook.objects.create(connection=connection, url="https://x.example.com", secret="old")
    opened(browser, "/alerts/webhook/change?action=remove&sure=yes")

    assert AlertWebhook.objects.exists()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/alerts/address", {"Accept": "application/json"}),
        ("/alerts/address", {"HX-Request": "true"}),
        ("/oauth/sign-out", {}),
        ("/webhooks/akeneo/unknown", {}),
    ],
)
def test_programs_are_told_as_before(path, headers, browser):
    assert opened(browser, path, **headers).status_code == 405


def test_what_is_not_there_is_not_there(browser):
    assert opened(browser, f"/catalogs/{UUID(int=9)}/nothing").status_code == 404
