"""Which process works on a row: its name, whether it is still there, and the row's heartbeat.

A row is taken up by whoever comes next once its heartbeat is older than STALE_AFTER, or at once
when the process that worked on it ran on this host and is gone.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

logger = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=5)
STALE_AFTER = timedelta(seconds=30)
OWNER_LENGTH = 200


def new_owner() -> str:
    """Return a name for one piece of work of this process: host, pid, start time, nonce."""
    return "|".join([_host(), str(os.getpid()), _start_time(os.getpid()), secrets.token_hex(8)])


def is_free(owner: str, heartbeat_at: datetime) -> bool:
    """Return whether nobody works (any more) on what this owner worked on, at this time last."""
    if not owner or heartbeat_at < timezone.now() - STALE_AFTER:
        return True
    host, pid, started, _ = owner.split("|")
    return host == _host() and _start_time(int(pid)) != started


@contextmanager
def heartbeat(beat: Callable[[], int], name: str) -> Iterator[threading.Event]:
    """Keep a row's heartbeat going from a thread; the event is set once the row is lost.

    `beat` writes the heartbeat and returns how many rows were still ours.
    """
    ended, lost = threading.Event(), threading.Event()

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


def _beat_once(beat: Callable[[], int], name: str, lost: threading.Event) -> None:
    try:
        with transaction.atomic():
            if not beat():
                lost.set()
    except DatabaseError:
        # The next beat tries again; if the database stays away the work itself will notice.
        logger.warning("No heartbeat for %s: the database did not answer", name)
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
