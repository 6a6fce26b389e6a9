"""People who open the pages, and pages as they see them."""

import time
from typing import Any

import pytest
import responses
from bs4 import BeautifulSoup
from django.test import Client

from tests.factories import make_catalog, make_channel, make_connection, make_pim_user
from tests.retries import no_time_between_tries  # noqa: F401  # for all tests here

PIM = "https://acme.cloud.akeneo.com"
API = f"{PIM}/api/rest/v1"


class Browser(Client):
    """Django's client, with a look at what a page says."""

    def see(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, response.status_code
        return page_of(response)

    def htmx(self, method: str, path: str, data: dict[str, str] | None = None):
        return getattr(self, method)(path, data, headers={"HX-Request": "true"})


def page_of(response) -> Any:
    """The page parsed; `Any`, since a test may take for granted what it looks for."""
    return BeautifulSoup(response.content, "html.parser")


def text_of(page) -> str:
    """Everything a reader sees, with single spaces."""
    return " ".join(page.get_text(" ", strip=True).split())


def target_of(response):
    """Where a page goes on to by itself; its link says the same to whoever must click."""
    page = page_of(response)
    assert response.status_code == 200, text_of(page)
    target = page.find("meta", {"http-equiv": "refresh"})["content"].partition("url=")[2]
    assert page.main.select_one("a.primary")["href"] == target
    return target


def messages_of(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def browser_of(user) -> Browser:
    """A browser that is signed in the way connections.browser.sign_in does it."""
    browser = Browser()
    session = browser.session
    now = time.time()
    session.update({"pim_user": user.pk, "pim_user_signed_in_at": now, "pim_user_seen_at": now})
    session.save()
    return browser


@pytest.fixture
def connection(db):
    return make_connection(pim_url=PIM)


@pytest.fixture
def manager(connection):
    """Mary, who manages the catalogs of this PIM."""
    return make_pim_user(connection)


@pytest.fixture
def outsider(db):
    """Olga, signed in at another PIM."""
    return make_pim_user(firstname="Olga")


@pytest.fixture
def browser(manager):
    return browser_of(manager)


@pytest.fixture
def channel(connection):
    return make_channel(connection)


@pytest.fixture
def catalog(channel):
    return make_catalog(channel, name="Web shop products")


@pytest.fixture
def pim():
    """What the PIM answers; an address without an answer is an error."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
