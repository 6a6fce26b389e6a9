"""A browser in which somebody is signed in, and everything that goes wrong in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
)

from connections.models import PimUser
from tests.pages.conftest import browser_of
from tests.secrets_watch import look_at
from tests.staff import browser_of_staff

Who = PimUser | User | None
WIDE: ViewportSize = {"width": 1280, "height": 800}  # what Akeneo's rules look at


class Tab:
    """A page of Chromium. `faults`: what no page may do; `presses`: how often one had to."""

    def __init__(self, page: Page, ferry: str, elsewhere: str) -> None:
        self.page = page
        self.faults: list[str] = []
        self.presses = 0
        self._ferry = ferry
        self._origins = (ferry, elsewhere) if elsewhere else (ferry,)
        self._watched: list[tuple[Any, Callable[..., None]]] = [
            ("console", self._on_console),
            ("pageerror", self._on_error),
            ("request", self._on_request),
        ]
        for event, listener in self._watched:
            page.on(event, listener)

    def leave(self) -> None:
        """Leave Ferry, and look away: somebody else has this page from now on."""
        self.page.goto(f"{self._ferry}/static/ferry/logo.svg")
        for event, listener in self._watched:
            self.page.remove_listener(event, listener)

    def open(self, path: str) -> int:
        """Open a page of Ferry; its status."""
        answer = self.page.goto(f"{self._ferry}{path}")
        assert answer is not None, path
        look_at(f"the page {path}", self.page.content())
        return answer.status

    def show(self, path: str, *, sent: bool = False) -> int:
        """Open a page and, if asked to, send its form as it stands; the status in the end."""
        status = self.open(path)
        if not sent:
            return status
        with self.page.expect_navigation() as answered:
            self.page.locator("main form").first.evaluate("form => form.submit()")
        answer = answered.value
        assert answer is not None, path
        return answer.status

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self._ferry)

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def said(self) -> str:
        """The messages about what was just done."""
        return self.page.locator("#messages").inner_text()

    @property
    def text(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    def press(self, name: str, *, exact: bool = True) -> None:
        """Press the one button, or follow the one link, of this name in the page's content."""
        main = self.page.locator("main")
        button = main.get_by_role("button", name=name, exact=exact)
        link = main.get_by_role("link", name=name, exact=exact)
        with self.page.expect_navigation():
            button.or_(link).first.click()
        self.presses += 1

    def press_into_pim(self, name: str) -> Page:
        """Follow a link that opens the PIM in a tab of its own."""
        with self.page.context.expect_page() as opened:
            self.page.locator("main").get_by_role("link", name=name).first.click()
        self.presses += 1
        opened.value.wait_for_load_state()
        return opened.value

    def has(self, name: str) -> bool:
        """Whether the page offers a button or a link of this name."""
        main = self.page.locator("main")
        return bool(
            main.get_by_role("button", name=name).count()
            or main.get_by_role("link", name=name).count()
        )

    def _on_console(self, message: ConsoleMessage) -> None:
        """Note errors of all sorts, and violations of the policy."""
        # The status of the page itself is looked at by who opens it.
        of_page = message.text.startswith("Failed to load resource") and (
            message.location["url"].partition("#")[0] == self.page.url.partition("#")[0]
        )
        if message.type in ("error", "warning") and not of_page:
            self.faults.append(f"console: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.faults.append(f"script: {error}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((*self._origins, "data:", "about:", "blob:")):
            self.faults.append(f"request to elsewhere: {request.url}")


@contextmanager
def opened(
    chromium: Browser, ferry: str, who: Who = None, *, elsewhere: str = "", **options: Any
) -> Iterator[Tab]:
    """A browser of its own; `elsewhere` is where it may go besides, `options` are Playwright's."""
    context = _new_context(chromium, **options)
    _sign_in(context, ferry, who)
    try:
        yield Tab(context.new_page(), ferry, elsewhere)
    finally:
        context.close()


class Window:
    """A browser that is handed on: to start one takes longer than to open a page in it.

    Nobody finds what another one left there but for the cache.
    """

    def __init__(self, chromium: Browser, *, scripts: bool = True) -> None:
        self._context = _new_context(chromium, java_script_enabled=scripts)
        self._page = self._context.new_page()
        self._devtools = self._context.new_cdp_session(self._page)

    @contextmanager
    def lent(self, ferry: str, who: Who = None, *, elsewhere: str = "") -> Iterator[Tab]:
        self._clean(ferry)
        _sign_in(self._context, ferry, who)
        tab = Tab(self._page, ferry, elsewhere)
        yield tab
        tab.leave()

    def _clean(self, ferry: str) -> None:
        self._context.clear_cookies()
        stored = {"origin": ferry, "storageTypes": "local_storage,session_storage"}
        self._devtools.send("Storage.clearDataForOrigin", stored)
        self._page.emulate_media(color_scheme="light")
        self._page.set_viewport_size(WIDE)


def _new_context(chromium: Browser, **options: Any) -> BrowserContext:
    """Nothing in it is on the way to how it will look: what is looked at is where it gets to."""
    usual = {"viewport": WIDE, "locale": "en-GB", "reduced_motion": "reduce"}
    context = chromium.new_context(**{**usual, **options})
    context.set_default_timeout(10_000)
    return context


def _sign_in(context: BrowserContext, ferry: str, who: Who) -> None:
    if who is not None:
        of = browser_of(who) if isinstance(who, PimUser) else browser_of_staff(who)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": of.cookies[name].value, "url": ferry}])
