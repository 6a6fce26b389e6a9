"""Links between products of which one is not on the channel yet: made when it arrives.

Whoever links is sent once more then, although it wants nothing new: it waits with *wanted* equal
to *sent*. That it is to be sent is kept with the link, so that no crash forgets it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from catalogs.models import Catalog, Channel
from sync import ownership
from sync.carriers import lock_channel
from sync.models import AwaitedLink, Change, Listing, Run
from sync.models.listings import ListingQuerySet

_SLICE = 500
_Status = Listing.Status


def follow_links(
    channel: Channel,
    *,
    by: Catalog,
    awaits: Mapping[str, Sequence[str]],
    gone: Sequence[str],
    arrived: Sequence[str],
    since: datetime,
) -> None:
    """Note what settled products wait for, and let those wait to be sent whose wait is over.

    `awaits`: of each accepted product the keys that it waits for. `arrived`: what the channel has
    for the first time. `since`: when the calls began; what arrived meanwhile was not seen by them.
    In a transaction that holds the channel.
    """
    links = AwaitedLink.objects.filter(channel=channel)
    links.filter(key__in=[*awaits, *gone]).delete()
    over = _add(channel, awaits, since)
    came = links.filter(awaited__in=arrived)
    over |= set(came.values_list("key", flat=True)) if arrived else set()
    if over:
        came.update(has_arrived=True, updated_at=timezone.now())
        _queue(Listing.objects.filter(channel=channel, key__in=sorted(over)), by)


@transaction.atomic
def queue_arrived(run: Run) -> None:
    """Queue what an earlier run left, which died before it sent it again. Raises RunLost."""
    ownership.lock(run)
    lock_channel(run.catalog.channel_id)
    arrived = AwaitedLink.objects.filter(channel=run.catalog.channel_id, has_arrived=True)
    keys = list(arrived.order_by("key").values_list("key", flat=True).distinct())
    for start in range(0, len(keys), _SLICE):
        mine = Listing.objects.filter(catalog=run.catalog, key__in=keys[start : start + _SLICE])
        _queue(mine, run.catalog)


def _add(channel: Channel, awaits: Mapping[str, Sequence[str]], since: datetime) -> set[str]:
    """Store what is awaited; return who waits for what has come already."""
    pairs = sorted({(key, one[:255]) for key, keys in awaits.items() for one in keys if one != key})
    if not pairs:
        return set()
    there = set(_arrived_since(channel, {awaited for _, awaited in pairs}, since))
    now = timezone.now()
    AwaitedLink.objects.bulk_create(
        [
            AwaitedLink(
                channel=channel,
                key=key,
                awaited=awaited,
                has_arrived=awaited in there,
                updated_at=now,
            )
            for key, awaited in pairs
        ],
        batch_size=_SLICE,
        ignore_conflicts=True,
    )
    return {key for key, awaited in pairs if awaited in there}


def _arrived_since(channel: Channel, keys: set[str], since: datetime) -> list[str]:
    """Return which of these the channel has for the first time since then."""
    firsts = Change.objects.filter(
        listing=OuterRef("pk"),
        outcome=Change.Outcome.ACCEPTED,
        before__isnull=True,
        after__isnull=False,
        created_at__gte=since,
    )
    on_channel = Listing.objects.filter(channel=channel, key__in=sorted(keys)).on_channel()
    return list(on_channel.filter(Exists(firsts)).values_list("key", flat=True))


def _queue(listings: ListingQuerySet, by: Catalog) -> None:
    """Let these wait, as far as they are listed; the run of this catalog sends them."""
    now = timezone.now()
    waiting = {"status": _Status.WAITING, "next_attempt_at": now, "updated_at": now}
    listed = listings.filter(status=_Status.LISTED, wanted=F("sent"))
    listed.exclude(catalog=by).update(handed_over_by=by, **waiting)
    listed.filter(catalog=by).update(**waiting)
