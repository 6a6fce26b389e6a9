"""Which process works on a row: its name, whether it is still there, and the row's heartbeat.

Who works on something claims its row first, and stops at its next step once the row is lost. A row
is taken up by whoever comes next once its heartbeat is older than STALE_AFTER, or at once when the
process that worked on it ran on this host and is gone.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Protocol

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.db.models.options import Options
from django.utils import timezone

logger = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=5)
STALE_AFTER = timedelta(seconds=30)
OWNER_LENGTH = 200


class Claimable(Protocol):
    """A row of a model with these fields; an empty owner means that nobody works on it."""

    _meta: ClassVar["Options[Any]"]  # subscriptable for type checkers only

    @property
    def pk(self) -> Any: ...
    @property
    def owner(self) -> str: ...
    @property
    def heartbeat_at(self) -> datetime: ...
    def refresh_from_db(self) -> None: ...


def new_owner() -> str:
    """Return a name for one piece of work of this process: host, pid, start time, nonce."""
    return "|".join([_host(), str(os.getpid()), _start_time(os.getpid()), secrets.token_hex(8)])


def is_free(row: Claimable) -> bool:
    """Return whether nobody works on this row (any more)."""
    if not row.owner or row.heartbeat_at < timezone.now() - STALE_AFTER:
        return True
    host, pid, started, _ = row.owner.split("|")
    return host == _host() and _start_time(int(pid)) != started


def claim(row: Claimable, still: Mapping[str, Any] | None = None, **values: Any) -> bool:
    """Make a free row ours, and store these values of it. A lost race is normal: returns False.

    `still`: what else must be in the database as it is here, besides the owner.
    """
    if not is_free(row):
        return False
    ours = {"owner": new_owner(), "heartbeat_at": timezone.now()}
    if not _ours(row, still or {}).update(**ours, **values):
        return False
    row.refresh_from_db()
    return True


def hold(row: Claimable, **still: Any) -> bool:
    """Within a transaction: lock the row. Return whether it is ours, with these values still."""
    rows = row._meta.base_manager.select_for_update(no_key=True).filter(pk=row.pk)
    return rows.values("owner", *still).first() == {"owner": row.owner, **still}


@contextmanager
def heartbeat(row: Claimable, **still: Any) -> Iterator[threading.Event]:
    """Keep the row's heartbeat going from a thread, as long as it is ours with these values.

    The event is set once the row is lost.
    """
    ended, lost = threading.Event(), threading.Event()
    name = f"{row._meta.model_name} {row.pk}"

    def beat() -> int:
        return _ours(row, still).update(heartbeat_at=timezone.now())

    def go_on() -> None:
        try:
            while not ended.wait(HEARTBEAT.total_seconds()):
                _beat_once(beat, name, lost)
        finally:
            connection.close()

    thread = threading.Thread(target=go_on, name=f"heartbeat of {name}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        ended.set()
        thread.join()


def _ours(row: Claimable, still: Mapping[str, Any]) -> QuerySet[Any]:
    return row._meta.base_manager.filter(pk=row.pk, owner=row.owner, **still)


def _beat_once(beat: Callable[[], int], name: str, lost: threading.Event) -> None:
    try:
        with transaction.atomic():
            if not beat():
                lost.set()
    except DatabaseError:
        # The next beat tries again; if the database stays away the work itself will notice.
        logger.warning("No heartbeat for %s: the database did not answer", name)
        connection.close()


def host_name() -> str:
    """Return the name of this host, as people know it."""
    return socket.gethostname()[:100]


@cache
def _host() -> str:
    """Return a name for this host and process namespace: two containers may share a host name."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return f"{socket.gethostname()}{namespace}".replace("|", "")[:100]


def _start_time(pid: int) -> str:
    """Return when the process started, so that a reused pid is told apart; empty if it is gone."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        fields = stat.read_text().rsplit(")", 1)[1].split()
    except OSError:
        return "" if Path("/proc/self/stat").exists() or not _exists(pid) else "there"
    return "" if fields[0] in ("Z", "X") else fields[19]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
