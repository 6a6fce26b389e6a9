"""Logging: one line an outcome on standard error, as key=value or JSON, without secrets."""

import logging
import os
import re
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from outbound.redaction import MASK, redact

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_QUIET = (
    *("requests_oauthlib", "oauthlib", "urllib3", "paramiko", "boto3", "botocore", "s3transfer"),
    *("django.db.backends", "django.template", "django.utils.autoreload"),
)

_OF_SETTINGS = (
    *("SECRET_KEY", "AKENEO_CLIENT_SECRET", "DEEPL_API_KEY", "METRICS_TOKEN"),
    "EMAIL_HOST_PASSWORD",
)
# Parts of addresses that let somebody in: the token of an invitation, what a callback brings, the
# key of a feed's address (which no folder called feeds looks like), that of one for events, the
# links in mails.
_SECRETS_OF_ADDRESSES = re.compile(
    r"(/invitations/|[?&](?:code|state)=|/webhooks/akeneo/|/alerts/(?:confirm|stop)/|"
    r"/feeds/(?=[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])))"
    r"[^/?&#\s\"']+"
)


# Names that stand before a secret in addresses, forms, JSON, headers and what `repr` prints. The
# second kind are ordinary words too, so only a value that looks random is masked.
_BEFORE = r"""\\?["']?\s*[=:]\s*(?:\\?["'])?"""
_MASKED = (
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)[a-z0-9._~+/=-]{8,}"),
    re.compile(
        r"(?i)((?:access_token|id_token|refresh_token|client_secret|code_challenge|"
        r"code_identifier|password|passwd|api_key|sessionid|csrftoken|csrfmiddlewaretoken|"
        rf"x-signature|authorization){_BEFORE})[^\s\"'&,;}})]{{6,}}"
    ),
    re.compile(rf"(?i)(\b(?:code|state|secret|token|key){_BEFORE})[a-z0-9._~+/=-]{{24,}}"),
    _SECRETS_OF_ADDRESSES,
)


def masked(line: str) -> str:
    """Return a line without what opens something: a second net, where the first has a hole."""
    for pattern in _MASKED:
        line = pattern.sub(rf"\1{MASK}", line)
    return redact(line, (value for value in _literal_secrets() if len(value) >= 8))


_STEERING = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def _on_one_line(logger: Any, method: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    """Let nobody whose words are logged begin a line, or steer the terminal it is read at.

    Lines of a traceback are set in.
    """
    said = {**line, "event": _written_out(str(line["event"]))}
    if traceback := said.get("exception"):
        said["exception"] = "\n".join(f"  {_written_out(one)}" for one in traceback.split("\n"))
    return said


def _written_out(text: str) -> str:
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _literal_secrets() -> Iterator[str]:
    """Yield the secrets that the settings hold."""
    for name in _OF_SETTINGS:
        with suppress(ImproperlyConfigured):  # how Django says that SECRET_KEY is empty
            yield str(getattr(settings, name, ""))
    for name in ("SECRET_KEY_FALLBACKS", "ENCRYPTION_KEYS"):
        yield from map(str, getattr(settings, name, []))
    yield str(settings.DATABASES["default"].get("PASSWORD") or "")
    for name in ("REDIS_URL", "CELERY_BROKER_URL"):
        with suppress(ValueError):
            password = urlsplit(str(getattr(settings, name, "") or "")).password or ""
            yield from (password, unquote(password))


class MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks the whole line, with its context and its traceback, last of all."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class WithoutSecretsOfAddresses(logging.Filter):
    """Masks what opens something in the addresses that a line names."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        masked = _SECRETS_OF_ADDRESSES.sub(r"\1***", text)
        if masked != text:
            record.msg, record.args = masked, ()
        return True


def configuration(level: str) -> dict[str, Any]:
    """Return Django's LOGGING. LOG_FORMAT=json turns lines into JSON objects.

    Raises ValueError for what is no level.
    """
    level = level.upper()
    if level not in _LEVELS:
        raise ValueError("no level")
    json_lines = os.environ.get("LOG_FORMAT", "text") == "json"
    renderers: list[Any] = (
        [structlog.processors.JSONRenderer()]
        if json_lines
        else [_on_one_line, structlog.dev.ConsoleRenderer(colors=False)]
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": MaskingFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *renderers,
                ],
                "foreign_pre_chain": shared,
            }
        },
        "filters": {"addresses": {"()": WithoutSecretsOfAddresses}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "lines",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        # At DEBUG they log bodies, SQL and whole contexts of pages, and with them tokens, codes
        # and the keys of sessions.
        "loggers": {name: {"level": "WARNING"} for name in _QUIET}
        | {"django": {"handlers": ["stderr"], "level": level, "propagate": False}}
        # Each names the address of a request that it refused.
        | {
            name: {"filters": ["addresses"], "level": level}
            for name in ("django.request", "django.security.csrf")
        },
    }
