"""Start and end runs."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalogs.models import Catalog
from catalogs.setting_up import start
from catalogs.wording import counted
from sync import ownership, tallying, to_read
from sync.model_recording import listing_keys
from sync.models import Batch, Checkpoint, Departure, KeyPage, Listing, Run, Tally
from sync.models.runs import RunQuerySet

logger = logging.getLogger(__name__)

FULL_EVERY = timedelta(days=1)  # parents, options and assets change without moving a date
OVERLAP = timedelta(minutes=10)  # the PIM's search index lags behind its writes


class AlreadyRunning(Exception):
    """Another run of the catalog is under way: `run`."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"run {run.pk} is under way")
        self.run = run


def start_run(
    catalog: Catalog,
    trigger: Run.Trigger,
    *,
    mode: Run.Mode | None = None,
    dry_run: bool = False,
    started_by: str = "",
    keys: Sequence[str] = (),
    undoes: Run | None = None,
) -> Run:
    """Create a run and queue it for the workers on commit. Raises AlreadyRunning."""
    from sync.tasks import work_on_run  # tasks call functions, this one function calls a task

    run = create_run(
        catalog,
        trigger,
        mode=mode,
        dry_run=dry_run,
        started_by=started_by,
        keys=keys,
        undoes=undoes,
    )
    # A broker that cannot be reached is logged: the run is there, and found by the next look.
    transaction.on_commit(lambda: work_on_run.delay(run.pk), robust=True)
    return run


def create_run(
    catalog: Catalog,
    trigger: Run.Trigger,
    *,
    mode: Run.Mode | None = None,
    dry_run: bool = False,
    started_by: str = "",
    keys: Sequence[str] = (),
    undoes: Run | None = None,
) -> Run:
    """Create a queued run. The constraint, not a look before, keeps it the only live one.

    A dry run is beside it, and one of its kind at a time as well.

    Without a mode: everything if nothing was read yet or the nightly full run is overdue, what
    changed otherwise. Raises AlreadyRunning.
    """
    mode = mode or mode_due(catalog)
    run = Run(
        catalog=catalog,
        mode=mode,
        trigger=trigger,
        dry_run=dry_run,
        started_by=started_by[:255],
        keys=listing_keys(catalog, keys),
        undoes=undoes,
        since=since_for(catalog) if mode == Run.Mode.DELTA else None,
    )
    while True:
        try:
            with transaction.atomic():
                run.save()
            return run
        except IntegrityError:
            live = live_run(catalog, dry_run=dry_run)
            if live is not None:
                raise AlreadyRunning(live) from None
            if not Catalog.objects.filter(pk=catalog.pk).exists():
                raise
            # It ended in this very moment.


def push_what_waits(catalog: Catalog, *, by: str = "") -> Run:
    """Start a run that sends what waits; one that is under way takes it along."""
    try:
        return start_run(catalog, Run.Trigger.MANUAL, mode=Run.Mode.PUSH, started_by=by)
    except AlreadyRunning as busy:
        return busy.run


def live_run(catalog: Catalog, *, dry_run: bool = False) -> Run | None:
    live = Run.objects.live().filter(catalog=catalog, dry_run=dry_run)
    return live.exclude(mode=Run.Mode.SAMPLE).first()


def last_read(catalog: Catalog, *, mode: Run.Mode | None = None) -> Run | None:
    """Return the last run that read its part of the catalog to the end."""
    runs = Run.objects.filter(catalog=catalog, dry_run=False, read_at__isnull=False)
    if mode is not None:
        runs = runs.filter(mode=mode)
    return runs.order_by("-read_at").first()


def mode_due(catalog: Catalog) -> Run.Mode:
    full = last_read(catalog, mode=Run.Mode.FULL)
    if full is None or full.read_at is None or full.read_at < timezone.now() - FULL_EVERY:
        return Run.Mode.FULL
    return Run.Mode.FULL if is_full_due(full) else Run.Mode.DELTA


def is_full_due(run: Run) -> bool:
    """Whether what this run read, or would read as a delta, is not enough: all may be another."""
    return is_outdated(run) or to_read.is_everything_due(run.catalog)


def is_outdated(run: Run) -> bool:
    """Whether products say something else since, although no date of theirs tells of it.

    The catalog was made again in the PIM, with another mapping, or its content was set anew.
    """
    moments = (run.catalog.made_again_at, run.catalog.content_changed_at)
    return any(moment is not None and run.created_at < moment for moment in moments)


def since_for(catalog: Catalog) -> datetime | None:
    last = last_read(catalog)
    return last.watermark - OVERLAP if last and last.watermark else None


def promote_to_full(run: Run) -> None:
    """Read all products instead of those that changed; the listing stays. Raises RunLost."""
    with transaction.atomic():
        ownership.lock(run)
        run.checkpoints.exclude(part=Checkpoint.Part.LISTING).delete()
        run.key_pages.exclude(part=Checkpoint.Part.LISTING).delete()
        run.mode, run.since, run.pulled = Run.Mode.FULL, None, 0
        run.save(update_fields=["mode", "since", "pulled", "updated_at"])
        to_read.claim(run)


def enter(run: Run, phase: Run.Phase) -> None:
    """Record what the run does now. Raises RunLost."""
    with transaction.atomic():
        ownership.lock(run)
        run.phase, run.note = phase, ""
        run.save(update_fields=["phase", "note", "updated_at"])


def note(run: Run, text: str) -> None:
    """Say what the run waits for; a display, so no lock is worth it."""
    run.note = text[:500]
    Run.objects.filter(pk=run.pk, owner=run.owner).update(note=run.note)


def put_off(run: Run, until: datetime, why: str) -> None:
    """Let it wait in the queue, at its checkpoint, with nobody working on it. Raises RunLost."""
    with transaction.atomic():
        ownership.update(
            run,
            status=Run.Status.QUEUED,
            owner="",
            not_before=until,
            setbacks=run.setbacks,
            note=why[:500],
            heartbeat_at=timezone.now(),
        )
    logger.info("Run %s is put off until %s: %s", run.pk, until, why)


def wake(runs: RunQuerySet) -> int:
    """Let runs that are put off go on at the next look."""
    put_off_ones = runs.filter(status=Run.Status.QUEUED, not_before__isnull=False)
    return put_off_ones.update(not_before=timezone.now(), updated_at=timezone.now())


def finish(
    run: Run,
    status: Run.Status,
    problem: str = "",
    *,
    note: str = "",
    is_refused: bool = False,
) -> None:
    """End the run. Open batches of it go back to their listings. Raises RunLost.

    `note`: what waits although all is well. `is_refused`: the channel takes nothing from us.
    """
    from sync.batches import dissolve

    with transaction.atomic():
        ownership.lock(run)
        for batch in Batch.objects.filter(run=run, state=Batch.State.OPEN):
            dissolve(run, batch)
        KeyPage.objects.filter(run=run).delete()
        Departure.objects.filter(run=run).delete()
        Checkpoint.objects.filter(run=run).delete()
        run.refresh_from_db()
        if not run.dry_run:
            run.held = Tally.objects.filter(catalog=run.catalog_id).held().total()
        if status == Run.Status.SUCCEEDED and run.held and not run.dry_run:
            status = Run.Status.HELD
            problem = held_problem(run.catalog)
        run.status, run.problem, run.note = status, problem, note
        run.is_refused = is_refused
        run.finished_at = timezone.now()
        run.save()
        if is_first_sync(run) and status in Run.ENDED_WELL:
            start(run.catalog)
    tallying.add_up(more_than=tallying.FEW)
    logger.info("Run %s ended: %s %s", run.pk, status, problem)


def is_first_sync(run: Run) -> bool:
    """Whether it is to send all of a catalog that is still being set up."""
    return run.mode == Run.Mode.FULL and not run.dry_run and not run.catalog.is_started


def held_problem(catalog: Catalog) -> str:
    """Say what waits for a person's decision. A query for each kind."""
    tallies = Tally.objects.filter(catalog=catalog)
    counts = {because: tallies.held_because(because).total() for because in _HELD_WORDS}
    said = [
        f"{counted(counts[because], *words)}."
        for because, words in _HELD_WORDS.items()
        if counts[because]
    ]
    said.append("Nothing of that goes out until somebody confirms it on the catalog's page.")
    return " ".join(said)


_HELD_WORDS = {
    Listing.Held.LEFT: (
        "product has left the catalog, more than usual at once",
        "products have left the catalog, more than usual at once",
    ),
    Listing.Held.EMPTIED: (
        "product would lose a value that many others lose too",
        "products would lose a value, suspiciously many at once",
    ),
    Listing.Held.GREW: (
        "new product has come, more at once than the catalog had",
        "new products have come, more at once than the catalog had",
    ),
}
