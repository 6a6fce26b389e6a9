"""Chromium in front of the real app, which is in front of a sandbox PIM and shop."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import launch
from tests.browser.tab import Tab, Window, opened
from tests.gallery.scenes import world_of_gallery
from tests.world import World

# Playwright has a loop running in this thread, and Django takes that for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(chromium: Browser) -> Window:
    """The browser for whoever looks at one page."""
    return Window(chromium)


@pytest.fixture(scope="session")
def window_without_scripts(chromium: Browser) -> Window:
    return Window(chromium, scripts=False)


@pytest.fixture
def app_url(live_server: Any, settings: Any) -> str:
    """Ferry as browsers and PIMs reach it."""
    settings.BASE_URL = live_server.url
    settings.ROOT_URLCONF = "tests.gallery.urls"
    return str(live_server.url)


@pytest.fixture
def gallery_world(make_world: Callable[[int], World], settings: Any) -> World:
    settings.DEEPL_API_KEY = "a-key:fx"  # never used: nothing is confirmed there
    return world_of_gallery(make_world)


@pytest.fixture
def open_tab(chromium: Browser, app_url: str) -> Iterator[Callable[..., Tab]]:
    """Browsers for people; at the end nothing may have gone wrong in any of them."""
    tabs = []
    with ExitStack() as contexts:

        def open_tab(who: Any = None, **options: Any) -> Tab:
            tabs.append(contexts.enter_context(opened(chromium, app_url, who, **options)))
            return tabs[-1]

        yield open_tab
    assert [fault for tab in tabs for fault in tab.faults] == []
