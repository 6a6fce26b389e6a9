"""Failures on request: what goes wrong, on which path, how often."""

import re
import threading
from dataclasses import dataclass
from typing import Any, Self

KINDS = {
    "429": "Too many requests, with Retry-After",
    "429-bare": "Too many requests, without Retry-After and with an empty body",
    "500": "Internal error, as JSON",
    "html": "A proxy's 502 page in HTML",
    "slow": "The answer comes late",
    "cut": "The body ends in the middle though Content-Length says otherwise",
    "early-end": "A page of a list has no next link",
    "error-200": "Status 200 with an error text, as of a disabled catalog",
    "disable": "The catalog is disabled and answers so",
    "disable-after-page": "A page is answered, then the catalog is disabled",
    "disconnect": "The app is disconnected, then the call is answered",
    "403-oversized": "The platform refuses the payload as too large",
    "413": "The PIM refuses the body as too large",
    "lines-cut": "Of what is written together only the first half is, and is answered",
    "line-422": "Of what is written together the one in the middle is refused",
    "late": "What was asked is done, then the answer comes late",
    "500-after": "What was asked is done, then the answer is an internal error",
}


@dataclass(slots=True)
class Fault:
    """One failure; `path` is a regular expression that is searched in the request's path.

    The first `after` matching requests pass, the next `times` fail. `seconds` is how late `slow`
    answers, `retry_after` what 429 says.
    """

    kind: str
    path: str = "."
    times: int = 1
    after: int = 0
    seconds: float = 1.0
    retry_after: int = 1

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read a fault. Raises ValueError with a sentence that says what is wrong."""
        if not isinstance(value, dict):
            raise ValueError("A fault is a JSON object.")
        unknown = value.keys() - {"kind", "path", "times", "after", "seconds", "retry_after"}
        if unknown:
            raise ValueError(f"A fault has no {', '.join(sorted(unknown))}.")
        if value.get("kind") not in list(KINDS):
            raise ValueError(f"The kind must be one of {', '.join(KINDS)}.")
        for name, least in (("times", 1), ("after", 0), ("retry_after", 0)):
            number = value.get(name, least)
            if type(number) is not int or number < least:
                raise ValueError(f"{name} must be a whole number from {least} on.")
        seconds = value.get("seconds", 1)
        if type(seconds) not in (int, float) or not 0 <= seconds <= 3600:
            raise ValueError("seconds must be a number from 0 to 3600.")
        path = value.get("path", ".")
        try:
            re.compile(path)
        except (re.error, TypeError):
            raise ValueError("The path must be a regular expression.") from None
        return cls(**value)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "path": self.path,
            "times": self.times,
            "after": self.after,
            "seconds": self.seconds,
            "retry_after": self.retry_after,
        }


class Faults:
    """The faults that wait. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Arm a fault; of several that match the oldest strikes first."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """What is still armed, with the numbers that are left."""
        with self._lock:
            return [fault.as_json() for fault in self._waiting]

    def next_for(self, path: str) -> Fault | None:
        """The fault that strikes a request for this path now; it is used up by one."""
        with self._lock:
            for fault in self._waiting:
                if fault.times == 0 or not re.search(fault.path, path):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
                return fault
        return None
