"""When editions of a feed were written, to tell which one whoever reads it can have seen."""

from datetime import UTC, datetime

from sync.models import Feed

_KEPT = 100


def note_written(feed: Feed, *, begun: datetime, ended: datetime) -> None:
    """Note an edition with what was settled before `begun`. Unsaved."""
    feed.written = [*feed.written[1 - _KEPT :], [begun.timestamp(), ended.timestamp()]]


def settled_before(feed: Feed, at: datetime) -> datetime:
    """Return up to when products had to be settled to be in what could be fetched at a time.

    As far back as that is known; before, the time itself.
    """
    moment = at.timestamp()
    begun = [begin for begin, end in feed.written if end <= moment]
    return datetime.fromtimestamp(max(begun), UTC) if begun else at
