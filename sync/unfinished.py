"""What a person may do about a run that has not ended: stop it, or have it taken up at once."""

import logging

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from connections import audit
from connections.audit import Action
from outbound.errors import ConfigurationError
from sync import ownership
from sync.models import Run
from sync.runs import finish

logger = logging.getLogger(__name__)


class RunStopped(ConfigurationError):
    """Somebody wants this run to end."""


def stop_run(run: Run, *, by: str) -> bool:
    """Have a run end at its next step; return whether it has ended already.

    It ends as by a pause: what a channel accepted is known, what was under way waits, and the next
    run goes on. One that nobody works on ends here. Raises ConfigurationError for a run that
    removes a catalog, which would only begin again, and for one that is over.
    """
    with transaction.atomic():
        rows = Run.objects.select_related("catalog__channel__connection")
        run = rows.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
        if not run.is_live:
            raise ConfigurationError(gettext("This run has ended already."))
        if run.catalog.removing_since is not None:
            raise ConfigurationError(
                gettext(
                    "This run removes the catalog, so another would begin where it stops. Decide "
                    "anew what becomes of its products instead."
                )
            )
        if run.stop_asked_at is None:
            run.stop_asked_at, run.stop_asked_by = timezone.now(), by[:255]
            run.save(update_fields=["stop_asked_at", "stop_asked_by", "updated_at"])
            audit.record(Action.RUN_STOPPED, run.catalog.connection, run.catalog.name, run=run.pk)
    if not ownership.claim(run):
        logger.info("Run %s is to stop at its next step", run.pk)
        return False
    finish(run, Run.Status.STOPPED, _words(by))
    return True


def notice_stop(run: Run) -> None:
    """Raise RunStopped if somebody wants this run to end. One query."""
    row = Run.objects.filter(pk=run.pk, stop_asked_at__isnull=False)
    if (by := row.values_list("stop_asked_by", flat=True).first()) is not None:
        raise RunStopped(_words(by))


def may_be_taken_up(run: Run) -> bool:
    """Return whether nobody works on this run: it is put off, or its process is gone."""
    return run.is_live and (run.is_put_off or ownership.is_free(run))


def take_up(run: Run) -> bool:
    """Give a run that nobody works on to the workers now; False if somebody has it by now."""
    from sync.tasks import work_on_run  # tasks call functions, this one function calls a task

    if not (may_be_taken_up(run) and ownership.give_back(run)):
        return False
    logger.info("Taking up run %s, because a person asked", run.pk)
    # As when it was created: a broker that cannot be reached is logged, and the next look finds it.
    transaction.on_commit(lambda: work_on_run.delay(run.pk), robust=True)
    return True


def _words(by: str) -> str:
    return f"It was stopped by {by or 'staff'}. Nothing is lost: the next run goes on from here."
