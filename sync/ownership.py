"""Who works on a run: the heartbeat, and whether its process is still there.

A run is taken up by whoever comes next once its heartbeat is older than 30 s, or at once when
the process that worked on it ran on this host and is gone.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from sync.models import Run

logger = logging.getLogger(__name__)


class RunLost(Exception):
    """Somebody else works on this run now, or it was ended: stop without another write."""


def new_owner() -> str:
    """Return a name for one piece of work of this process: host, pid, start time, nonce."""
    return "|".join([_host(), str(os.getpid()), _start_time(os.getpid()), secrets.token_hex(8)])


def claim(run: Run) -> bool:
    """Make a live run that nobody works on ours. A lost race is normal and returns False."""
    if not run.is_live or not is_free(run):
        return False
    owner, now = new_owner(), timezone.now()
    won = Run.objects.filter(pk=run.pk, owner=run.owner, status=run.status).update(
        owner=owner,
        status=Run.Status.RUNNING,
        not_before=None,
        heartbeat_at=now,
        started_at=run.started_at or now,
        updated_at=now,
    )
    if not won:
        return False
    run.refresh_from_db()
    return True


def is_free(run: Run) -> bool:
    """Return whether nobody works on this live run (any more)."""
    if not run.owner:
        return True
    if run.heartbeat_at < timezone.now() - Run.STALE_AFTER:
        return True
    host, pid, started, _ = run.owner.split("|")
    return host == _host() and _start_time(int(pid)) != started


def give_back(run: Run) -> bool:
    """Let a run that nobody works on wait as if it were new. False if somebody was faster."""
    row = Run.objects.filter(pk=run.pk, owner=run.owner, heartbeat_at=run.heartbeat_at)
    return bool(row.update(owner="", not_before=None, heartbeat_at=timezone.now()))


def lock(run: Run) -> None:
    """Within a transaction: hold the run's row, and make sure that it is still ours.

    Raises RunLost.
    """
    row = (
        Run.objects.select_for_update(no_key=True)
        .filter(pk=run.pk)
        .values_list("owner", "status")
        .first()
    )
    if row != (run.owner, Run.Status.RUNNING):
        raise RunLost(f"run {run.pk} is not ours any more")


def update(run: Run, **values: Any) -> None:
    """Within a transaction: as `lock`, and store these values of the run, in one statement."""
    ours = Run.objects.filter(pk=run.pk, owner=run.owner, status=Run.Status.RUNNING)
    if not ours.update(**values, updated_at=timezone.now()):
        raise RunLost(f"run {run.pk} is not ours any more")
    for name, value in values.items():
        setattr(run, name, value)


@contextmanager
def heartbeat(run: Run) -> Iterator[threading.Event]:
    """Keep the run's heartbeat going from a thread; the event is set once the run is lost."""
    ended, lost = threading.Event(), threading.Event()

    def beat() -> None:
        try:
            while not ended.wait(Run.HEARTBEAT.total_seconds()):
                _beat_once(run, lost)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat of run {run.pk}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        ended.set()
        thread.join()


def _beat_once(run: Run, lost: threading.Event) -> None:
    try:
        with transaction.atomic():
            ours = Run.objects.filter(pk=run.pk, owner=run.owner, status=Run.Status.RUNNING)
            if not ours.update(heartbeat_at=timezone.now()):
                lost.set()
    except DatabaseError:
        # The next beat tries again; if the database stays away the work itself will notice.
        logger.warning("No heartbeat for run %s: the database did not answer", run.pk)
        connection.close()


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
