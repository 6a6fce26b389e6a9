"""Log lines: for people or for collectors, and never with what a traceback's frames hold."""

import json
import logging
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from akeneo_app import logs


@pytest.fixture
def lines(monkeypatch):
    """A formatter as the settings make it."""

    def lines(log_format):
        monkeypatch.setenv("LOG_FORMAT", log_format)
        made = dict(logs.configuration("DEBUG")["formatters"]["lines"])
        return made.pop("()")(**made)

    return lines


def record_of_failure():
    def fail():
        token = "planted-token"
        raise ValueError(f"{len(token)} characters")

    try:
        fail()
    except ValueError:
        return logging.LogRecord(
            "sync", logging.ERROR, __file__, 1, "Run %s failed", (7,), sys.exc_info()
        )


def test_text_is_for_people(lines):
    line = lines("text").format(record_of_failure())

    assert "[error    ] Run 7 failed" in line
    assert "[sync]" in line
    assert "ValueError: 13 characters" in line
    assert "planted-token" not in line


def test_json_is_one_object_on_one_line(lines):
    line = lines("json").format(record_of_failure())

    answer = json.loads(line)
    assert "\n" not in line
    assert (answer["event"], answer["level"], answer["logger"]) == (
        "Run 7 failed",
        "error",
        "sync",
    )
    assert "ValueError: 13 characters" in answer["exception"]
    assert answer["timestamp"].endswith("Z")


ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/invitations/tok-en_1", "/invitations/***"),
        ("/invitations/tok-en_1?x=1", "/invitations/***?x=1"),
        ("/oauth/callback?code=planted&state=planted", "/oauth/callback?code=***&state=***"),
        ("/products/7?q=code", "/products/7?q=code"),
    ],
)
def test_what_gunicorn_logs_of_an_address_opens_nothing(caplog, address, shown):
    log = SimpleNamespace(access_log=logging.getLogger("a"), error_log=logging.getLogger("e"))
    runpy.run_path(str(ROOT / "gunicorn.conf.py"))["on_starting"](SimpleNamespace(log=log))

    log.access_log.warning("%(r)s 200 %(f)s", {"r": f"GET {address}", "f": address})
    log.error_log.warning("Error handling request %s", address)

    assert caplog.messages == [
        f"GET {shown} 200 {shown}",
        f"Error handling request {shown}",
    ]
