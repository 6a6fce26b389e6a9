"""How many calls of one kind the PIM takes in a second (pim-contract.md 3.7)."""

import threading
import time
from collections import deque


class Pace:
    """Counts calls by a clock that nobody sets. Safe for threads."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second  # 0 for any number
        self._lock = threading.Lock()
        self._recent: deque[float] = deque()

    def is_kept(self) -> bool:
        """Count a call; whether the PIM takes it. One that it does not take does not count."""
        if not self.per_second:
            return True
        now = time.monotonic()
        with self._lock:
            while self._recent and self._recent[0] <= now - 1:
                self._recent.popleft()
            if len(self._recent) >= self.per_second:
                return False
            self._recent.append(now)
            return True
