"""The PIM's own pages, as people go through them."""

from urllib.parse import urlencode

from playwright.sync_api import Page

from tests.browser.tab import Tab
from tests.world import World

_STEPS = 12  # more than the longest way has


def open_from_pim(tab: Tab, world: World, name: str) -> None:
    """Open Ferry from the PIM as this person, who agrees to whatever the PIM asks."""
    tab.open(f"/oauth/activate?{urlencode({'pim_url': world.url})}")
    go_through_pim(tab.page, world.url, name)


def press_in_pim(tab: Tab, world: World, button: str, name: str) -> None:
    """On the PIM's screen of Ferry, as this person: press *Connect* or *Open app*."""
    (app,) = world.pim.apps.values()
    tab.page.goto(f"{world.url}/screens/apps/{app.client_id}")
    log_in = tab.page.locator(f"main form:has(input[name=username][value={name}])")
    if log_in.count():
        with tab.page.expect_navigation():
            log_in.first.get_by_role("button").click()
    tab.page.get_by_role("link", name=button, exact=True).click()
    go_through_pim(tab.page, world.url, name)


def map_catalog(page: Page) -> None:
    """On the PIM's screen of a catalog: map its targets, which is saved with that."""
    with page.expect_navigation():
        page.get_by_role("button", name="Map automatically").click()


def go_through_pim(page: Page, pim_url: str, name: str) -> None:
    """Log in where the PIM asks for it, and agree, up to where it sends the browser back."""
    for _ in range(_STEPS):
        page.wait_for_load_state("load")
        page.wait_for_function("() => !location.hash.startsWith('#/') || location.port === ''")
        if not page.url.startswith(pim_url):
            return
        log_in = page.locator(f"main form:has(input[name=username][value={name}])")
        form = log_in.first if log_in.count() else page.locator("main form").first
        for box in form.get_by_role("checkbox").all():
            box.check()
        with page.expect_navigation():
            form.get_by_role("button").first.click()
    raise AssertionError(f"The PIM's pages do not end: {page.url}")


def enable_catalog(page: Page) -> None:
    """On the PIM's screen of a catalog: enable it, and save."""
    page.get_by_label("Enable the catalog").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
