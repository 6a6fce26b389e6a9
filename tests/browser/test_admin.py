"""What Unfold's scripts do on pages of admin, and what holds without them."""

import pytest

from tests.browser.audits import NARROW
from tests.gallery import people
from tests.gallery.scenes import STAFF, Scene

IS_DARK = "() => document.documentElement.classList.contains('dark')"


@pytest.fixture
def dashboard(gallery_world):
    """The path of the first page, with a run in its chart, and who looks at it."""
    return Scene("admin", people.everything, "/admin/", STAFF).set_up(gallery_world)


def test_a_chart_is_as_narrow_as_the_screen_before_its_script_draws_it_anew(
    dashboard, window, app_url
):
    path, who = dashboard
    with window.lent(app_url, who) as tab:
        tab.open(path)
        tab.page.wait_for_function("() => Chart.getChart(document.querySelector('canvas'))")
        tab.page.evaluate("() => { Chart.prototype.resize = Chart.prototype._resize = () => {} }")

        tab.page.set_viewport_size(NARROW)

        wide = tab.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide == NARROW["width"]


def test_the_list_of_catalogs_is_seen_whole(gallery_world, window, app_url):
    catalogs = Scene("catalogs", people.everything, "/admin/catalogs/catalog/", STAFF)
    path, who = catalogs.set_up(gallery_world)
    with window.lent(app_url, who) as tab:
        tab.open(path)
        table = tab.page.locator(".simplebar-content-wrapper:has(#result_list)")

        wide, seen = table.evaluate("table => [table.scrollWidth, table.clientWidth]")

    assert wide == seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_admin_is_in_the_scheme_of_the_browser(dashboard, window, app_url, scheme):
    path, who = dashboard
    with window.lent(app_url, who) as tab:
        tab.page.emulate_media(color_scheme=scheme)

        tab.open(path)

        assert tab.page.evaluate(IS_DARK) is (scheme == "dark")


def test_admin_follows_when_the_browser_changes_its_scheme(dashboard, window, app_url):
    """As many do by themselves in the evening."""
    path, who = dashboard
    with window.lent(app_url, who) as tab:
        tab.open(path)

        tab.page.emulate_media(color_scheme="dark")
        tab.page.wait_for_function(IS_DARK)
        tab.page.emulate_media(color_scheme="light")
        tab.page.wait_for_function(f"() => !({IS_DARK})()")


def test_a_scheme_that_somebody_chose_in_admin_stays(dashboard, window, app_url):
    path, who = dashboard
    with window.lent(app_url, who) as tab:
        tab.open(path)
        tab.page.keyboard.press("Control+e")  # Unfold's own key: the other one
        before = tab.page.evaluate(IS_DARK)

        for scheme in ("dark", "light"):
            tab.page.emulate_media(color_scheme=scheme)
            tab.open(path)

            assert tab.page.evaluate(IS_DARK) is before
