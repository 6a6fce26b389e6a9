"""Calling a worker for what has arrived: once for many events, a moment later."""

import logging
import threading
import time
from typing import Any

from celery import Task
from kombu.exceptions import OperationalError

from sync.events.listeners import Listener
from sync.models import ReceivedEvent
from sync.tasks import look_at_events, work_on_events

logger = logging.getLogger(__name__)

# The worker begins so many seconds after it was called: who comes before that need not call.
DELAY = 1.0
_COVERED = 0.7
_PATIENCE = 0.3
_AFTER_FAILURE = 30.0  # whoever looks every half minute finds what waits as well

_lock = threading.Lock()
_quiet_until: dict[tuple[str, int], float] = {}


def call_for_events(listener: Listener, event: ReceivedEvent) -> None:
    """Have a worker look at the events soon; there is no hurry with what wakes nothing."""
    if not event.is_own and event.entity != ReceivedEvent.Entity.OTHER:
        _call(work_on_events, listener)


def call_for_notice(listener: Listener) -> None:
    """Have a worker ask how the subscription stands."""
    _call(look_at_events, listener)


def _call(task: "Task[Any, Any]", listener: Listener) -> None:
    """Call a worker, unless one was called a moment ago.

    A broker that does not answer keeps nobody waiting: the call goes on by itself.
    """
    now = time.monotonic()
    key = (task.name, listener.pk)
    with _lock:
        if _quiet_until.get(key, 0.0) > now:
            return
        _quiet_until[key] = now + _COVERED
    call = threading.Thread(target=_publish, args=(task, key), name="calling", daemon=True)
    call.start()
    call.join(_PATIENCE)


def _publish(task: "Task[Any, Any]", key: tuple[str, int]) -> None:
    try:
        task.apply_async((key[1],), countdown=DELAY, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("No worker could be called for events: %s", type(error).__name__)
        with _lock:
            _quiet_until[key] = time.monotonic() + _AFTER_FAILURE
