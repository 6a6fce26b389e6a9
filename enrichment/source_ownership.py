"""Who looks at a source: whoever claimed it, until its process is gone or silent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from connections import workers
from enrichment.models import Source


class SourceLost(Exception):
    """Somebody else looks at this source now, or it was removed: stop without another write."""


def claim(source: Source) -> bool:
    """Make a source ours to look at. A lost race is normal and returns False."""
    if not is_free(source):
        return False
    won = Source.objects.filter(pk=source.pk, owner=source.owner).update(
        owner=workers.new_owner(), heartbeat_at=timezone.now()
    )
    if not won:
        return False
    source.refresh_from_db()
    return True


def is_free(source: Source) -> bool:
    """Return whether nobody looks at this source (any more)."""
    return workers.is_free(source.owner, source.heartbeat_at)


def hold(source: Source) -> Source:
    """Within a transaction: hold its row and return it as it is now. Raises SourceLost."""
    rows = Source.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("connection").filter(pk=source.pk, owner=source.owner).first()
    if row is None:
        raise SourceLost(f"source {source.pk} is not ours any more")
    return row


@contextmanager
def heartbeat(source: Source) -> Iterator[threading.Event]:
    """Keep the source's heartbeat going from a thread; the event is set once it is lost."""

    def beat() -> int:
        ours = Source.objects.filter(pk=source.pk, owner=source.owner)
        return ours.update(heartbeat_at=timezone.now())

    with workers.heartbeat(beat, f"source {source.pk}") as lost:
        yield lost
