"""A PIM that means harm with a file: it costs one file, and neither memory nor patience."""

import ast
import gzip
import io
import struct
import threading
import tracemalloc
import zlib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from outbound.errors import AnswerTooLarge, TransientError
from outbound.guard import AddressPolicy
from outbound.retry import Retrier
from outbound.session import GuardedSession
from pim.client import PimClient

ROOT = Path(__file__).parents[2]
ROOMS = ["akeneo_app", "pages", "sync", "catalogs", "connections", "channels", "pim", "outbound"]
PATH = "/api/rest/v1/media-files/a/b_front.png/download"
MEGABYTE = 1024 * 1024


class Sink:
    """Counts, and keeps the beginning."""

    def begin(self):
        self.size, self.first = 0, b""

    def write(self, chunk):
        self.size += len(chunk)
        self.first = (self.first + chunk)[:1000]


@contextmanager
def liar(answer):
    """A PIM whose answer to everything is what `answer` writes; it says so on a raw line."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            try:
                answer(self.wfile)
            except OSError:
                self.close_connection = True  # the app has hung up

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def client(url, *, total_seconds=20.0):
    policy = AddressPolicy(hosts=None, insecure=True)
    session = GuardedSession(policy, total_seconds=total_seconds)
    retrier = Retrier(sleep=lambda seconds: None, random=lambda: 1.0)
    return PimClient(url, "planted-token-0123456789", session=session, retrier=retrier)


def head(*lines):
    said = ["HTTP/1.1 200 OK", "Content-Type: image/png", *lines, "", ""]
    return "\r\n".join(said).encode()


def test_a_stream_without_an_end_is_left_at_the_bound():
    def answer(out):
        out.write(head("Transfer-Encoding: chunked"))
        while True:
            out.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")

    sink = Sink()
    with liar(answer) as url, pytest.raises(AnswerTooLarge):
        client(url).download(PATH, sink, max_bytes=2 * MEGABYTE)

    assert sink.size <= 2 * MEGABYTE


def test_a_stream_that_only_drips_is_left_at_its_deadline():
    over = threading.Event()

    def answer(out):
        out.write(head("Content-Length: 1000000"))
        while not over.wait(0.05):
            out.write(b"x")
            out.flush()

    with liar(answer) as url:
        with pytest.raises(TransientError):
            client(url, total_seconds=0.3).download(PATH, Sink())
        over.set()


def test_less_than_was_promised_is_no_file():
    def answer(out):
        out.write(head("Content-Length: 1000", "Connection: close") + b"\x89PNG")
        raise ConnectionError

    with liar(answer) as url, pytest.raises(TransientError):
        client(url).download(PATH, Sink())


def test_more_than_was_promised_does_not_pass_for_the_next_file():
    answers = iter(range(100))

    def answer(out):
        number = next(answers)
        smuggled = head("Content-Length: 4") + b"evil" if number == 0 else b""
        out.write(head("Content-Length: 4") + b"%04d" % number + smuggled)

    first, second = Sink(), Sink()
    with liar(answer) as url:
        pim = client(url)
        pim.download(PATH, first)
        pim.download(PATH, second)

    assert first.first == b"0000"
    assert second.first != b"evil"


def test_what_grows_without_bound_when_it_is_unpacked_is_left():
    packed = gzip.compress(bytes(300 * MEGABYTE), 9)

    def answer(out):
        out.write(head("Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed)

    with liar(answer) as url:
        tracemalloc.start()
        try:
            with pytest.raises(AnswerTooLarge):
                client(url).download(PATH, Sink(), max_bytes=20 * MEGABYTE)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert peak < 200 * MEGABYTE


def test_a_picture_that_claims_to_be_huge_is_passed_on_unopened():
    bomb = picture_of(60_000, 60_000)

    def answer(out):
        out.write(head(f"Content-Length: {len(bomb)}") + bomb)

    sink = Sink()
    with liar(answer) as url:
        client(url).download(PATH, sink)

    assert (sink.size, sink.first) == (len(bomb), bomb)


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_opens_pictures(room):
    """What is never decoded cannot be a bomb: nothing of the app imports what would."""
    imported = {
        name.split(".")[0]
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [one.name for one in node.names]
        )
    }

    assert not imported & {"PIL", "cv2", "wand", "imageio", "pyvips"}


def picture_of(width, height):
    """A PNG of a few bytes whose header promises that many pixels."""
    out = io.BytesIO(b"\x89PNG\r\n\x1a\n")
    out.seek(0, io.SEEK_END)
    for kind, content in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(100))),
        (b"IEND", b""),
    ):
        body = kind + content
        out.write(struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body)))
    return out.getvalue()
