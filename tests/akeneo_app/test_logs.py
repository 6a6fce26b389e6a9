"""Log lines: for people or for collectors, and never with what a traceback's frames hold."""

import json
import logging
import sys

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
