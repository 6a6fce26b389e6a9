"""A run in the foreground, for the command: no worker needed, the same functions."""

import time
from collections.abc import Callable

from catalogs.models import Catalog
from sync import ownership
from sync.execution import execute_run
from sync.models import Run
from sync.runs import AlreadyRunning, create_run, finish

PATIENCE = 60  # seconds to wait for another run of the same catalog


class Busy(Exception):
    """Another run of the catalog is alive: `run`."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"run {run.pk} is alive")
        self.run = run


def run_here(
    catalog: Catalog,
    *,
    full: bool,
    dry_run: bool,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Run:
    """Do one run to its end in this process.

    A run that a dead process left is taken up first; if it was not the run that was asked for,
    another follows. `sleep` is how that one waits too. Raises Busy when another run stays alive
    for a minute.
    """
    patience_ends = clock() + PATIENCE
    mode = Run.Mode.FULL if full or dry_run else None
    while True:
        try:
            run = create_run(catalog, Run.Trigger.MANUAL, mode=mode, dry_run=dry_run)
            fresh = True
        except AlreadyRunning as busy:
            run, fresh = busy.run, False
        if ownership.claim(run):
            done = _work_on(run, sleep)
            if done and (fresh or _suffices(run, full=full)):
                return run
        elif clock() >= patience_ends:
            if fresh:
                continue
            raise Busy(run)
        else:
            sleep(0.25)


def _work_on(run: Run, sleep: Callable[[float], None]) -> bool:
    """Execute the run; return False if another process took it over meanwhile."""
    try:
        execute_run(run, sleep=sleep)
    except ownership.RunLost:
        return False
    except KeyboardInterrupt:
        finish(run, Run.Status.STOPPED, "Interrupted. The next run goes on from here.")
        raise
    return True


def _suffices(run: Run, *, full: bool) -> bool:
    return run.mode == Run.Mode.FULL or (run.mode == Run.Mode.DELTA and not full)
