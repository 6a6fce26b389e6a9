"""Trying again: how long to wait, how often, and when to stop."""

import copy
import random
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from outbound.errors import TransientError

T = TypeVar("T")

BASE_SECONDS = 1.0
CAP_SECONDS = 30.0
_STOP_CHECK_SECONDS = 0.5


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a `Retry-After` header: a number or an HTTP date; None if it is neither.

    `now` is aware. A date in the past gives 0.
    """
    text = (value or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:  # "-0000": a date without a zone; HTTP dates are in GMT
        when = when.replace(tzinfo=now.tzinfo)
    return max(0.0, (when - now).total_seconds())


def backoff(attempt: int, random: Callable[[], float] = random.random) -> float:
    """Seconds before try number `attempt` + 1: doubling, with full jitter, never over 30."""
    return random() * min(CAP_SECONDS, BASE_SECONDS * 2.0 ** min(attempt, 10))


class Tries:
    """The tries of one call: how often it failed, and since when it is tried."""

    def __init__(
        self,
        max_tries: int,
        max_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = random.random,
    ) -> None:
        self._max_tries = max_tries
        self._max_seconds = max_seconds
        self._clock = clock
        self._random = random
        self._started = clock()
        self._failed = 0

    def seconds_after(self, error: TransientError) -> float | None:
        """Seconds to wait after one more failure; None once tries or time are used up."""
        self._failed += 1
        # A "Retry-After: 0" says nothing about when, so it does not silence the backoff.
        seconds = error.retry_after or backoff(self._failed, self._random)
        left = self._max_seconds - (self._clock() - self._started)
        return None if self._failed >= self._max_tries or seconds > left else seconds


class Retrier:
    """Tries a call again while it fails with TransientError. Holds no state of a call.

    `max_seconds` bounds the time from the first try to the start of the last. `stop` is asked at
    least every half second while waiting; once it says True the last error is raised.
    """

    def __init__(
        self,
        max_tries: int = 8,
        max_seconds: float = 240,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = random.random,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self.max_tries = max_tries
        self.max_seconds = max_seconds
        self._sleep = sleep
        self._clock = clock
        self._random = random
        self._stop = stop

    def sleeping_by(self, sleep: Callable[[float], None]) -> "Retrier":
        """Return the same, which waits by this sleep."""
        retrier = copy.copy(self)
        retrier._sleep = sleep
        return retrier

    def tries(self) -> "Tries":
        """Return the count of one call's tries, for who makes and waits for them by himself."""
        return Tries(self.max_tries, self.max_seconds, clock=self._clock, random=self._random)

    def call(
        self,
        fn: Callable[[], T],
        on_wait: Callable[[float, TransientError], None] | None = None,
        *,
        retry_if: Callable[[TransientError], bool] = lambda error: True,
    ) -> T:
        """The result of `fn`, or its last error once tries or time are used up.

        A `retry_after` longer than what is left of the time gives up at once, so that the caller
        can come back then. `on_wait` is told the seconds and the error before each wait.
        `retry_if` limits which transient errors are tried again.
        """
        tries = self.tries()
        while True:
            try:
                return fn()
            except TransientError as error:
                seconds = tries.seconds_after(error)
                if seconds is None or not retry_if(error):
                    raise
                if on_wait is not None:
                    on_wait(seconds, error)
                if self._wait(seconds):
                    raise

    def _wait(self, seconds: float) -> bool:
        """Sleep; True if asked to stop meanwhile."""
        if self._stop is None:
            self._sleep(seconds)
            return False
        until = self._clock() + seconds
        while not self._stop():
            left = until - self._clock()
            if left <= 0:
                return False
            self._sleep(min(left, _STOP_CHECK_SECONDS))
        return True
