"""What was seen at a source: its rows follow the files that lie there."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from enrichment.incoming import Entry
from enrichment.models import Source, SourceFile

KEEP = timedelta(days=90)  # after a file was seen last: then it may come back as a new one
_ROWS = 500


def note_seen(source: Source, entries: Sequence[Entry]) -> list[SourceFile]:
    """Store how these files are seen now; return their rows in the same order.

    One that changed, or is new, is to be read as it is now.
    """
    now = timezone.now()
    known = {row.name: row for row in source.files.select_related("offer")}
    new, changed = [], []
    for entry in entries:
        row = known.get(entry.name)
        if row is None:
            row = known[entry.name] = SourceFile(source=source, name=entry.name)
            new.append(row)
        elif (row.size, row.modified) != (entry.size, entry.modified):
            changed.append(row)
        else:
            continue
        row.size, row.modified = entry.size, entry.modified
        row.is_read, row.offer, row.tries, row.unchanged_since = False, None, 0, now
    SourceFile.objects.bulk_create(new, batch_size=_ROWS)
    SourceFile.objects.bulk_update(
        changed,
        ["size", "modified", "is_read", "offer", "tries", "unchanged_since"],
        batch_size=_ROWS,
    )
    rows = [known[entry.name] for entry in entries]
    for start in range(0, len(rows), _ROWS):
        pks = [row.pk for row in rows[start : start + _ROWS]]
        SourceFile.objects.filter(pk__in=pks).update(seen_at=now)
    return rows


def same_content(row: SourceFile, digest: str) -> SourceFile | None:
    """The file whose reading was that of this one: itself, only touched, or one that was renamed.

    A file with a newer date whose content is older than what was read last is news: a price that is
    what it was last week has to be written again.
    """
    if row.digest == digest:
        return row
    read = row.source.files.exclude(pk=row.pk).exclude(digest="")
    same = read.filter(digest=digest).order_by("-read_at", "-pk").first()
    if same is None:
        return None
    last = read.order_by("-read_at", "-pk").first()
    return same if same.modified >= row.modified or same == last else None


def forget_gone_files() -> int:
    """Forget files that are gone from their place for long; return how many.

    A source that nobody looked at meanwhile forgets nothing.
    """
    gone = SourceFile.objects.filter(seen_at__lt=F("source__looked_at") - KEEP)
    return gone.delete()[0]
