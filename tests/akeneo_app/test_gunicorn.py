"""What gunicorn.conf.py has gunicorn do with each request."""

import runpy
import socket

from gunicorn.config import Config
from gunicorn.http import get_parser

from tests.programs import ROOT

HALF = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"


def test_whoever_falls_silent_within_a_request_holds_no_thread_for_ever():
    ours = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    sender, receiver = socket.socketpair()
    with sender, receiver:
        sender.sendall(HALF)
        request = next(get_parser(Config(), receiver, ("192.0.2.1", 1)))
        assert receiver.gettimeout() is None

        ours["pre_request"](None, request)

        assert receiver.gettimeout() == ours["SILENCE"]
