"""Watches the whole suite for secrets that get out; a pytest plugin, see `addopts`.

Whatever a test stores encrypted, and what it plants with `plant`, is a secret. Every response of
Django's client, log record, error of ours, output of a command and of a program that a test starts
is searched for it; a test that let one out fails. It only listens: nothing behaves otherwise.
"""

import functools
import logging
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_SHORTEST = 12  # what is shorter is found everywhere
_known: set[str] = set()
_leaks: list[str] = []
_may_show = False


def plant(secret: str) -> str:
    """Let the rest of this test fail if the secret is seen anywhere."""
    _learn([secret])
    return secret


def look_at(where: str, *texts: object) -> None:
    """Search what got out for secrets; the texts are made only if there is one to search for."""
    if not _known:
        return
    for text in map(_text, texts):
        if any(secret in text for secret in _known):
            _leaks.append(where)


@contextmanager
def shown_once() -> Iterator[None]:
    """Within it an answer may hold a secret: whoever has it made is shown it, then and never again.

    It must not stand in headers, logs or errors all the same.
    """
    global _may_show
    _may_show = True
    try:
        yield
    finally:
        _may_show = False


def pytest_sessionstart() -> None:
    from django.core.management.base import CommandError, OutputWrapper
    from django.test import Client

    from connections.fields import EncryptedTextField
    from outbound.errors import OutboundError

    def stored(self: Any, value: Any) -> None:
        if not isinstance(value, EncryptedTextField.as_stored):
            _learn(value.values() if isinstance(value, dict) else [value])

    def answered(response: Any) -> None:
        body = b"" if response.streaming or _may_show else response.content
        where = f"the answer to {response.request.get('PATH_INFO', '')}"
        look_at(where, body, *response.headers.values())

    def raised(self: Any, *args: Any, **kwargs: Any) -> None:
        look_at(f"a {type(self).__name__}", *args, *kwargs.values())

    _before(EncryptedTextField, "get_prep_value", stored)
    _after(Client, "request", answered)
    for error in (OutboundError, CommandError):
        _before(error, "__init__", raised)
    _before(OutputWrapper, "write", lambda self, text="", *args, **kwargs: look_at("output", text))
    _watch_programs()
    for name in (None, "django"):
        logging.getLogger(name).addHandler(_LogWatch())


@pytest.fixture(autouse=True)
def no_secret_gets_out() -> Any:
    _known.clear()
    _leaks.clear()
    yield
    leaks = sorted(set(_leaks))
    _known.clear()
    _leaks.clear()
    assert not leaks, f"A secret got out in {', '.join(leaks)}."


class _LogWatch(logging.Handler):
    """Looks at records before anything masks them: the first net must hold by itself."""

    def emit(self, record: logging.LogRecord) -> None:
        text = logging.Formatter().format(record)
        look_at(f"a log line of {record.name}", text)


def _watch_programs() -> None:
    @functools.wraps(subprocess.run)
    def run(*args: Any, **kwargs: Any) -> Any:
        command = [str(part) for part in (args[0] if args else kwargs["args"])]
        for option, value in zip(command, command[1:], strict=False):
            if option == "--client-secret" or value.startswith("secret="):
                _learn([value.removeprefix("secret=")])
        done = original(*args, **kwargs)
        look_at(f"what {command[:3]} printed", done.stdout or "", done.stderr or "")
        return done

    original = subprocess.run
    subprocess.run = run


def _before(owner: Any, name: str, listen: Callable[..., None]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        listen(*args, **kwargs)
        return original(*args, **kwargs)

    setattr(owner, name, call)


def _after(owner: Any, name: str, listen: Callable[[Any], None]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        listen(result)
        return result

    setattr(owner, name, call)


def _learn(values: Iterable[object]) -> None:
    _known.update(one for one in values if isinstance(one, str) and len(one) >= _SHORTEST)


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
