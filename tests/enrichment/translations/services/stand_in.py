"""A server that answers as DeepL's documentation says it does, on loopback."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "3f9a-planted-key:fx"
_SOURCES = {"EN", "FR", "DE", "PT", "ZH", "NB"}
_TARGETS = {"EN-GB", "EN-US", "FR", "DE", "PT-BR", "PT-PT", "ZH-HANS", "ZH-HANT", "NB"}


def in_other_words(text: str) -> str:
    """What it makes of a text: another one of the same length, with all that is no letter in it."""
    return text if text.startswith("<") else f"» {text}"


class StandIn:
    """What it was asked, and how it answers.

    `received` are the bodies that were answered with translations. `answers` go before all else:
    (status, headers, body), one a call. `translates` is how it makes one text of another. To those
    that it is `silent_about` it gives no translation; with `leaves_out` its answers are shorter by
    them.
    """

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.answers: deque[tuple[int, dict[str, str], bytes]] = deque()
        self.calls = 0
        self.used, self.limit = 0, 500_000
        self.translates: Callable[[str], str] = in_other_words
        self.silent_about: set[str] = set()
        self.leaves_out = False
        self.url = ""
        self._held: threading.Event | None = None
        self._arrived = threading.Event()

    @property
    def texts(self) -> list[str]:
        return [text for body in self.received for text in body["text"]]

    def fail(self, status: int, times: int = 1, **headers: str) -> None:
        body = json.dumps({"message": "planted words"}).encode()
        self.answers += [(status, headers, body)] * times

    @contextmanager
    def holding(self) -> Iterator[threading.Event]:
        """Keep back all but the first: the event says that one more was asked for."""
        self._held = threading.Event()
        try:
            yield self._arrived
        finally:
            self.release()

    def release(self) -> None:
        if self._held is not None:
            self._held.set()
        self._held = None

    def answer(self, path: str, key: str, content: bytes) -> tuple[int, dict[str, str], bytes]:
        self.calls += 1
        if self.answers:
            return self.answers.popleft()
        if key != f"DeepL-Auth-Key {KEY}":
            return 403, {}, b""
        if path == "/v2/usage":
            return _json(200, {"character_count": self.used, "character_limit": self.limit})
        if len(content) > 128 * 1024:
            return 413, {}, b""
        return self._translate(json.loads(content))

    def _translate(self, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        if body["source_lang"] not in _SOURCES or body["target_lang"] not in _TARGETS:
            return _json(400, {"message": "Value for 'target_lang' not supported."})
        if len(body["text"]) > 50:
            return _json(400, {"message": "Too many texts."})
        characters = sum(map(len, body["text"]))
        if self.used + characters > self.limit:
            return _json(456, {"message": "Quota Exceeded"})
        held = self._held
        if held is not None and self.received:
            self._arrived.set()
            held.wait(60)
            return _json(503, {"message": "Held back."})
        self.used += characters
        self.received.append(body)
        told = [
            {} if text in self.silent_about else {"text": self.translates(text)}
            for text in body["text"]
            if not (self.leaves_out and text in self.silent_about)
        ]
        return _json(200, {"translations": told})


def _json(status: int, body: object) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


@contextmanager
def standing_in() -> Iterator[StandIn]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, content: bytes) -> None:
            key = self.headers.get("Authorization", "")
            status, headers, body = stand_in.answer(self.path, key, content)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
