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


def test_what_somebody_sent_begins_no_line_and_steers_no_terminal(lines):
    said = "No.\r\n2026-01-01T00:00:00Z [info     ] All is well\x1b[2J\u2028\x85\x00 à\tb"
    record = logging.LogRecord("any", logging.WARNING, "", 1, "It said: %s", (said,), None)
    record.exc_info = (ValueError, ValueError(said), None)

    line = lines("text").format(record)

    said_on_one = r"No.\r\n2026-01-01T00:00:00Z [info     ] All is well\x1b[2J\u2028\x85\x00 à"
    first, *others = line.split("\n")
    assert f"It said: {said_on_one}" in first
    assert all(one.startswith("  ") for one in others)
    assert not any(character in line for character in "\r\x1b\u2028\x85\x00")


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
        (f"/feeds/{'k-_9' * 10}abc/a.csv", "/feeds/***/a.csv"),
        ("/srv/feeds/products.jsonl", "/srv/feeds/products.jsonl"),
        (f"/webhooks/akeneo/{'k-_9' * 10}abc/status", "/webhooks/akeneo/***/status"),
        ("/alerts/confirm/WzEsInh4Il0:1t_x:Zk-9", "/alerts/confirm/***"),
        ("/alerts/stop/IjEyMzQi:1t_x:Zk-9", "/alerts/stop/***"),
        ("/alerts/webhook/change", "/alerts/webhook/change"),
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


RANDOM = "q7Rw2m9XzLk4Tn8Vb3Yc6Hd1"


@pytest.mark.parametrize(
    "spelling",
    [
        "GET /callback?code={}&state={}",
        "Authorization: Bearer {}",
        "{{'Authorization': 'Bearer {}'}}",
        '{{"access_token": "{}", "scope": "read_products"}}',
        "client_secret={}",
        "TokenAnswer(id_token='{}')",
        "code_challenge={}&code_identifier={}",
        "Cookie: sessionid={}; csrftoken={}",
        "X-Signature: {}",
        "postgresql password={}",
        "/invitations/{}",
        "token: {}",
    ],
)
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_what_opens_something_is_masked_however_it_got_there(lines, log_format, spelling):
    text = spelling.format(RANDOM, RANDOM)
    in_message = logging.LogRecord("any", logging.INFO, "", 1, text, (), None)
    in_traceback = record_of_failure()
    in_traceback.exc_info = (ValueError, ValueError(text), None)

    for record in (in_message, in_traceback):
        assert RANDOM not in lines(log_format).format(record)


@pytest.mark.parametrize("name", ["REDIS_URL", "CELERY_BROKER_URL"])
def test_the_password_of_an_address_of_the_settings_is_masked(lines, settings, name):
    setattr(settings, name, "redis://:hunter2%20secret@redis:6379/1")
    text = "no answer: redis://:hunter2%20secret@redis:6379/1, hunter2 secret"
    record = logging.LogRecord("any", logging.INFO, "", 1, text, None, None)

    assert "hunter2" not in lines("console").format(record)


def test_the_secrets_of_the_settings_are_masked_wherever_they_stand(lines, settings):
    settings.AKENEO_CLIENT_SECRET = "of-the-published-app"
    record = logging.LogRecord(
        "any",
        logging.INFO,
        "",
        1,
        "made with %s, %s and %s",
        (settings.SECRET_KEY, settings.ENCRYPTION_KEYS[0], "of-the-published-app"),
        None,
    )

    line = lines("text").format(record)

    assert "made with •••, ••• and •••" in line


@pytest.mark.parametrize("name", ["DEEPL_API_KEY", "METRICS_TOKEN", "EMAIL_HOST_PASSWORD"])
def test_so_are_those_of_services(name, lines, settings):
    setattr(settings, name, "of-a-service")
    record = logging.LogRecord("any", logging.INFO, "", 1, "sent of-a-service", None, None)

    assert "sent •••" in lines("text").format(record)


def test_so_are_earlier_keys_of_django(lines, settings):
    settings.SECRET_KEY_FALLBACKS = ["of-last-year"]
    record = logging.LogRecord("any", logging.INFO, "", 1, "signed by of-last-year", None, None)

    assert "signed by •••" in lines("text").format(record)


@pytest.mark.parametrize(
    "text",
    [
        "Run 7 ended: state=succeeded, status code: 404",
        "the code of the attribute is weight",
        "Batch 3 of run 7 waits 1.5 s: key=8f14e45f",
        "token endpoint: 400 invalid_grant",
    ],
)
def test_ordinary_words_stay(lines, text):
    record = logging.LogRecord("any", logging.INFO, "", 1, text, (), None)

    assert text in lines("text").format(record)
