"""What was seen is remembered together with what is to be read because of it, or not at all."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import Connection
from sync import ownership
from sync.dependencies.kinds import Look
from sync.dependencies.naming import Named
from sync.models import Run, Watched
from sync.to_read import have_everything_read, have_read


@transaction.atomic
def remember(
    run: Run, row: Watched, look: Look, catalogs: list[Catalog], named: Named | None
) -> None:
    """Keep what a look found, and note in these catalogs what is named; None: everything.

    A run that reads everything answers for its own catalog, also if it does not come to its end:
    there everything stays noted until one does. Nothing is kept where somebody else looked
    meanwhile. Raises RunLost.
    """
    ownership.lock(run)
    row.seen = {code: list(told) for code, told in look.seen.items()}
    row.watermark, row.problem = look.begun, ""
    if not _save(row) or not look.found_something:
        return
    if run.mode == Run.Mode.FULL and run.catalog in catalogs:
        have_everything_read([run.catalog])
    if named is None:
        have_everything_read(one for one in catalogs if not answers_for(run, one))
    else:
        have_read(catalogs, products=named.products, models=named.models)


@transaction.atomic
def remember_refusal(run: Run, row: Watched, problem: str) -> None:
    """Keep why something could not be looked at; what changes meanwhile is found later."""
    ownership.lock(run)
    row.problem = problem
    _save(row)


def answers_for(run: Run, catalog: Catalog) -> bool:
    """Whether the run reads everything of this catalog anyway."""
    return run.mode == Run.Mode.FULL and run.catalog_id == catalog.pk


def new_row(connection: Connection, kind: Watched.Kind, of: str, watermark: datetime) -> Watched:
    return Watched(
        connection=connection, kind=kind, of=of, watermark=watermark, looked_at=timezone.now()
    )


def _save(row: Watched) -> bool:
    """Save the row, unless another look did since it was loaded."""
    before, row.looked_at = row.looked_at, timezone.now()
    if row.pk:
        return bool(
            Watched.objects.filter(pk=row.pk, looked_at=before).update(
                packed=row.packed,
                watermark=row.watermark,
                problem=row.problem,
                looked_at=row.looked_at,
                updated_at=row.looked_at,
            )
        )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return False
    return True
