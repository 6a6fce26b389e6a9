"""Staff support each of the people in admin: log in, search, and press what solves it."""

import pytest
from django.contrib.auth.models import User

from sync.models import Listing, Run

Status = Listing.Status
PASSWORD = "between-me-and-ferry"


@pytest.fixture
def staff(shop_world, open_tab):
    """Stan logs in the way he does every morning."""
    User.objects.create_superuser("stan", password=PASSWORD)
    tab = open_tab()
    tab.open("/admin/")
    tab.page.get_by_label("Username").fill("stan")
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Log in").click()
    tab.page.wait_for_url("**/admin/")
    return tab


def search(tab, model, words):
    tab.open(f"/admin/{model}/")
    box = tab.page.locator("input[name=q]").first
    box.fill(words)
    with tab.page.expect_navigation():
        box.press("Enter")


def press(tab, name):
    with tab.page.expect_navigation():
        tab.page.get_by_role("button", name=name, exact=True).first.click()


def test_staff_find_a_refused_product_and_send_it_again(shop_world, staff):
    key = sorted(shop_world.listed())[0]
    shop_world.shop.reject = {key}
    shop_world.pim.edit_product(key, "name", "Another name", locale="en_US")
    shop_world.sync()
    shop_world.shop.reject = set()

    search(staff, "sync/listing", key)
    with staff.page.expect_navigation():
        staff.page.locator("#result_list tbody th a").first.click()
    press(staff, "Send again")
    shop_world.work()

    assert Status.PARKED not in shop_world.statuses()


def test_staff_sync_a_catalog_that_somebody_asks_about(shop_world, staff):
    key = sorted(shop_world.listed())[0]
    shop_world.pim.edit_product(key, "name", "A better name", locale="en_US")

    search(staff, "catalogs/catalog", "Web shop")
    with staff.page.expect_navigation():
        staff.page.locator("#result_list tbody th a").first.click()
    press(staff, "Sync now")
    shop_world.work()

    assert shop_world.documents_on_shop()[key]["name"] == "A better name"


def test_staff_see_why_a_disabled_catalog_stopped(shop_world, staff):
    shop_world.pim.catalogs[shop_world.catalog.pim_catalog_id].enabled = False
    run = shop_world.sync()

    staff.open(f"/admin/sync/run/{run.pk}/change/")

    assert run.status == Run.Status.STOPPED
    assert run.problem in staff.page.locator("body").inner_text()


def test_staff_see_which_scopes_a_pim_refused(shop_world, staff):
    connection = shop_world.connection
    connection.scopes = sorted(set(connection.scopes) - {"read_categories"})
    connection.save()

    search(staff, "connections/connection", connection.host)
    with staff.page.expect_navigation():
        staff.page.locator("#result_list tbody th a").first.click()

    assert "Read languages, currencies, categories" in staff.page.locator("body").inner_text()


def test_staff_keep_what_is_held(shop_world, staff):
    there = shop_world.pim.catalogs[shop_world.catalog.pim_catalog_id]
    family = next(shop_world.pim.listed_products(there)).family
    shop_world.select(shop_world.catalog, str(family))
    shop_world.sync()
    before = shop_world.on_shop()

    staff.open("/admin/sync/listing/?status__exact=held")
    with staff.page.expect_navigation():
        staff.page.locator("#result_list tbody th a").first.click()
    held = Listing.objects.held().count()
    press(staff, "Refuse what is held")
    press(staff, "Keep them")
    shop_world.work()

    assert Listing.objects.held().count() == held - 1
    assert shop_world.on_shop() == before
