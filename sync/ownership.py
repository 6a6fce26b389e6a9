"""Who works on a run: whoever claimed it, until its process is gone or silent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from connections import workers
from sync.models import Run


class RunLost(Exception):
    """Somebody else works on this run now, or it was ended: stop without another write."""


def claim(run: Run) -> bool:
    """Make a live run that nobody works on ours. A lost race is normal and returns False."""
    if not run.is_live or not is_free(run):
        return False
    owner, now = workers.new_owner(), timezone.now()
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
    return workers.is_free(run.owner, run.heartbeat_at)


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

    def beat() -> int:
        ours = Run.objects.filter(pk=run.pk, owner=run.owner, status=Run.Status.RUNNING)
        return ours.update(heartbeat_at=timezone.now())

    with workers.heartbeat(beat, f"run {run.pk}") as lost:
        yield lost
