"""Somebody who may look at everything, and change nothing."""

import pytest

from connections.models import PimUser
from sync.models import Listing, Run
from tests.factories import make_document, make_listing

CHANGES = ["Sync now", "Preview changes", "Settings", "Pause it", "Try all", "Try again"]


@pytest.fixture
def viewer(come):
    return come("peter", PimUser.Role.VIEWER)


def test_a_viewer_sees_the_problem_and_who_can_solve_it(shop_world, viewer):
    make_listing(
        shop_world.catalog,
        status=Listing.Status.PARKED,
        wanted=make_document(),
        problem="Too dear.",
    )

    viewer.open("/")
    viewer.press("See why")

    assert "Too dear." in viewer.text
    assert "you see everything, and change nothing" in viewer.text.lower()
    assert [name for name in CHANGES if viewer.has(name)] == []


def test_a_viewer_who_follows_a_managers_link_is_told_who_may(shop_world, viewer):
    status = viewer.open(f"{shop_world.catalog.get_absolute_url()}/settings")

    assert status == 403
    assert viewer.heading == "You may look, but not do this"
    viewer.press("Go to the home page")
    assert viewer.path == "/"
    assert Run.objects.count() == 1  # the one that was there before
