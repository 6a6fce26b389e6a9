"""A receiver for the `http` channel on a loopback port, which a test can script."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def content(self):
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        expected = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(self.headers["X-Signature"] or "", f"sha256={expected}")


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def answer_json(content: object, status: int = 200) -> Answer:
    body = json.dumps(content).encode()
    return Answer(status, body, {"Content-Type": "application/json"})


@dataclass
class Receiver:
    """Behaves like a shop with one secret; `script` answers instead, as long as it is set.

    `answers` answer one call each, before that; `on_call` is told of each call first, and may
    answer it. `called` tells of the first call; all wait until `open` is set.
    """

    url: str = ""
    secret: str = ""
    script: Answer | None = None
    answers: list[Answer] = field(default_factory=list)
    on_call: Callable[[Received], Answer | None] = lambda received: None
    refuses: dict[str, str] = field(default_factory=dict)
    products: dict[str, object] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    received: list[Received] = field(default_factory=list)
    called: threading.Event = field(default_factory=threading.Event)
    open: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def answer(self, received: Received) -> Answer:
        self.received.append(received)
        self.called.set()
        self.open.wait(timeout=60)
        if answer := self.on_call(received):
            return answer
        if self.answers:
            return self.answers.pop(0)
        if self.script:
            return self.script
        if self.secret and not received.is_signed_with(self.secret):
            return answer_json({"error": f"This is not signed with {self.secret}."}, 401)
        return self.carry_out(received)

    def carry_out(self, received: Received) -> Answer:
        content = received.content
        return answer_json(
            {"results": [self._take(content["action"], item) for item in content["items"]]}
        )

    def _take(self, action: str, item: dict[str, object]) -> dict[str, object]:
        key = str(item["key"])
        if action == "withdraw":
            self.products.pop(key, None)
            self.hidden.discard(key)
        elif action == "hide":
            self.hidden.add(key)
        elif key in self.refuses:
            return {"key": key, "status": "rejected", "message": self.refuses[key]}
        else:
            self.products[key] = item["document"]
            self.hidden.discard(key)
        return {"key": key, "status": "ok", "external_id": f"shop-{key}"}


@contextmanager
def running_receiver(**attributes) -> Iterator[Receiver]:
    receiver = Receiver(**attributes)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # whoever called died meanwhile: no shop takes half a call
                self.close_connection = True
                return
            answer = receiver.answer(Received(self.command, self.path, self.headers, body))
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_HEAD = do_OPTIONS = handle_any

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
