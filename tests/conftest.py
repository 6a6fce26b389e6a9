"""What tests of any room may use."""

import signal
from itertools import count
from typing import Any

import pytest
from django.core.management.commands import flush
from django.db.backends.postgresql.operations import DatabaseOperations as PostgreSQL
from django.db.backends.sqlite3.base import DatabaseWrapper
from hypothesis import HealthCheck, settings

from sync import tallying
from tests.installation import Installation
from tests.migrated import fill_sqlite
from tests.network import network
from tests.queued import queue
from tests.world import app_url, make_world, receiver, waited, world

__all__ = [
    "app_url",
    "installation",
    "make_world",
    "network",
    "queue",
    "receiver",
    "waited",
    "world",
]

# The same sequences in each run: what failed once fails again. `long` is for make test-faults.
settings.register_profile(
    "usual",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    stateful_step_count=20,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
settings.register_profile(
    "long", settings.get_profile("usual"), max_examples=120, stateful_step_count=30
)
settings.load_profile("usual")


# A shell that runs something in the background has it ignore Ctrl-C, and so do the processes that
# it starts; those that tests start are to be interrupted.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


_truncate = PostgreSQL.sql_flush
_SQLite = DatabaseWrapper.ops_class
_delete = _SQLite.sql_flush
_flushes = count(1)
# Known from the code alone, as every migration leaves them: making them anew takes longer than the
# rest of a flush.
_KEPT = {"django_content_type", "auth_permission"}


def _sql_flush(self: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
    """Empty tables row by row: few have any, and truncating all of them takes 20 times as long.

    Now and then they are truncated all the same, or what was deleted would pile up in them.
    """
    tables = [table for table in tables if table not in _KEPT]
    if next(_flushes) % 25 == 0:
        return _truncate(self, style, tables, **options)
    statements = [
        "SET LOCAL session_replication_role = replica",  # no foreign key minds the order
        *(f"DELETE FROM {self.quote_name(table)}" for table in tables),  # noqa: S608  # our tables
    ]
    return ["; ".join(statements)]  # sent at once: going to and fro takes longer than they do


def _sql_flush_of_sqlite(self: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
    return _delete(self, style, [table for table in tables if table not in _KEPT], **options)


def _after_flush(verbosity: int, interactive: bool, db: str, **_: Any) -> None:
    """What `migrate` would do once more, but for what was kept."""
    tallying.install(using=db)


setattr(PostgreSQL, "sql_flush", _sql_flush)  # noqa: B010  # not for mypy to compare
setattr(_SQLite, "sql_flush", _sql_flush_of_sqlite)  # noqa: B010
setattr(flush, "emit_post_migrate_signal", _after_flush)  # noqa: B010


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the code, to be run as processes; its database is migrated (tests.migrated)."""
    installation = Installation(tmp_path_factory.mktemp("installation"))
    fill_sqlite(installation.folder / "var" / "ferry.sqlite3")
    return installation
