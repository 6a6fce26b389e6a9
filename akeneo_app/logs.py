"""Logging: one line an outcome on standard error, as key=value or JSON, without secrets."""

import logging
import os
import re
from typing import Any

import structlog

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_QUIET = (
    *("requests_oauthlib", "oauthlib", "urllib3"),
    *("django.db.backends", "django.template", "django.utils.autoreload"),
)

# Parts of addresses that let somebody in: the token of an invitation, and what a callback brings.
_SECRETS_OF_ADDRESSES = re.compile(r"(/invitations/|[?&](?:code|state)=)[^/?&#\s\"']+")


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
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=False)
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
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": renderer,
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
