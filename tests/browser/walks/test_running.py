"""A run whose page moves by itself."""

from tests.gallery import catalogs
from tests.gallery.scenes import Scene


def test_the_focus_stays_while_the_page_of_a_run_renews_itself(gallery_world, open_tab):
    path, who = Scene("run-running", catalogs.running, "run").set_up(gallery_world)
    tab = open_tab(who)
    tab.open(path)
    tab.page.get_by_role("link", name="Back to the catalog").focus()

    for _ in range(2):
        tab.page.wait_for_event("response", lambda answer: answer.url.endswith(path))
    tab.page.evaluate("() => new Promise((next) => setTimeout(next))")

    assert tab.page.evaluate("() => document.activeElement.id") == "back"
