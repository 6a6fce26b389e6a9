"""Time, as far as the adapter waits: for the throttle, for files and for bulk operations."""

import time


class Clock:
    def now(self) -> float:
        """Return seconds of a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
