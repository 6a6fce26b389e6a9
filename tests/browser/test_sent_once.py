"""Who clicks twice sends a form once."""

import pytest

from catalogs.models import Catalog
from tests.factories import make_pim_user
from tests.gallery import catalogs
from tests.gallery.place import Place

TWICE = "button => { button.click(); setTimeout(() => button.click(), 60) }"


@pytest.fixture
def tab(gallery_world, open_tab):
    """Where a catalog is created; the PIM has none yet."""
    catalogs.without_catalogs(Place(gallery_world, gallery_world.channel, gallery_world.catalog))
    tab = open_tab(make_pim_user(gallery_world.connection))
    tab.open(f"/channels/{gallery_world.channel.uuid}/catalogs/new")
    return tab


def create(tab, name, *, press="button => button.click()"):
    tab.page.get_by_label("Name", exact=True).fill(name)
    with tab.page.expect_navigation():
        tab.page.get_by_role("button", name="Create the catalog").evaluate(press)
    tab.page.get_by_role("heading", name=f"Configure “{name}” in Akeneo").wait_for()


def test_two_clicks_make_one_catalog(tab, gallery_world):
    create(tab, "Autumn", press=TWICE)

    assert [one.name for one in Catalog.objects.all()] == ["Autumn"]
    assert [one.name for one in gallery_world.pim.catalogs.values()].count("Autumn") == 1


def test_whoever_comes_back_may_send_it_anew(tab):
    create(tab, "Web shop")
    tab.page.go_back()

    create(tab, "Outlet")

    assert {one.name for one in Catalog.objects.all()} == {"Web shop", "Outlet"}
