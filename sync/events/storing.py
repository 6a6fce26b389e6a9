"""Events are stored before they are answered: those that arrive at the same time together.

A transaction for each would be a wait for the disk for each. So whoever comes first stores what
has gathered behind him, and the others find theirs stored.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, IntegrityError, connection

from sync.models import ReceivedEvent

logger = logging.getLogger(__name__)

PATIENCE = 0.8  # seconds; five are given, and whoever is told to come later comes later

_MOST_GATHERED = 500


class Busy(Exception):
    """It could not be stored in time. It may have been all the same: sent again it is known."""


class NobodyListens(Exception):
    """The subscription is gone by now."""


@dataclass(slots=True, eq=False)
class _Entry:
    event: ReceivedEvent
    is_stored: bool = False
    failure: type[Exception] | None = None

    @property
    def is_settled(self) -> bool:
        return self.is_stored or self.failure is not None


_lock = threading.Lock()
_turn = threading.Lock()
_gathered: list[_Entry] = []


def store(event: ReceivedEvent) -> None:
    """Store it, unless it is known. Raises Busy and NobodyListens."""
    entry = _Entry(event)
    with _lock:
        if len(_gathered) >= _MOST_GATHERED:
            raise Busy
        _gathered.append(entry)
    if not _turn.acquire(timeout=PATIENCE):
        raise Busy
    try:
        if not entry.is_settled:
            with _lock:
                entries = _gathered[:]
                _gathered.clear()
            _write(entries)
    finally:
        _turn.release()
    if entry.failure is not None:
        raise entry.failure


def _write(entries: Sequence[_Entry]) -> None:
    """Settle all of them, whatever happens."""
    try:
        _insert(entries)
    except IntegrityError:
        if len(entries) > 1:
            for entry in entries:
                _write([entry])
        else:
            entries[0].failure = NobodyListens
    except DatabaseError as error:
        logger.warning("%s events could not be stored: %s", len(entries), type(error).__name__)
        for entry in entries:
            entry.failure = Busy
    else:
        for entry in entries:
            entry.is_stored = True


def _insert(entries: Sequence[_Entry]) -> None:
    events = [entry.event for entry in entries]
    with _impatient():
        ReceivedEvent.objects.bulk_create(events, ignore_conflicts=True)


@contextmanager
def _impatient() -> Iterator[None]:
    """Let SQLite, whose writers queue for each other, not wait for longer than a sender would."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {round(PATIENCE * 1000)}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
