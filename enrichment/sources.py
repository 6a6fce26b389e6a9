"""Sources: paused and resumed, with a record of it."""

from django.db import transaction

from connections import audit
from connections.audit import Action
from enrichment.models import Source


@transaction.atomic
def set_paused(source: Source, *, to: bool) -> None:
    """Look at the source no more, or again."""
    if source.is_paused == to:
        return
    source.is_paused = to
    source.save(update_fields=["is_paused", "updated_at"])
    audit.record(Action.PAUSED if to else Action.RESUMED, source.connection, source)
