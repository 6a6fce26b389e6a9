"""Who works on a run: whoever claimed it, until its process is gone or silent."""

import threading
from contextlib import AbstractContextManager
from typing import Any

from django.utils import timezone

from connections import workers
from connections.workers import is_free
from sync.models import Run

__all__ = ["RunLost", "claim", "give_back", "heartbeat", "is_free", "lock", "update"]


class RunLost(Exception):
    """Somebody else works on this run now, or it was ended: stop without another write."""


def claim(run: Run) -> bool:
    """Make a live run that nobody works on ours. A lost race is normal and returns False."""
    now = timezone.now()
    return run.is_live and workers.claim(
        run,
        {"status": run.status},
        status=Run.Status.RUNNING,
        not_before=None,
        started_at=run.started_at or now,
        updated_at=now,
    )


def give_back(run: Run) -> bool:
    """Let a run that nobody works on wait as if it were new. False if somebody was faster."""
    row = Run.objects.filter(pk=run.pk, owner=run.owner, heartbeat_at=run.heartbeat_at)
    return bool(row.update(owner="", not_before=None, heartbeat_at=timezone.now()))


def lock(run: Run) -> None:
    """Within a transaction: hold the run's row, and make sure that it is still ours.

    Raises RunLost.
    """
    if not workers.hold(run, status=Run.Status.RUNNING):
        raise RunLost(f"run {run.pk} is not ours any more")


def update(run: Run, **values: Any) -> None:
    """Within a transaction: as `lock`, and store these values of the run, in one statement."""
    ours = Run.objects.filter(pk=run.pk, owner=run.owner, status=Run.Status.RUNNING)
    if not ours.update(**values, updated_at=timezone.now()):
        raise RunLost(f"run {run.pk} is not ours any more")
    for name, value in values.items():
        setattr(run, name, value)


def heartbeat(run: Run) -> AbstractContextManager[threading.Event]:
    """Keep the run's heartbeat going from a thread; the event is set once the run is lost."""
    return workers.heartbeat(run, status=Run.Status.RUNNING)
