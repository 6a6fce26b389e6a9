"""Reconcile: what left the catalog leaves the channel, through the fuse.

Only after a listing that reached its end. Products that a sibling catalog holds are handed over;
the others are withdrawn, or held for a person when they are suspiciously many.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from catalogs.models import Catalog
from sync import ownership
from sync.batches import free_abandoned
from sync.carriers import lock_channel, settle_carriers
from sync.keys import keys_of, packed
from sync.models import Checkpoint, Listing, Run
from sync.models.listings import ListingQuerySet

FUSE_SHARE = 0.05  # of what stands on the channel
FUSE_COUNT = 20
_SLICE = 1000

_Status = Listing.Status


@dataclass(frozen=True, slots=True)
class Leaving:
    """What left a catalog, and whether so much of it at once needs a person's yes."""

    pks: tuple[int, ...]
    from_channel: int  # of them: those to withdraw, which no sibling takes over
    is_held: bool


def reconcile(run: Run, *, wait: Callable[[float], None] = time.sleep) -> None:
    """Let go of everything that the run's complete listing does not have. Raises RunLost.

    `wait` sleeps while a sibling's run has some of it under way, or raises when the run is to end.

    What is withdrawn or held is decided over all that left, before the first write. A crash in
    the middle leaves fewer to decide about, and what is held already counts again.
    """
    present = keys_of(run, Checkpoint.Part.LISTING, Checkpoint.Part.PRODUCTS)
    let_go(run, leaving_of(run.catalog, present), wait=wait)


def let_go(run: Run, leaving: Leaving, *, wait: Callable[[float], None] = time.sleep) -> None:
    """Want these no more, or hold them for a person. `wait` as for `reconcile`. Raises RunLost."""
    status = _Status.HELD if leaving.is_held else _Status.WAITING
    pks: Sequence[int] = leaving.pks
    while True:
        for start in range(0, len(pks), _SLICE):
            _let_go(run, pks[start : start + _SLICE], status)
        pks = _under_way(pks)
        if not pks:
            return
        free_abandoned(run)
        wait(0.5)


def leaving_of(catalog: Catalog, present: Collection[bytes]) -> Leaving:
    """Tell what leaves the catalog when only these (packed) products are in it."""
    return _leaving(catalog, _left(catalog, present))


def leaving_of_keys(catalog: Catalog, keys: Collection[str]) -> Leaving:
    """Tell what leaves the catalog when these products are not in it any more."""
    rows = Listing.objects.filter(catalog=catalog, key__in=keys).in_care().order_by("pk")
    return _leaving(catalog, dict(rows.values_list("pk", "key")))


def _leaving(catalog: Catalog, left: Mapping[int, str]) -> Leaving:
    handed_over = _held_by_siblings(catalog, left)
    on_channel = Listing.objects.filter(catalog=catalog).on_channel()
    passed_on = _count(on_channel, [pk for pk, key in left.items() if key in handed_over])
    from_channel = _count(on_channel, list(left)) - passed_on
    held = on_channel.held().count()
    # What is on its way off already, or kept there, says nothing about how much leaves now.
    at_stake = on_channel.in_care().count() + held
    is_held = blows_fuse(from_channel + held, at_stake - passed_on)
    return Leaving(tuple(left), from_channel, is_held)


def blows_fuse(leaving: int, on_channel: int) -> bool:
    """Return whether so many withdrawals need a person's yes.

    `on_channel`: what stood on the channel before, those leaving included.
    """
    if leaving == on_channel and on_channel > 1:
        return True
    return leaving > FUSE_COUNT and leaving > FUSE_SHARE * on_channel


def _left(catalog: Catalog, present: Collection[bytes]) -> dict[int, str]:
    """Return the row ids and keys of the listings whose product is not in the catalog now."""
    in_care = Listing.objects.filter(catalog=catalog).in_care().order_by("pk")
    return {
        pk: key
        for pk, key in in_care.values_list("pk", "key").iterator(chunk_size=5000)
        if packed(key) not in present
    }


def _held_by_siblings(catalog: Catalog, left: Mapping[int, str]) -> set[str]:
    """Return the keys that another active catalog of the channel wants there too."""
    siblings = Catalog.objects.active().filter(channel=catalog.channel_id).exclude(pk=catalog.pk)
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


def _count(listings: ListingQuerySet, pks: Sequence[int]) -> int:
    return sum(
        listings.filter(pk__in=pks[start : start + _SLICE]).count()
        for start in range(0, len(pks), _SLICE)
    )


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
        "set_aside": "",
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
