"""Every button of every page of the gallery, pressed in a browser that runs no scripts."""

import pytest
from playwright.sync_api import Locator

from tests.browser.tab import Tab
from tests.gallery.scenes import PAGES, Scene

# 422: the form says what is missing. 502: the other side did not answer, and the page says so.
ANSWERS = (200, 410, 422, 502)
INTO_PIM = ("Ask again", "Ask Akeneo", "Switch it on", "Switch it off")


@pytest.mark.parametrize("scene", PAGES, ids=lambda scene: scene.name)
def test_each_button_is_answered_without_scripts(scene: Scene, gallery_world, open_tab):
    """With a page that says what came of it: a message, errors at the fields, or another page."""
    path, who = scene.set_up(gallery_world)
    tab = open_tab(who, elsewhere=gallery_world.url, java_script_enabled=False)
    assert tab.show(path, sent=scene.sent) == scene.status

    found = []
    for number in range(_buttons(tab).count()):
        if tab.open(path) >= 400 or number >= _buttons(tab).count():
            break  # what was pressed before ended what this page is about
        button = _buttons(tab).nth(number)
        name = button.inner_text()
        before = (tab.path, tab.heading, tab.text)
        status = _press(tab, button)
        if name in INTO_PIM:
            tab.page.wait_for_url(f"{gallery_world.url}/**")
            continue
        if status not in ANSWERS:
            found.append(f"“{name}” is answered with status {status}")
        elif not tab.said and before == (tab.path, tab.heading, tab.text):
            found.append(f"nobody sees what “{name}” did")
    assert found == []


def _buttons(tab: Tab) -> Locator:
    return tab.page.locator("main form[method=post] button:not([hidden]):not([disabled])")


def _press(tab: Tab, button: Locator) -> int:
    """Press it as the form stands, whatever the browser says of its fields."""
    button.evaluate("button => { button.form.noValidate = true }")
    with tab.page.expect_navigation() as answered:
        button.click()
    return answered.value.status
