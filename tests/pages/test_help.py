"""Help at the pages: what they lead to is there."""

from pages.help import SECTIONS
from pages.urls import urlpatterns
from tests.factories import make_catalog, make_channel


def test_the_pages_of_fields_content_and_feeds_lead_to_what_help_says_of_them(browser, connection):
    feed = make_channel(connection, kind="file", settings={"destination": "/srv/feeds"})
    catalog = make_catalog(channel=feed)
    pages = (
        f"/channels/{feed.uuid}/fields",
        f"/catalogs/{catalog.uuid}/content",
        f"/channels/{feed.uuid}/feed",
    )

    leading = [browser.see(page).select_one("main a[rel=help]")["href"] for page in pages]

    explained = browser.see("/help")
    assert leading == ["/help#fields", "/help#carrying", "/help#feeds"]
    assert all(explained.find("section", id=address.partition("#")[2]) for address in leading)


def test_documentation_is_at_the_section_about_the_page(browser, catalog):
    assert browser.see(catalog.get_absolute_url()).footer.find(rel="help")["href"] == "/help#how"
    assert browser.see("/connection").find("link", rel="help")["href"] == "/help#roles"


def test_every_page_has_a_section_that_is_there(browser):
    explained = browser.see("/help")
    names = {address.name for address in urlpatterns}

    assert set(SECTIONS) <= names
    assert [one for one in set(SECTIONS.values()) if not explained.find("section", id=one)] == []


def test_no_cache_keeps_the_name_of_who_read_it(browser):
    assert "no-store" in browser.get("/help")["Cache-Control"]
