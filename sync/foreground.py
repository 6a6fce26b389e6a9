"""A run in the foreground, for the command: no worker needed, the same functions."""

import contextlib
import time
from collections.abc import Callable, Sequence

from catalogs.models import Catalog
from sync import ownership
from sync.execution import execute_run
from sync.model_recording import listing_keys
from sync.models import Run
from sync.runs import AlreadyRunning, create_run, finish, live_run

PATIENCE = 60  # seconds to wait for another run of the same catalog

_INTERRUPTED = "It was interrupted. The next run goes on from here."


class NotStarted(Exception):
    """No run was begun; `problem` says why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def run_here(
    catalog: Catalog,
    *,
    full: bool,
    dry_run: bool,
    products: Sequence[str] = (),
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Run:
    """Do one run to its end in this process, and return it; Ctrl-C stops it.

    With `products` it is about these alone.

    A run that a dead process left is taken up first; if it was not the run that was asked for,
    another follows. `sleep` is how that one waits too. Raises NotStarted when another run stays
    alive for a minute.
    """
    patience_ends = clock() + PATIENCE
    products = listing_keys(catalog, products)
    while True:
        _refuse_what_is_removed(catalog)
        run, is_new = _new_or_live(catalog, full=full, dry_run=dry_run, products=products)
        if run.dry_run == dry_run and ownership.claim(run):
            try:
                execute_run(run, sleep=sleep)
            except ownership.RunLost:
                continue
            except KeyboardInterrupt:
                with contextlib.suppress(ownership.RunLost):
                    finish(run, Run.Status.STOPPED, _INTERRUPTED)
                    return run
                raise
            # A run that is still live went with the catalog that it removed.
            if not run.is_live and (is_new or _suffices(run, full=full, products=products)):
                return run
        elif clock() >= patience_ends:
            raise NotStarted(
                f"Run {run.pk} of this catalog is under way. Try again when it has ended."
            )
        else:
            sleep(0.25)


def _refuse_what_is_removed(catalog: Catalog) -> None:
    there = Catalog.objects.filter(pk=catalog.pk)
    if not there.filter(removing_since=None).exists():
        raise NotStarted(
            f"The catalog “{catalog.name}” is being removed, so it is not synced any more. "
            "A worker carries that out."
        )


def _new_or_live(
    catalog: Catalog, *, full: bool, dry_run: bool, products: Sequence[str]
) -> tuple[Run, bool]:
    """Return a new run, or the live one that is in its way, and whether it is new.

    A dry run waits for a run that moves what it compares with, but takes up none of these.
    """
    live = live_run(catalog) if dry_run else None
    if live is not None and not ownership.is_free(live):
        return live, False
    mode = Run.Mode.FULL if full or dry_run else None
    if products:
        mode = Run.Mode.PRODUCT
    trigger = Run.Trigger.MANUAL
    try:
        return create_run(catalog, trigger, mode=mode, dry_run=dry_run, keys=products), True
    except AlreadyRunning as busy:
        return busy.run, False


def _suffices(run: Run, *, full: bool, products: Sequence[str]) -> bool:
    """Return whether a run that was taken up did what was asked for.

    Only a person's run gives parked listings one more try.
    """
    if run.dry_run:
        return True
    if products:
        return run.is_of_products and run.keys == sorted(set(products))
    modes = (Run.Mode.FULL,) if full else (Run.Mode.FULL, Run.Mode.DELTA)
    return run.trigger == Run.Trigger.MANUAL and run.mode in modes
