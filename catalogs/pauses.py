"""People pause a catalog or a channel: until a date, or until somebody resumes it.

A paused catalog is not synced at all. Of a paused channel the catalogs are read, and nothing is
sent to it. What a channel asks for by `Retry-After` is something else: `sync/pauses.py`.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from catalogs.models import Catalog, Channel
from catalogs.schedules import apply_schedule
from catalogs.wording import when
from connections import audit
from connections.audit import Action, Actor
from outbound.errors import ConfigurationError

LONGEST = timedelta(days=5 * 365)
_FIELDS = ["paused_at", "pause_ends_at", "pause_reason", "paused_by"]


class Paused(ConfigurationError):
    """A catalog is not synced: somebody paused it."""


@transaction.atomic
def pause(row: Catalog | Channel, *, reason: str = "", until: datetime | None = None) -> None:
    """Pause it; what stands on the channel stays there. Doing it again replaces reason and date.

    Raises ConfigurationError for a date that is no end of a pause.
    """
    check_end(until)
    _lock(row)
    reason = " ".join(reason.split())[:200]
    if row.is_paused and (row.pause_reason, row.pause_ends_at) == (reason, until):
        return
    row.paused_at, row.pause_ends_at = timezone.now(), until
    row.pause_reason, row.paused_by = reason, audit.present_actor().name
    _save(row)
    audit.record(
        Action.PAUSED,
        row.connection,
        row.name,
        what=_noun(row),
        reason=row.pause_reason,
        until=until.isoformat() if until else None,
    )


def check_end(until: datetime | None) -> None:
    """Raise ConfigurationError for a date that is no end of a pause."""
    now = timezone.now()
    if until is not None and not now < until < now + LONGEST:
        raise ConfigurationError(
            gettext(
                "A pause ends in the future, within five years. Leave the date out if it shall "
                "last until somebody resumes it."
            )
        )


@transaction.atomic
def resume(row: Catalog | Channel, *, by: Actor | None = None) -> bool:
    """End the pause. False if there is none any more."""
    _lock(row)
    if row.paused_at is None:
        return False
    row.paused_at, row.pause_ends_at, row.pause_reason, row.paused_by = None, None, "", ""
    _save(row)
    audit.record(Action.RESUMED, row.connection, row.name, by=by, what=_noun(row))
    return True


def end_pauses() -> int:
    """Tidy away the pauses whose date has come, and let schedules go on; return how many."""
    over = {"pause_ends_at__lte": timezone.now(), "paused_at__isnull": False}
    catalogs = Catalog.objects.filter(**over).select_related("channel__connection")
    channels = Channel.objects.filter(**over).select_related("connection")
    return sum(_end(row) for row in [*catalogs, *channels])


def refuse_while_paused(catalog: Catalog) -> None:
    """Raise Paused, with a sentence that says by whom and until when, while it is paused."""
    if catalog.is_paused:
        said = gettext("The catalog is %(paused)s Resume it to sync it again.")
        raise Paused(said % {"paused": paused_in_words(catalog)})


def paused_in_words(row: Catalog | Channel) -> str:
    """Return: paused by Mary Smith until Monday 06:00 (Europe/Paris): Stocktaking."""
    names = {"who": row.paused_by or gettext("somebody"), "reason": row.pause_reason.rstrip(".")}
    if row.pause_ends_at is None:
        if names["reason"]:
            return gettext("paused by %(who)s: %(reason)s.") % names
        return gettext("paused by %(who)s.") % names
    names["when"] = when(row.pause_ends_at, row.connection.zone)
    if names["reason"]:
        return gettext("paused by %(who)s until %(when)s: %(reason)s.") % names
    return gettext("paused by %(who)s until %(when)s.") % names


@transaction.atomic
def _end(row: Catalog | Channel) -> bool:
    _lock(row)
    still_over = row.pause_ends_at is not None and row.pause_ends_at <= timezone.now()
    return still_over and resume(row)


def _lock(row: Catalog | Channel) -> None:
    """Hold the row, and know what others have made of it meanwhile."""
    type(row)._default_manager.select_for_update().get(pk=row.pk)
    row.refresh_from_db(fields=_FIELDS)


def _save(row: Catalog | Channel) -> None:
    # Not `updated_at`: a channel whose settings changed has its feed written anew.
    row.save(update_fields=_FIELDS)
    if isinstance(row, Catalog):
        apply_schedule(row)


def _noun(row: Catalog | Channel) -> str:
    return "catalog" if isinstance(row, Catalog) else "channel"
