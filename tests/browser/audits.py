"""What is looked at on every page; each function returns what it found, one sentence each."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from tests.browser.tab import NARROW, WIDE, Tab

SMALLEST_TEXT = 12  # px
_AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
_AUDITS = (Path(__file__).parent / "audits.js").read_text()
_MOST_STOPS = 400


def prepare(tab: Tab) -> None:
    """Give the page what looks at it: not as a script of the page, which its policy forbids."""
    tab.page.evaluate(_AXE)
    tab.page.evaluate(f"() => {{ window.audits = {_AUDITS.strip()}; window.audits.hold() }}")


def accessibility(tab: Tab) -> list[str]:
    """What axe finds, in both colour schemes: a scheme changes nothing but what is about colour."""
    tab.page.emulate_media(color_scheme="light")
    found = [*_ask(tab, "accessible()")]
    tab.page.emulate_media(color_scheme="dark")
    return [*found, *(f"in the dark: {one}" for one in _ask(tab, "accessible('cat.color')"))]


def layout(tab: Tab) -> list[str]:
    """Text that is too small, and on a narrow screen what sticks out."""
    tab.page.set_viewport_size(NARROW)
    found = [*_ask(tab, "width()"), *_ask(tab, f"textSize({SMALLEST_TEXT})")]
    tab.page.set_viewport_size(WIDE)
    return [*found, *_ask(tab, f"textSize({SMALLEST_TEXT})")]


def keyboard(tab: Tab) -> list[str]:
    """What the key Tab does not reach, and where one does not see that it did."""
    number = _ask(tab, "rest()")
    found: list[str] = []
    for count in range(min(number + 20, _MOST_STOPS)):
        tab.page.keyboard.press("Tab")
        stop = _ask(tab, "stop()")
        if stop["over"]:
            break
        if count == 0 and "skip" not in stop["name"].lower():
            found.append(f"the first stop is {stop['name']}, and not a link to the content")
        found += stop["found"]
    return [*found, *_ask(tab, "unreached()")]


def _ask(tab: Tab, call: str) -> Any:
    return tab.page.evaluate(f"() => window.audits.{call}")
