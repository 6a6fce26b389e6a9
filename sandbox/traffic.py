"""How much an app asks of the PIM: calls, calls at once, calls a second."""

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Traffic:
    """Counters since the start or the last reset. Safe for threads.

    Seconds are those of time.time(), by which callers keep their pace: where a test lets time pass
    without waiting, it passes for both.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._clear()

    def _clear(self) -> None:
        self._requests: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()
        self._most: Counter[str] = Counter(self._running)
        self._most_in_all = self._running.total()
        self._recent: deque[float] = deque()
        self._most_a_second = 0

    def reset(self) -> None:
        """Start again from nothing; calls under way still count as running."""
        with self._lock:
            self._clear()

    @contextmanager
    def call(self, client_id: str) -> Iterator[None]:
        """Count a call as running; `client_id` is empty for one without a valid token."""
        with self._lock:
            self._running[client_id] += 1
            self._most[client_id] = max(self._most[client_id], self._running[client_id])
            self._most_in_all = max(self._most_in_all, self._running.total())
            self._recent.append(self._forget_other_seconds())
            self._most_a_second = max(self._most_a_second, len(self._recent))
        try:
            yield
        finally:
            with self._lock:
                self._running[client_id] -= 1

    def answered(self, template: str, status: int) -> None:
        """Count an answer; `template` is method and path without its variable parts."""
        with self._lock:
            self._requests[template] += 1
            self._statuses[status] += 1

    def as_json(self) -> dict[str, Any]:
        """The counters; `most_concurrent.apps` by client id."""
        with self._lock:
            self._forget_other_seconds()
            return {
                "requests": dict(self._requests),
                "total": self._requests.total(),
                "statuses": {str(status): n for status, n in sorted(self._statuses.items())},
                "too_many_requests": self._statuses[429],
                "most_concurrent": {
                    "pim": self._most_in_all,
                    "apps": {key: n for key, n in self._most.items() if key},
                },
                "last_second": len(self._recent),
                "most_in_a_second": self._most_a_second,
            }

    def _forget_other_seconds(self) -> float:
        """Keep the calls of the last second alone; return the time. Clocks may be set back."""
        now = time.time()
        while self._recent and not now - 1 < self._recent[0] <= now:
            self._recent.popleft()
        return now
