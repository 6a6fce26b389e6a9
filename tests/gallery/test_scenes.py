"""No page is left out of the gallery."""

from pathlib import Path

from django.urls import Resolver404, resolve

from pages.urls import urlpatterns
from tests.gallery.scenes import GALLERY, PAGES
from tests.pages.test_access import CHANGES, OWN_CHANGES

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pages"  # make screenshots
NO_PAGES = {
    "run_strip": "a part of pages, which renews itself",
    "offer_strip": "a part of its page, which renews itself",
    "texts_strip": "a part of its page, which renews itself",
    "texts_file": "a file",
    "difference_file": "a file",
    "offer_results": "a file",
    "requests_file": "a file",
    "requests_texts": "a file",
    "support_bundle": "a file",
    "offered_picture": "a picture of its page",
    "fetch_feed": "a file, for whoever has its address",
}


def test_each_page_is_in_the_gallery():
    addresses = {pattern.name for pattern in urlpatterns}
    seen = {_name_of(scene.page) for scene in PAGES}

    assert addresses - {*CHANGES, *OWN_CHANGES, *NO_PAGES} - seen == set()
    assert set(NO_PAGES) & seen == set()


def test_each_scene_has_a_name_of_its_own():
    """Or one picture would take the place of another."""
    names = [scene.name for scene in GALLERY]

    assert sorted(set(names)) == sorted(names)


def test_each_scene_has_its_picture():
    """Those of admin too: people look at these, where a machine cannot judge."""
    pictures = {picture.stem for picture in PICTURES.glob("*.webp")}

    assert pictures == {scene.name for scene in GALLERY}


def _name_of(page: str) -> str:
    """The name of the address, which a scene gives as it is or by a path."""
    if not page.startswith("/"):
        return page
    try:
        return str(resolve(page.partition("?")[0], urlconf="tests.gallery.urls").url_name)
    except Resolver404:
        return ""
