"""Keep the Tally: install what writes it, add up its differences, count everything anew."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from sync.models import Tally
from sync.tally_sql import COUNT_ALL, DIALECTS, WRONG, Dialect

# Rows, at the end of a run and while one goes on: a page reads a thousand in a millisecond.
FEW, MANY = 200, 2000


def install(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Install the triggers where one is missing, and count what was there before.

    After every `migrate`. Writers wait meanwhile; a million listings take about a second.
    """
    with _locked(using) as (cursor, dialect):
        cursor.execute(dialect.find_tables)
        if len(cursor.fetchall()) < 2:
            return  # migrated to before there was a tally
        cursor.execute(dialect.find_triggers)
        if {name for (name,) in cursor.fetchall()} == dialect.triggers:
            return
        for statement in (*dialect.install, "DELETE FROM sync_tally", COUNT_ALL):
            cursor.execute(statement)


def make_way(*, plan: Sequence[Any], using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Remove the triggers before SQLite migrates; they come back after it, with a count.

    It renames no table while a trigger names one that is just being made anew.
    """
    if plan and connections[using].vendor == "sqlite":
        remove(using=using)


def remove(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Remove the triggers, for a migration to before there was a tally."""
    with _locked(using) as (cursor, dialect):
        for statement in dialect.remove:
            cursor.execute(statement)


def add_up(*, more_than: int = 0) -> None:
    """Replace the differences by their sums, if there are more rows than that.

    Writers go on, and readers see either the one or the other.
    """
    if Tally.objects.count() <= more_than:
        return
    with _locked() as (cursor, dialect):
        for statement in dialect.add_up:
            cursor.execute(statement)


def count_anew() -> int:
    """Count all listings and replace the tally; return how many of its numbers were wrong.

    For databases that were changed without their triggers. Writers go on: what they change
    meanwhile is in the differences that they add.
    """
    with _locked() as (cursor, dialect):
        cursor.execute(WRONG)
        (wrong,) = cursor.fetchone()
        for statement in dialect.count_anew:
            cursor.execute(statement)
    return int(wrong)


@contextmanager
def _locked(using: str = DEFAULT_DB_ALIAS) -> Iterator[tuple[Any, Dialect]]:
    """Open a transaction in which nobody else adds up or counts anew."""
    dialect = DIALECTS[connections[using].vendor]
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        if dialect.lock:
            cursor.execute(dialect.lock)
        yield cursor, dialect
