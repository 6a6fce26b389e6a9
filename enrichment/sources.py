"""Sources: added, changed, paused and removed, with a record of it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from connections import audit
from connections.audit import Action
from connections.enriching import may_write
from connections.installation import Standing, standing
from connections.languages import translated
from connections.models import Connection
from enrichment.locations import server_of
from enrichment.models import Source

_SETTABLE = (
    *("name", "location", "settings", "every", "approved"),
    *("may_create", "may_create_options", "empty_erases"),
)


@transaction.atomic
def add_source(connection: Connection, kind: Source.Kind, values: dict[str, Any]) -> Source:
    """Add a source. `values` are those that a person sets, `secret` among them if it needs one."""
    source = Source(connection=connection, kind=kind, **values)
    source.next_look_at = _next_look(source)
    source.save()
    audit.record(Action.SOURCE_CREATED, connection, source, kind=kind.value)
    return source


@transaction.atomic
def change_source(source: Source, values: dict[str, Any]) -> None:
    """Change what a person sets of it. An empty secret leaves the stored one at its server.

    It goes nowhere else: who changes the server has to know the secret. What was wrong at the last
    look is forgotten, as it was about what was set before.
    """
    changed = [name for name in _SETTABLE if values[name] != getattr(source, name)]
    has_moved = server_of(values["location"]) != server_of(source.location)
    for name in _SETTABLE:
        setattr(source, name, values[name])
    if values.get("secret") or has_moved:
        source.secret = values.get("secret", "")
        changed.append("secret")
    if changed:
        source.next_look_at, source.problem = _next_look(source), ""
        source.save(update_fields=[*_SETTABLE, "secret", "next_look_at", "problem", "updated_at"])
        audit.record(Action.SOURCE_CHANGED, source.connection, source, changed=changed)


@transaction.atomic
def set_paused(source: Source, *, to: bool) -> None:
    """Look at the source no more, or again."""
    if source.is_paused == to:
        return
    source.is_paused = to
    source.save(update_fields=["is_paused", "updated_at"])
    audit.record(Action.PAUSED if to else Action.RESUMED, source.connection, source)


def look_now(source: Source, *, by: str) -> None:
    """Have it looked at as soon as a worker is free, whenever its next look would have been."""
    from enrichment.tasks import look_at_source

    with transaction.atomic():
        Source.objects.filter(pk=source.pk).update(next_look_at=timezone.now())
        transaction.on_commit(lambda: look_at_source.delay(source.pk, by))


def why_not_looked_at(source: Source, here: Standing | None = None) -> str:
    """Say why nobody looks at this source at present, and the way out; nothing where they do.

    `here` saves a query to whoever asks about many.
    """
    here = here or standing()
    if not source.is_looked_at:
        return gettext("People upload its files.")
    if source.is_paused:
        return gettext("It is paused.")
    if here.is_paused:
        return translated(here.sentence)
    if not may_be_looked_at(source.connection):
        said = gettext("Not as long as nothing may be written into %(host)s.")
        return said % {"host": source.connection.host}
    return ""


def may_be_looked_at(connection: Connection) -> bool:
    """Whether files are read for this PIM at present: connected, switched on and granted."""
    return connection.is_connected and may_write(connection)


@transaction.atomic
def remove_source(source: Source) -> None:
    """Forget the source. What it offered stays."""
    audit.record(Action.SOURCE_REMOVED, source.connection, source)
    source.delete()


def _next_look(source: Source) -> datetime | None:
    """When it is due by its settings; at once after a long time, or where nobody looked yet."""
    if not source.is_looked_at or not source.every:
        return None
    last = source.looked_at
    return last + timedelta(minutes=source.every) if last else timezone.now()
