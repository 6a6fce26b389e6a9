"""Making calls to one PIM: authorized, within its limits, tried again, page after page."""

import copy
import logging
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import requests
from requests_toolbelt import MultipartEncoder

from outbound.errors import AnswerTooLarge, NotSent, TransientError
from outbound.governor import Gate, Limiter
from outbound.retry import Retrier
from outbound.session import GuardedSession
from pim.answers import raise_for_answer, server_time
from pim.errors import NotFound, PimUnavailable, RateLimited, UnexpectedAnswer, ValidationFailed
from pim.links import Trail, is_full, resolve_link, with_cursor, with_limit
from pim.pages import Page
from pim.urls import host_of

logger = logging.getLogger(__name__)

T = TypeVar("T")

JSON = "application/json"
COLLECTION = "application/vnd.akeneo.collection+json"

# pim-contract.md 3.7
CALLS_PER_CONNECTION = 4
CALLS_PER_PIM = 10
REQUESTS_PER_SECOND = 100
OPTION_WRITES_PER_SECOND = 3
OPTION_WRITES_AT_ONCE = 1  # who waits for a turn leaves the other places to other calls

_OPTIONS = re.compile(r"/attributes/[^/?]+/options(?:[/?]|$)")

# Accepted by every PIM. Of raw products and uuids the last published description allows 1,000, the
# general page 100: so ask for more and be content with less.
SAFE_LIMIT = 100


def gate_of_pim(pim_url: str) -> Gate:
    return Gate(f"pim:{pim_url}", CALLS_PER_PIM, REQUESTS_PER_SECOND)


class PimCalls:
    """Calls to one PIM with one token; holds nothing of a single call, so threads may share it."""

    def __init__(
        self,
        pim_url: str,
        token: str,
        *,
        session: GuardedSession,
        limiter: Limiter,
        retrier: Retrier,
        connection_key: str,
        before_write: Callable[[], None],
    ) -> None:
        self.pim_url = pim_url
        self.host = host_of(pim_url)
        self._token = token
        self._session = session
        self._limiter = limiter
        self._retrier = retrier
        self._before_write = before_write
        gate = gate_of_pim(pim_url)
        self._pim_key = gate.key
        self._gates = (Gate(f"connection:{connection_key}", CALLS_PER_CONNECTION), gate)
        # By its name the first that a caller waits at: who holds nothing yet keeps nobody waiting.
        self._option_gate = Gate(
            f"attribute options:{pim_url}", OPTION_WRITES_AT_ONCE, OPTION_WRITES_PER_SECOND
        )
        self._last_answer: requests.Response | None = None

    def __repr__(self) -> str:
        return f"PimCalls({self.pim_url!r})"

    @property
    def secrets(self) -> list[str]:
        """What must be taken out of the PIM's words before anybody reads them."""
        return [self._token]

    def waiting_by(self, sleep: Callable[[float], None]) -> "PimCalls":
        calls = copy.copy(self)
        calls._retrier = self._retrier.sleeping_by(sleep)
        return calls

    @property
    def server_time(self) -> datetime | None:
        return server_time(self._last_answer) if self._last_answer is not None else None

    def call(
        self,
        method: str,
        url: str,
        read: Callable[[bytes], T],
        *,
        body: dict[str, Any] | None = None,
        gone: type[NotFound] = NotFound,
        retry_if: Callable[[TransientError], bool] = lambda error: True,
    ) -> T:
        """What `read` makes of the answer's body. A body that it cannot read is asked for again.

        `gone` is what a 404 raises.
        """
        encoded = None if body is None else msgspec.json.encode(body)

        def once() -> T:
            return read(self._send(method, url, encoded, gone))

        return self._retrier.call(once, self._log_wait, retry_if=retry_if)

    def write(
        self,
        method: str,
        url: str,
        body: Callable[[], bytes],
        read: Callable[[bytes], T],
        *,
        content_type: str,
        retry_if: Callable[[TransientError], bool],
    ) -> T:
        """As `call`, with a body that is asked for at each try: it may have become shorter."""

        def once() -> T:
            return read(self._send(method, url, body(), NotFound, content_type=content_type))

        return self._retrier.call(once, self._log_wait, retry_if=retry_if)

    def search(self, url: str, read: Callable[[bytes], T], body: dict[str, Any]) -> T:
        """Ask by POST, where the question is too long for an address; it changes nothing."""
        encoded = msgspec.json.encode(body)

        def once() -> T:
            return read(self._send("POST", url, encoded, NotFound, is_writing=False))

        return self._retrier.call(once, self._log_wait)

    def upload(
        self,
        url: str,
        fields: Callable[[], dict[str, Any]],
        read: Callable[[requests.Response], T],
        *,
        arrived: Callable[[], T | None] | None = None,
    ) -> T:
        """Send a form with a file in it, in pieces; `fields` is asked for it at each try.

        Tried again only where a try certainly did nothing: RateLimited and NotSent. Any other
        TransientError leaves open whether the PIM has the file: then `arrived` is asked before the
        next try what it made of it, None for nothing; without it there is no next try.
        """
        may_be_there = False

        def is_worth_it(error: TransientError) -> bool:
            nonlocal may_be_there
            did_nothing = isinstance(error, (NotSent, RateLimited))
            may_be_there = may_be_there or not did_nothing
            return did_nothing or arrived is not None

        def once() -> T:
            if may_be_there and arrived is not None and (found := arrived()) is not None:
                return found
            self._before_write()
            form = MultipartEncoder(fields())
            headers = {**self._headers(), "Content-Type": form.content_type}
            with self._limiter.slot(*self._gates):
                response = self._session.request("POST", url, data=form, headers=headers)
            self._judge(response, NotFound)
            return read(response)

        return self._retrier.call(once, self._log_wait, retry_if=is_worth_it)

    def delete(self, url: str, *, gone: type[NotFound] = NotFound) -> None:
        """Delete; a 404 after a try whose answer was lost means that the try had done it."""
        tries = 0

        def once() -> None:
            nonlocal tries
            tries += 1
            try:
                self._send("DELETE", url, None, gone)
            except NotFound:
                if tries == 1:
                    raise

        self._retrier.call(once, self._log_wait)

    def pages(
        self,
        first: str,
        read: Callable[[bytes], Page[T]],
        *,
        gone: type[NotFound] = NotFound,
        on_smaller: Callable[[], None] = lambda: None,
        cursor_of: Callable[[T], str] | None = None,
    ) -> Iterator[tuple[Page[T], str | None, str]]:
        """Each page, the link after it, and the link it was read from, starting at `first`.

        A PIM that refuses the page size, or whose page is too large to take in, is asked for pages
        of 100 instead; `on_smaller` is told once that worked. A list that ends with a full page is
        asked what comes after its last item, if `cursor_of` says how: full pages have a next link
        (pim-contract.md 2.4), so this one was lost, and with it all that follows. Links that lead
        away from the PIM or around in a circle raise UnexpectedAnswer.
        """
        link: str | None = resolve_link(self.pim_url, first)
        trail = Trail()
        while link is not None:
            trail.follow(link, self.host)
            try:
                page = self.call("GET", link, read, gone=gone)
            except (ValidationFailed, AnswerTooLarge):
                smaller = with_limit(link, SAFE_LIMIT)
                if smaller is None:
                    raise
                page = self.call("GET", smaller, read, gone=gone)
                link = smaller
                on_smaller()
            next_link = page.next_href and resolve_link(self.pim_url, page.next_href)
            if next_link and not page.items:
                raise UnexpectedAnswer(self.host, "an empty page that has a next one")
            if not next_link and cursor_of is not None and is_full(link, len(page.items)):
                next_link = with_cursor(link, cursor_of(page.items[-1]))
            yield page, next_link or None, link
            link = next_link or None

    def _send(
        self,
        method: str,
        url: str,
        body: bytes | None,
        gone: type[NotFound],
        *,
        content_type: str = JSON,
        is_writing: bool = True,
    ) -> bytes:
        """One try: the body of a 2xx, or what the status means."""
        if method != "GET" and is_writing:
            self._before_write()
        headers = self._headers()
        if body is not None:
            headers["Content-Type"] = content_type
        with self._limiter.slot(*self._gates_of(method, url)):
            response = self._session.request(method, url, data=body, headers=headers)
        self._judge(response, gone)
        return response.content

    def download(
        self,
        url: str,
        begin: Callable[[requests.Response], Callable[[bytes], object]],
        *,
        max_bytes: int,
    ) -> None:
        """Stream a file; `begin` looks at the answer of each try and returns what takes its bytes.

        The call holds its places until the last byte is there.
        """
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "*/*"}

        def once() -> None:
            with self._limiter.slot(*self._gates):
                response = self._session.request("GET", url, headers=headers, stream=True)
                with response:
                    if not 200 <= response.status_code < 300:
                        self._session.take(response)
                    self._judge(response, NotFound)
                    self._session.save(response, begin(response), max_bytes=max_bytes)

        self._retrier.call(once, self._log_wait)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Accept": JSON}

    def _judge(self, response: requests.Response, gone: type[NotFound]) -> None:
        """Raise what the status means; let everybody wait whom the PIM asked to."""
        self._last_answer = response
        try:
            raise_for_answer(response, self.host, token=self._token, not_found=gone)
        except PimUnavailable as error:
            if error.retry_after:
                self._limiter.pause(self._pim_key, error.retry_after)
            raise

    def _gates_of(self, method: str, url: str) -> tuple[Gate, ...]:
        if method in ("POST", "PATCH") and _OPTIONS.search(url):
            return (*self._gates, self._option_gate)
        return self._gates

    def _log_wait(self, seconds: float, error: TransientError) -> None:
        logger.info("%s: trying again in %.1f s: %s", self.host, seconds, error.detail or error)
