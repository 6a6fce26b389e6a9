"""Every button of every page of the gallery, pressed in a browser that runs no scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator

from tests.browser.tab import Tab
from tests.gallery.scenes import PAGES, Scene

# 422: the form says what is missing. 502: the other side did not answer, and the page says so.
ANSWERS = (200, 410, 422, 502)
INTO_PIM = (
    *("Ask again", "Ask Akeneo", "Switch it on", "Switch enrichment off"),
    *("Let Ferry create attributes", "Let Ferry create no attributes"),
)


@pytest.mark.parametrize("scene", PAGES, ids=lambda scene: scene.name)
def test_each_button_is_answered_without_scripts(
    scene: Scene, gallery_world, window_without_scripts, app_url
):
    """With a page that says what came of it: a message, errors at the fields, or another page."""
    path, who = scene.set_up(gallery_world)

    with window_without_scripts.lent(app_url, who, elsewhere=gallery_world.url) as tab:
        status = tab.show(path, sent=scene.sent)
        now = tab.open(path) if scene.sent else status
        found = list(_pressed(tab, path, gallery_world.url)) if now < 400 else []

    assert status == scene.status
    assert [*found, *tab.faults] == []


def _pressed(tab: Tab, path: str, pim_url: str) -> Iterator[str]:
    """Press one button after the other, each on the page as it is then; what went wrong."""
    for number in range(_buttons(tab).count()):
        if number and (tab.open(path) >= 400 or number >= _buttons(tab).count()):
            return  # what was pressed before ended what this page is about
        button = _buttons(tab).nth(number)
        name = button.inner_text()
        before = (tab.path, tab.heading, tab.text)
        status = _press(tab, button)
        if name in INTO_PIM:
            tab.page.wait_for_url(f"{pim_url}/**")
            continue
        if status not in ANSWERS:
            yield f"“{name}” is answered with status {status}"
        elif not tab.said and before == (tab.path, tab.heading, tab.text):
            yield f"nobody sees what “{name}” did"


def _buttons(tab: Tab) -> Locator:
    return tab.page.locator("main form[method=post] button:not([hidden]):not([disabled])")


def _press(tab: Tab, button: Locator) -> int:
    """Unfold what it is in, and press it as the form stands, whatever the browser says of its
    fields.
    """
    for folded in button.locator("xpath=ancestor::details[not(@open)]").all():
        folded.locator("summary").first.click()
    button.evaluate("button => { button.form.noValidate = true }")
    with tab.page.expect_navigation() as answered:
        button.click()
    return answered.value.status
