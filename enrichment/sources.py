"""Sources: added, changed, paused and removed, with a record of it."""

from typing import Any

from django.db import transaction

from connections import audit
from connections.audit import Action
from connections.models import Connection
from enrichment.models import Source

_SETTABLE = (
    *("name", "location", "settings", "every", "approved"),
    *("may_create", "may_create_options", "empty_erases"),
)


@transaction.atomic
def add_source(connection: Connection, kind: Source.Kind, values: dict[str, Any]) -> Source:
    """Add a source. `values` are those that a person sets, `secret` among them if it needs one."""
    source = Source.objects.create(connection=connection, kind=kind, **values)
    audit.record(Action.SOURCE_CREATED, connection, source, kind=kind.value)
    return source


@transaction.atomic
def change_source(source: Source, values: dict[str, Any]) -> None:
    """Change what a person sets of it. An empty secret leaves the stored one."""
    changed = [name for name in _SETTABLE if values[name] != getattr(source, name)]
    for name in _SETTABLE:
        setattr(source, name, values[name])
    if values.get("secret"):
        source.secret = values["secret"]
        changed.append("secret")
    if changed:
        source.save()
        audit.record(Action.SOURCE_CHANGED, source.connection, source, changed=changed)


@transaction.atomic
def set_paused(source: Source, *, to: bool) -> None:
    """Look at the source no more, or again."""
    if source.is_paused == to:
        return
    source.is_paused = to
    source.save(update_fields=["is_paused", "updated_at"])
    audit.record(Action.PAUSED if to else Action.RESUMED, source.connection, source)


@transaction.atomic
def remove_source(source: Source) -> None:
    """Forget the source. What it offered stays."""
    audit.record(Action.SOURCE_REMOVED, source.connection, source)
    source.delete()
