"""Who looks at a source: whoever claimed it, until its process is gone or silent."""

from connections.workers import claim, heartbeat, is_free
from enrichment.models import Source

__all__ = ["SourceLost", "claim", "heartbeat", "hold", "is_free"]


class SourceLost(Exception):
    """Somebody else looks at this source now, or it was removed: stop without another write."""


def hold(source: Source) -> Source:
    """Within a transaction: hold its row and return it as it is now. Raises SourceLost."""
    rows = Source.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("connection").filter(pk=source.pk, owner=source.owner).first()
    if row is None:
        raise SourceLost(f"source {source.pk} is not ours any more")
    return row
