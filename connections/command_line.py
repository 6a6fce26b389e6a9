"""How our commands speak: one JSON object or a sentence, and one line when they fail."""

import json
import logging
import sys
from collections.abc import Mapping
from logging.handlers import RotatingFileHandler
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from connections.audit import Actor, acting_as
from connections.models import Connection
from outbound.errors import OutboundError
from pim.urls import normalize_pim_url


class Refusal(CommandError):
    """A failing command's one line on standard error."""

    def __init__(self, message: str) -> None:
        super().__init__(_one_line(message))


class FerryCommand(BaseCommand):
    """A command with `--json`; as a process, without traceback or log lines on the terminal.

    Subclasses implement `run`, which returns nothing and speaks through `say`.
    """

    requires_system_checks: list[str] = []  # they print, and a command speaks for itself

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def run_from_argv(self, argv: list[str]) -> None:
        try:
            _log_to_file()
        except OSError as error:
            sys.exit(f"The log cannot be written: {error}. Its folder lies in VAR_FOLDER.")
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json: bool = options["json"]
        try:
            _refuse_undecodable(options)
            with acting_as(self._actor):
                self.run(**options)
        except OutboundError as error:
            raise Refusal(error.message) from error
        except DatabaseError as error:
            raise Refusal(
                f"The database cannot be used: {_first_line(error)}. Check DATABASE_URL, and that "
                "`python manage.py migrate` has run."
            ) from error
        except OSError as error:  # of our locks: channels and PIMs have errors of their own
            what, why = error.filename or "A file", error.strerror or str(error)
            raise Refusal(f"{what} cannot be used: {why}. See VAR_FOLDER.") from error

    def _actor(self) -> Actor:
        return Actor.command(type(self).__module__.rpartition(".")[2])

    def run(self, **options: Any) -> None:
        raise NotImplementedError  # each command says it

    def say(self, sentence: str, answer: Mapping[str, Any]) -> None:
        """Print the answer as one JSON object, or the sentence, either on one line."""
        self.stdout.write(json.dumps(answer) if self.as_json else _one_line(sentence))


def connection_at(pim_url: str) -> Connection:
    """Return the connection to this PIM. Raises Refusal with the way out."""
    url = normalize_pim_url(pim_url)
    connection = Connection.objects.filter(pim_url=url).first()
    if connection is None:
        raise Refusal(f"No PIM is known at {url}. Register it with register_pim, then connect.")
    return connection


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _refuse_undecodable(options: Mapping[str, Any]) -> None:
    """Refuse arguments whose bytes are no text, without repeating them: one may be a secret."""
    try:
        json.dumps(options, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise Refusal(
            "The arguments are not valid text in the encoding of this terminal."
        ) from None


def _log_to_file() -> None:
    """Send this process's log lines to the log file instead of the terminal."""
    folder = settings.STATE_FOLDER / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    for name in (None, "django"):
        logger = logging.getLogger(name)
        for handler in list(logger.handlers):
            if type(handler) is logging.StreamHandler:
                to_file = RotatingFileHandler(
                    folder / "commands.log", maxBytes=5_000_000, backupCount=3
                )
                to_file.setFormatter(handler.formatter)
                logger.removeHandler(handler)
                logger.addHandler(to_file)
