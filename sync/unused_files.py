"""Forget files that no document names any more: pictures that were replaced, of products that left.

Every file has a date at which it was last known to be needed. Once one's is too old, all documents
of that PIM are looked through, what they name is dated anew, and the rest goes. The contents
themselves are removed from the store by `catalogs.media.tidying`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from catalogs.models import MediaFile
from connections.models import Connection
from sync.media import paths_in
from sync.privacy.belongings import documents_of

KEEP = timedelta(days=30)  # for what comes back: a season's pictures, a run that is undone
_EVERY = timedelta(days=7)  # at most, for one PIM
_DOCUMENTS = 200
_ROWS = 1000


def forget_unused_files() -> int:
    """Delete the rows of files that were not needed for KEEP; return how many."""
    long_ago = timezone.now() - KEEP - _EVERY
    connections = Connection.objects.filter(media__seen_at__lt=long_ago).distinct()
    return sum(_forget_of(connection) for connection in connections)


def _forget_of(connection: Connection) -> int:
    now = timezone.now()
    files = MediaFile.objects.filter(connection=connection)
    for paths in _paths_in_documents(connection):
        files.filter(address__in=paths, seen_at__lt=now).update(seen_at=now)
    forgotten = 0
    while pks := _unseen(connection, now - KEEP):
        # By the date again: a run may have found one of them needed since.
        forgotten += files.filter(pk__in=pks, seen_at__lt=now - KEEP).delete()[0]
    return forgotten


def _unseen(connection: Connection, before: datetime) -> list[int]:
    rows = MediaFile.objects.filter(connection=connection, seen_at__lt=before).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:_ROWS])


def _paths_in_documents(connection: Connection) -> Iterator[list[str]]:
    last = 0
    while True:
        rows = documents_of(connection).filter(pk__gt=last).order_by("pk")
        documents = list(rows.values_list("pk", "body")[:_DOCUMENTS])
        if not documents:
            return
        last = documents[-1][0]
        found = (paths_in(body, connection.pim_url).values() for _, body in documents)
        paths = sorted({path for paths in found for path in paths})
        for start in range(0, len(paths), _ROWS):
            yield paths[start : start + _ROWS]
