"""The stand-in on a loopback port: Shopify's Admin API, its store for uploads and its results."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from werkzeug.formparser import parse_form_data

from channels.shopify.shop import SCOPES
from tests.channels.shopify import files
from tests.channels.shopify.execution import name_of, run
from tests.channels.shopify.state import Shop

TOKEN = "shpat_tell-nobody-7f3a"
PATH = "/admin/api/2026-07/graphql.json"


@dataclass
class Fault:
    """Happens once to a call of this name: "" is any, and "upload" and "results" are no calls.

    "answer" is said instead of what was asked for; "lost" does it and says nothing.
    """

    call: str
    how: Literal["answer", "lost"] = "answer"
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class StandIn:
    shop: Shop
    faults: list[Fault] = field(default_factory=list)
    always: Fault | None = None  # to every call, as long as it is set
    tokens: list[str] = field(default_factory=list)

    def fault_for(self, name: str) -> Fault | None:
        if self.always and self.always.call in ("", name):
            return self.always
        for fault in self.faults:
            if fault.call in ("", name):
                self.faults.remove(fault)
                return fault
        return None


@contextmanager
def running_shop(**told: Any) -> Iterator[StandIn]:
    """A shop with what is told of it; at the end nothing may be left that nobody taught it."""
    scopes = {*SCOPES, *(one.replace("write_", "read_") for one in SCOPES)}
    stand_in = StandIn(Shop(**{"token": TOKEN, "scopes": scopes, **told}))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece: two would wait 40 ms for each other
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.startswith("/upload/"):
                self._receive(body)
            else:
                self._answer_call(body)

        def do_GET(self) -> None:
            self._note_token()
            fault = stand_in.fault_for("results")
            content = stand_in.shop.results.get(self.path)
            if fault:
                self._say(fault.status, fault.body or b"", fault.headers)
            else:
                self._say(200 if content is not None else 404, content or b"")

        def _note_token(self) -> None:
            if self.headers.get("X-Shopify-Access-Token"):
                stand_in.shop.leaks.append(self.path)

        def _receive(self, body: bytes) -> None:
            self._note_token()
            fault = stand_in.fault_for("upload")
            if fault and fault.how == "answer":
                return self._say(fault.status, fault.body or b"")
            environ = {
                "wsgi.input": io.BytesIO(body),
                "CONTENT_TYPE": self.headers["Content-Type"],
                "CONTENT_LENGTH": str(len(body)),
                "REQUEST_METHOD": "POST",
            }
            _, form, uploads = parse_form_data(environ)
            file = uploads["file"]
            status = files.receive(
                stand_in.shop, dict(form), str(file.filename), file.stream.read()
            )
            if fault:
                return self._hang_up()
            return self._say(status, b"<xml/>")

        def _answer_call(self, body: bytes) -> None:
            shop = stand_in.shop
            if self.headers.get("X-Shopify-Access-Token") != shop.token:
                return self._say_json(401, {"errors": "[API] Invalid API key or access token"})
            if self.path != PATH:
                return self._say_json(404, {"errors": "Not Found"})
            sent = json.loads(body)
            name = name_of(sent["query"])
            shop.calls.append(name)
            fault = stand_in.fault_for(name)
            if fault and fault.how == "answer":
                said = fault.body if isinstance(fault.body, bytes) else json.dumps(fault.body)
                return self._say(fault.status, said, fault.headers)
            with lock:
                answer = run(shop, sent["query"], sent["variables"])
            return self._hang_up() if fault else self._say_json(200, answer)

        def _hang_up(self) -> None:
            self.close_connection = True

        def _say_json(self, status: int, content: Any) -> None:
            self._say(status, json.dumps(content))

        def _say(
            self, status: int, content: bytes | str, headers: dict[str, str] | None = None
        ) -> None:
            body = content.encode() if isinstance(content, str) else content
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # the adapter hangs up on what has no end
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    lock = threading.Lock()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in.shop.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert stand_in.shop.loud == [], stand_in.shop.loud
    assert stand_in.shop.leaks == [], stand_in.shop.leaks
