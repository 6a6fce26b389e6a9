"""A record of what apps and the PIM said to each other: one JSON object a line."""

import base64
import json
import threading
from pathlib import Path
from typing import Any

from flask import Request, Response


class Recorder:
    """Appends every exchange to a file. Safe for threads.

    Tokens and codes are kept as they are: they open nothing but this sandbox.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        # Raises OSError now rather than at the first exchange.
        self._file = path.open("a", encoding="utf-8")

    def add(self, request: Request, response: Response, fault: str | None = None) -> None:
        """Write one exchange; `fault` names what made the answer wrong on purpose."""
        exchange: dict[str, Any] = {
            "method": request.method,
            "path": request.path,
            "query": request.query_string.decode("ascii", "replace"),
            "request_headers": list(request.headers.items()),
            "request_body": _body(request.get_data()),
            "status": response.status_code,
            "response_headers": list(response.headers.items()),
            "response_body": _body(response.get_data()),
        }
        if fault is not None:
            exchange["id"] = f"fault:{fault}"
        line = json.dumps(exchange, ensure_ascii=False)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()

    def close(self) -> None:
        """Finish the file."""
        with self._lock:
            self._file.close()


def _body(raw: bytes) -> str | dict[str, str] | None:
    if not raw:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode("ascii")}
