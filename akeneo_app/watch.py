"""Worker and scheduler show that they are there, and watch each other, from a thread of each."""

import logging
import threading
from datetime import datetime
from typing import Any

from celery.signals import beat_init, worker_ready
from django.db import connections
from django.utils import timezone

logger = logging.getLogger(__name__)

_EVERY = 60.0  # seconds


@worker_ready.connect
def watch_in_worker(**kwargs: Any) -> None:
    _start(is_worker=True)


@beat_init.connect
def watch_in_scheduler(**kwargs: Any) -> None:
    _start(is_worker=False)


def _start(*, is_worker: bool) -> None:
    thread = threading.Thread(target=_go_on, args=(is_worker,), name="watch", daemon=True)
    thread.start()


def _go_on(is_worker: bool) -> None:
    """Look every minute, for as long as the process lives."""
    since, pause = timezone.now(), threading.Event()
    while True:
        try:
            look(is_worker, since)
        except Exception:  # a fault of ours is logged; who watches must not fall silent
            logger.exception("The installation could not be watched")
        finally:
            connections.close_all()  # no process is forked with one of ours
        pause.wait(_EVERY)


def look(is_worker: bool, since: datetime) -> None:
    """Show that this process is there; then look at the others."""
    # Here, since Celery reads this module before Django knows its models.
    from sync.alerts.life import look_at_disks, show_life
    from sync.alerts.watching import watch
    from sync.models import SignOfLife

    if is_worker:
        show_life(SignOfLife.Part.WORKER)
        look_at_disks()
    watch(since)
