"""What is looked at on every page; each function returns what it found, one sentence each."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import ViewportSize

from tests.browser.tab import WIDE, Tab

SMALLEST_TEXT = 12  # px
MOST_BUTTONS = 3  # before one scrolls
NARROW: ViewportSize = {"width": 360, "height": 740}
_AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
_AUDITS = (Path(__file__).parent / "audits.js").read_text()
_ABOUT_COLOUR = ["color-contrast", "link-in-text-block"]
_STOPS_OF_A_FIELD = 8  # of a date and a time with a calendar, at most


def prepare(tab: Tab) -> None:
    """Give the page what looks at it: not as a script of the page, which its policy forbids."""
    tab.page.evaluate(_AXE)
    tab.page.evaluate(f"() => {{ window.audits = {_AUDITS.strip()}; window.audits.hold() }}")


def accessibility(tab: Tab) -> list[str]:
    """What axe finds, in both colour schemes: a scheme changes nothing but what is about colour."""
    tab.page.emulate_media(color_scheme="light")
    found = [*_ask(tab, "accessible()")]
    tab.page.emulate_media(color_scheme="dark")
    return [*found, *(f"in the dark: {one}" for one in _ask(tab, f"accessible({_ABOUT_COLOUR})"))]


def layout(tab: Tab) -> list[str]:
    """Text that is too small, words that are broken, what sticks out, buttons below the fold."""
    found = narrow(tab)
    _resize(tab, WIDE)
    found += [*_ask(tab, f"textSize({SMALLEST_TEXT})"), *_ask(tab, "brokenWords()")]
    return [*found, *_ask(tab, f"fold({MOST_BUTTONS})")]


def narrow(tab: Tab) -> list[str]:
    _resize(tab, NARROW)
    texts = _ask(tab, f"textSize({SMALLEST_TEXT})")
    return [*_ask(tab, "width()"), *texts, *_ask(tab, "brokenWords()")]


def keyboard(tab: Tab) -> list[str]:
    """What the key Tab does not reach, and where one does not see that it did."""
    page = _ask(tab, "rest()")
    found: list[str] = []
    for count in range(page["number"] * _STOPS_OF_A_FIELD):
        tab.page.keyboard.press("Tab")
        stop = _ask(tab, "stop()")
        if stop["over"]:
            break
        if count == 0 and page["skips"] and "skip" not in stop["name"].lower():
            found.append(f"the first stop is {stop['name']}, and not a link to the content")
        found += stop["found"]
    return [*found, *_ask(tab, "unreached()")]


def _resize(tab: Tab, size: ViewportSize) -> None:
    tab.page.set_viewport_size(size)
    _ask(tab, "drawn()")


def _ask(tab: Tab, call: str) -> Any:
    return tab.page.evaluate(f"() => window.audits.{call}")
