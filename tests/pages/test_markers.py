"""What tests, assistive technology and the content security policy rely on, on every page."""

import re

import pytest
from bs4 import BeautifulSoup
from django.template.loader import render_to_string
from django.urls import reverse

from catalogs.models import Catalog
from sync.models import Listing, Run
from tests.factories import make_catalog, make_connection, make_listing, make_pim_user, make_run
from tests.pages.conftest import browser_of, page_of, text_of

FOCUSABLE = "a[href], button, summary, input:not([type=hidden]), select, textarea"


@pytest.fixture
def world(connection, channel, catalog):
    """Something of everything that a page can show."""
    make_listing(catalog, status=Listing.Status.PARKED, problem="Too dear.")
    make_listing(catalog, status=Listing.Status.HELD)
    ended = make_run(catalog, status=Run.Status.STOPPED, problem="Full.", failed=1)
    other = make_catalog(channel, pim_state=Catalog.PimState.DISABLED, position=1)
    live = make_run(other, status=Run.Status.RUNNING)
    new = make_catalog(channel, name="New one", started_at=None, position=2)
    of_catalog = ("catalog", "catalog_settings", "held", "delete_catalog")
    of_channel = ("channel", "edit_channel", "new_catalog", "delete_channel")
    return {
        "/": "home",
        "/nowhere": "404",
        "/connection": "connection",
        "/help": "help",
        "/channels/new": "kinds",
        "/channels/new/http": "new channel",
        other.get_absolute_url(): "another catalog",
        new.get_absolute_url(): "catalog that is being set up",
        reverse("pages:set_up", args=[new.uuid]): "setting up",
        ended.get_absolute_url(): "ended run",
        live.get_absolute_url(): "live run",
        "/oauth/activate?pim_url=nonsense": "refused",
        **{reverse(f"pages:{name}", args=[catalog.uuid]): name for name in of_catalog},
        **{reverse(f"pages:{name}", args=[channel.uuid]): name for name in of_channel},
    }


@pytest.fixture
def pages(world, browser):
    return {name: page_of(browser.get(path)) for path, name in world.items()}


def test_every_page_has_one_heading_and_a_title_of_its_own(pages):
    titles = set()
    for name, page in pages.items():
        assert len(page.find_all("h1")) == 1, name
        assert page.title.string.endswith("· Ferry"), name
        titles.add(page.title.string)

    assert len(titles) == len(pages)


def test_every_page_but_home_says_where_it_is(pages):
    for name, page in pages.items():
        crumbs = page.find("nav", {"aria-label": "Breadcrumb"})
        assert (crumbs is None) == (name == "home"), name
        if crumbs:
            assert crumbs.find("a")["href"] == "/"
            assert len(crumbs.find_all(attrs={"aria-current": "page"})) == 1


def test_every_page_has_its_parts_at_hand(pages):
    for name, page in pages.items():
        assert len(page.find_all("main")) == 1, name
        assert page.find(attrs={"role": "status"}), name
        assert page.find("a", rel="help"), name
        assert page.html["lang"] == "en", name


def test_no_page_has_two_primary_actions(pages):
    for name, page in pages.items():
        assert len(page.select(".primary")) <= 1, name


def test_every_input_has_a_label(pages):
    for name, page in pages.items():
        for field in page.select("main input:not([type=hidden]), main select:not([aria-label])"):
            assert page.find("label", {"for": field["id"]}), (name, field)


def test_no_id_is_there_twice(pages):
    for name, page in pages.items():
        ids = [element["id"] for element in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), name


def test_the_policy_needs_no_exception(pages):
    """No inline script, style or handler: the browser would refuse them."""
    for name, page in pages.items():
        assert not page.find("style"), name
        assert all(script.get("src") for script in page.find_all("script")), name
        for element in page.find_all(True):
            inline = [key for key in element.attrs if key == "style" or re.match("on|hx-on", key)]
            assert not inline, (name, element)


def test_the_policy_is_sent(browser):
    policy = browser.get("/")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_support_is_on_every_page(browser, settings):
    settings.SUPPORT_URL = "https://help.example.com/ferry"

    assert browser.see("/").footer.find("a", href="https://help.example.com/ferry")


@pytest.mark.django_db
def test_names_are_shown_as_text():
    """What people type in the PIM or here is never markup."""
    connection = make_connection()
    user = make_pim_user(connection, firstname="<script>alert(1)</script>")

    page = browser_of(user).see("/")

    assert "<script>alert(1)</script>" in text_of(page)


@pytest.mark.django_db
def test_a_page_for_when_something_is_broken_looks_like_any_other(client):
    links = [
        [link["href"] for link in page.select("link[rel=stylesheet]")]
        for page in (
            BeautifulSoup(render_to_string("500.html"), "html.parser"),
            page_of(client.get("/oauth/activate?pim_url=nonsense")),
        )
    ]

    assert links[0] == links[1]


def test_the_focus_stays_where_it_is_when_a_part_replaces_itself(pages):
    """Htmx finds what had the focus by its id."""
    parts = {name: page.select("[hx-trigger^=every]") for name, page in pages.items()}

    assert all(parts[name] for name in ("live run", "another catalog"))
    for name, found in parts.items():
        for one in found:
            nameless = [each for each in one.select(FOCUSABLE) if not each.get("id")]
            assert nameless == [], name
