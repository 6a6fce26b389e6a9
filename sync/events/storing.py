"""Events are stored before they are answered: those that arrive at the same time together.

A transaction for each would be a wait for the disk for each. So whoever comes first stores what
has gathered behind him, and the others find theirs stored.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection

from sync.models import EventSubscription, ReceivedEvent

logger = logging.getLogger(__name__)

PATIENCE = 0.8  # seconds; five are given, and whoever is told to come later comes later

_MOST_GATHERED = 500
_LONGEST_REASON = 300


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
            if entries:
                _write(entries)
    finally:
        _turn.release()
    if not entry.is_stored:  # without a failure: who had it among others died of one of those
        raise entry.failure or Busy


def note_reason(subscription_id: int, reason: str) -> None:
    """Keep why Akeneo says that it suspended the subscription."""
    kept = " ".join(reason.replace("\x00", "").split())[:_LONGEST_REASON]
    EventSubscription.objects.filter(pk=subscription_id).update(noticed_reason=kept)


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
    except (DatabaseError, InterfaceError) as error:
        logger.warning("%s events could not be stored: %s", len(entries), type(error).__name__)
        for entry in entries:
            entry.failure = Busy
    else:
        for entry in entries:
            entry.is_stored = True


def _insert(entries: Sequence[_Entry]) -> None:
    """By one statement, which is a transaction by itself: one way to the database and back.

    What makes sure of it (whether the connection lives, beginning and ending a transaction) would
    be three more, for each event where few come at a time. A connection that died is replaced, and
    a statement that may have been carried out before it died does no harm twice.
    """
    events = [entry.event for entry in entries]
    with _impatient():
        connection.health_check_done = connection.connection is not None  # type: ignore[attr-defined]  # left out of the stubs
        try:
            _insert_ignoring_known(events)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or connection.is_usable():
                raise
            connection.close()
            _insert_ignoring_known(events)


def _insert_ignoring_known(events: Sequence[ReceivedEvent]) -> None:
    fields = [field for field in ReceivedEvent._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    values = [
        field.get_db_prep_save(getattr(event, field.attname), connection)
        for event in events
        for field in fields
    ]
    table = connection.ops.quote_name(ReceivedEvent._meta.db_table)
    rows = ", ".join([row] * len(events))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) VALUES {rows} ON CONFLICT DO NOTHING",  # noqa: S608  # nosec B608  # only names of ours
            values,
        )


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
