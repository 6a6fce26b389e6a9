"""Stands between an adapter and a real shop: counts what is said, and breaks it as a test wants."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from tests.channels.receiver import Answer

_OPERATION = re.compile(rb"(?:query|mutation) (\w+)")


@dataclass(frozen=True)
class Said:
    """One call of the adapter: the name of its operation, and its variables unless it has files."""

    operation: str
    variables: Any


@dataclass
class Between:
    """Passes everything on to `target`, unless there is a `script` to answer instead.

    Answers to the operation `loses` get lost on their way back, as often as it says.
    """

    target: str
    url: str = ""
    script: Answer | None = None
    loses: dict[str, int] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)

    def count(self, operation: str) -> int:
        return sum(one.operation == operation for one in self.said)

    @property
    def changes(self) -> list[str]:
        """The operations that changed something, in their order."""
        reading = ("About", "Standing", "BySku", "BySlug", "Known", "BySource", "Groups", "Facets")
        return [
            one.operation
            for one in self.said
            if one.operation not in (*reading, "FacetsByCode", "Collections", "Check", "Shops")
        ]

    def answer(self, headers: dict[str, str], body: bytes) -> Answer | None:
        """The answer to one call; None to hang up."""
        found = _OPERATION.search(body)
        operation = found[1].decode() if found else ""
        is_json = headers.get("Content-Type") == "application/json"
        variables = json.loads(body)["variables"] if is_json else None
        self.said.append(Said(operation, variables))
        if self.script:
            return self.script
        answered = requests.post(self.target, data=body, headers=headers, timeout=60)
        if self.loses.get(operation, 0) > 0:
            self.loses[operation] -= 1
            return None
        kind = answered.headers.get("Content-Type", "")
        return Answer(answered.status_code, answered.content, {"Content-Type": kind})


@contextmanager
def standing_between(target: str) -> Iterator[Between]:
    between = Between(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            skipped = ("host", "content-length", "connection", "accept-encoding")
            headers = {k: v for k, v in self.headers.items() if k.lower() not in skipped}
            answer = between.answer(headers, body)
            self.close_connection = True  # also when nothing is answered
            if answer is None:
                return
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    between.url = f"http://127.0.0.1:{server.server_port}/admin-api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield between
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
