"""From the daily home, which names a problem, to its solution: in at most three clicks."""

import pytest

from sync.models import Listing, Run
from tests.browser.walks.pim_pages import enable_catalog

Status = Listing.Status


@pytest.fixture
def refused(shop_world):
    """The shop refuses two products."""
    keys = sorted(shop_world.listed())[:2]
    shop_world.shop.reject = set(keys)
    for key in keys:
        shop_world.pim.edit_product(key, "name", "Another name", locale="en_US")
    shop_world.sync()
    assert shop_world.statuses()[Status.PARKED] == 2
    return keys


def test_what_the_shop_refused_is_tried_again(shop_world, refused, come):
    tab = come()
    shop_world.shop.reject = set()

    tab.press("See why")
    tab.press("Try all 2 again")
    shop_world.work()

    assert tab.presses <= 3
    assert "refuse" in tab.said.lower() or "again" in tab.said
    assert Status.PARKED not in shop_world.statuses()
    assert set(refused) <= shop_world.on_shop()


def test_what_was_corrected_in_the_pim_arrives_with_the_next_sync(shop_world, refused, come):
    tab = come()
    tab.press("See why")
    shop_world.shop.reject = set()
    for key in refused:
        shop_world.pim.edit_product(key, "name", "A better name", locale="en_US")

    tab.press("Sync now")
    shop_world.work()
    tab.page.get_by_text("The run has ended").wait_for()

    assert tab.presses <= 3
    assert "Done" in tab.heading
    assert Status.PARKED not in shop_world.statuses()
    names = [document["name"] for document in shop_world.shop.live_documents().values()]
    assert names.count("A better name") == 2


def test_a_disabled_catalog_is_enabled_in_the_pim_and_synced(shop_world, come):
    shop_world.pim.catalogs[shop_world.catalog.pim_catalog_id].enabled = False
    shop_world.sync()
    before = shop_world.on_shop()
    tab = come()

    assert "stay on Shop as now" in tab.text
    enable_catalog(tab.press_into_pim("Enable it in Akeneo"))
    tab.press("Web shop")
    tab.press("Look again")
    tab.press("Sync now")
    shop_world.work()
    tab.page.get_by_text("The run has ended").wait_for()

    assert "Done" in tab.heading
    assert shop_world.on_shop() == before


@pytest.fixture
def held(shop_world):
    """Somebody changed the selection, and most products left the catalog."""
    there = shop_world.pim.catalogs[shop_world.catalog.pim_catalog_id]
    family = next(shop_world.pim.listed_products(there)).family
    shop_world.select(shop_world.catalog, str(family))
    shop_world.sync()
    assert Status.HELD in shop_world.statuses()
    return {listing.key for listing in Listing.objects.held()}


def test_held_withdrawals_are_looked_at_and_refused(shop_world, held, come):
    before = shop_world.on_shop()
    tab = come()

    tab.press("Look and decide")
    assert f"{len(held)} products" in tab.heading
    tab.press("Keep them on the channel")
    tab.press(f"Keep {len(held)} products")
    shop_world.work()

    assert tab.presses <= 3
    assert tab.said
    assert shop_world.on_shop() == before


def test_held_withdrawals_are_refused_on_the_page_of_the_run(shop_world, held, come):
    before = shop_world.on_shop()
    run = Run.objects.latest("pk")
    tab = come()
    tab.open(run.get_absolute_url())
    shown = tab.page.locator("#held tbody tr").count()

    tab.page.click("#held button[value=keep]")
    tab.page.wait_for_selector("#held h2:focus")
    asked = tab.page.inner_text("#held h2")
    address = tab.page.url
    tab.press(f"Keep {shown} products")
    shop_world.work()

    assert asked == f"Keep {shown} products on {shop_world.channel.name}?"
    assert address.endswith(run.get_absolute_url())
    assert tab.page.url == address
    assert tab.said
    assert Listing.objects.held().count() == len(held) - shown
    assert shop_world.on_shop() == before


def test_held_withdrawals_are_looked_at_and_confirmed(shop_world, held, come):
    tab = come()

    tab.press("Look and decide")
    tab.press(f"Withdraw {len(held)} products")
    assert tab.heading.endswith("?")
    tab.press(f"Withdraw {len(held)} products")
    shop_world.work()

    assert tab.presses <= 3
    assert tab.said
    assert not shop_world.on_shop() & held
