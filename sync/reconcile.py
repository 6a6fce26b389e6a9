"""Reconcile: what left the catalog leaves the channel, through the fuse.

Only after a listing that reached its end. Products that a sibling catalog holds are handed over;
the others are withdrawn, or held for a person when they are suspiciously many.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from catalogs.models import Catalog
from sync import ownership
from sync.batches import free_abandoned
from sync.carriers import lock_channel, settle_carriers
from sync.keys import keys_of, packed
from sync.models import Checkpoint, Listing, Run

FUSE_SHARE = 0.05  # of what stands on the channel
FUSE_COUNT = 20
_SLICE = 1000

_Status = Listing.Status


def reconcile(run: Run, *, wait: Callable[[float], None] = time.sleep) -> None:
    """Let go of everything that the run's complete listing does not have. Raises RunLost.

    `wait` sleeps while a sibling's run has some of it under way, or raises when the run is to end.

    What is withdrawn or held is decided over all that left, before the first write. A crash in
    the middle leaves fewer to decide about, and what is held already counts again.
    """
    left = _left(run)
    handed_over = _held_by_siblings(run, left)
    leaving = [pk for pk, key in left.items() if key not in handed_over]
    status = _Status.WAITING
    if blows_fuse(_leaving_channel(run, leaving) + _held(run), _on_channel(run)):
        status = _Status.HELD
    pks = list(left)
    while True:
        for start in range(0, len(pks), _SLICE):
            _let_go(run, pks[start : start + _SLICE], status)
        pks = _under_way(pks)
        if not pks:
            return
        free_abandoned(run)
        wait(0.5)


def blows_fuse(leaving: int, on_channel: int) -> bool:
    """Return whether so many withdrawals need a person's yes.

    `on_channel`: what stood on the channel before, those leaving included.
    """
    if leaving == on_channel and on_channel > 1:
        return True
    return leaving > FUSE_COUNT and leaving > FUSE_SHARE * on_channel


def _left(run: Run) -> dict[int, str]:
    """Return the row ids and keys of the listings whose product is not in the catalog now."""
    present = keys_of(run, Checkpoint.Part.LISTING, Checkpoint.Part.PRODUCTS)
    wanted = Listing.objects.filter(catalog=run.catalog, wanted__isnull=False).order_by("pk")
    return {
        pk: key
        for pk, key in wanted.values_list("pk", "key").iterator(chunk_size=5000)
        if packed(key) not in present
    }


def _held_by_siblings(run: Run, left: Mapping[int, str]) -> set[str]:
    """Return the keys that another active catalog of the channel wants there too."""
    siblings = Catalog.objects.active().filter(channel=run.catalog.channel_id)
    siblings = siblings.exclude(pk=run.catalog_id)
    if not left or not siblings.exists():
        return set()
    wanted = Listing.objects.filter(catalog__in=siblings, wanted__isnull=False)
    keys = list(left.values())
    found: set[str] = set()
    for start in range(0, len(keys), _SLICE):
        found.update(
            wanted.filter(key__in=keys[start : start + _SLICE]).values_list("key", flat=True)
        )
    return found


def _leaving_channel(run: Run, pks: Sequence[int]) -> int:
    """Return how many of these stand on the channel: only they can be withdrawn."""
    mine = Listing.objects.filter(catalog=run.catalog).on_channel()
    return sum(
        mine.filter(pk__in=pks[start : start + _SLICE]).count()
        for start in range(0, len(pks), _SLICE)
    )


def _held(run: Run) -> int:
    return Listing.objects.filter(catalog=run.catalog).held().count()


def _on_channel(run: Run) -> int:
    mine = Listing.objects.filter(catalog=run.catalog).on_channel()
    return mine.exclude(status=_Status.KEPT).count()


def _under_way(pks: Sequence[int]) -> list[int]:
    """Return those of these that a sibling's run has in flight."""
    in_flight = Listing.objects.filter(status=_Status.IN_FLIGHT)
    found: list[int] = []
    for start in range(0, len(pks), _SLICE):
        slice_ = in_flight.filter(pk__in=pks[start : start + _SLICE])
        found += slice_.order_by("pk").values_list("pk", flat=True)
    return found


@transaction.atomic
def _let_go(run: Run, pks: Sequence[int], status: Listing.Status) -> None:
    """Want these no more: what stands on the channel gets `status`, the rest is gone."""
    ownership.lock(run)
    channel = lock_channel(run.catalog.channel_id)
    # What a sibling's run has in flight is left alone until that is settled.
    listings = Listing.objects.filter(pk__in=pks, catalog=run.catalog).exclude(
        status=_Status.IN_FLIGHT
    )
    now = timezone.now()
    nothing_wanted = {
        "wanted": None,
        "seen_digest": "",
        "problem": "",
        "failure": "",
        "attempt_count": 0,
        "next_attempt_at": now,
        "updated_at": now,
    }
    keys = list(listings.values_list("key", flat=True))
    listings.filter(sent__isnull=True).update(status=_Status.GONE, **nothing_wanted)
    listings.filter(sent__isnull=False).update(status=status, **nothing_wanted)
    settle_carriers(channel, keys, handed_over_by=run.catalog)
