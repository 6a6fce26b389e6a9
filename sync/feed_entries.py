"""Feeds of changes: what an edition says, against what the editions before it said.

An edition is staged first, in the transaction that gives it its number, then written, then
confirmed. So exactly what was written counts as said, and what a failed edition would have said is
in the next one. Only the newest number can be confirmed: who was taken for dead confirms nothing.
"""

from collections.abc import Collection, Iterator

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from channels.base import ChannelProduct
from sync import bulk
from sync.models import Feed, FeedEntry, Listing

_SLICE = 1000


def forget_editions(feed: Feed) -> None:
    """Let the next edition say everything, as if it were the first."""
    FeedEntry.objects.filter(feed=feed).delete()


def stage(feed: Feed) -> bool:
    """Within a transaction: decide what the next edition says; return whether that is anything."""
    _forget_staged(feed)
    _stage_changed(feed)
    _stage_new(feed)
    return _staged(feed).exists()


def changed(feed: Feed) -> Iterator[ChannelProduct]:
    """Yield what the staged edition has of new and changed products, in the order of their keys."""
    rows = _staged(feed).filter(staged__isnull=False).values_list("key", "staged__body")
    for key, body in rows.order_by("key").iterator(chunk_size=500):
        yield ChannelProduct(key=key, body=body)


def removed(feed: Feed) -> Iterator[ChannelProduct]:
    """Yield what the staged edition takes away, as earlier ones had it."""
    rows = _staged(feed).filter(staged=None).values_list("key", "document__body")
    for key, body in rows.order_by("key").iterator(chunk_size=500):
        yield ChannelProduct(key=key, body=body)


def confirm(feed: Feed, left_out: Collection[str]) -> None:
    """Within a transaction: count the staged edition as said, but for what was left out of it."""
    keys = list(left_out)
    for start in range(0, len(keys), _SLICE // 2):
        some = keys[start : start + _SLICE // 2]
        _staged(feed).filter(key__in=some).update(is_staged=False, staged=None)
        FeedEntry.objects.filter(feed=feed, key__in=some, document=None).delete()
    _staged(feed).filter(staged=None).delete()
    _staged(feed).update(
        document=F("staged"),
        staged=None,
        is_staged=False,
        is_refused=False,
        updated_at=timezone.now(),
    )


def note_refused(channel_id: int, keys: Collection[str]) -> None:
    """Let these products be in the next edition after somebody lets them be tried again."""
    entries = FeedEntry.objects.filter(feed__channel=channel_id, key__in=keys)
    entries.update(is_refused=True, updated_at=timezone.now())


def _staged(feed: Feed) -> QuerySet[FeedEntry]:
    return FeedEntry.objects.filter(feed=feed, is_staged=True)


def _forget_staged(feed: Feed) -> None:
    """Forget what an edition that failed would have said."""
    _staged(feed).filter(document=None).delete()
    _staged(feed).update(is_staged=False, staged=None)


def _stage_changed(feed: Feed) -> None:
    """Stage what differs from what was said, what is gone, and what was refused and is tried."""
    there = Listing.objects.filter(channel=feed.channel_id, key=OuterRef("key")).on_channel()
    entries = FeedEntry.objects.filter(feed=feed).annotate(
        now=Subquery(there.values("sent")[:1]), status=Subquery(there.values("status")[:1])
    )
    tried_again = Q(is_refused=True) & ~Q(status=Listing.Status.PARKED)
    differing = entries.filter(Q(now=None) | ~Q(document=F("now")) | tried_again)
    differing.update(
        staged=Subquery(there.values("sent")[:1]), is_staged=True, updated_at=timezone.now()
    )


def _stage_new(feed: Feed) -> None:
    known = FeedEntry.objects.filter(feed=feed, key=OuterRef("key"))
    there = Listing.objects.filter(channel=feed.channel_id).on_channel().filter(~Exists(known))
    last = ""
    while True:
        rows = list(there.filter(key__gt=last).order_by("key").values_list("key", "sent")[:_SLICE])
        if not rows:
            return
        common = {"feed_id": feed.pk, "is_staged": True}
        bulk.create(FeedEntry, ("key", "staged_id"), rows, common)
        last = rows[-1][0]
