"""Reconcile: what left the catalog leaves the channel, through the fuse.

Only after a listing that reached its end. Products that a sibling catalog holds are handed over;
of the others the catalog says what becomes of them, by the reason that the PIM gave: withdrawn,
hidden, or left as they are. Suspiciously many wait for a person.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalogs.models import Catalog
from connections.audit import Action as AuditAction
from pim.client import PimClient
from sync import ownership
from sync.batches import free_abandoned
from sync.carriers import lock_channel, settle_carriers
from sync.departures import (
    find_departures,
    forget_what_came_back,
    forget_what_stays,
    look_up_why,
)
from sync.fuse import blows_fuse, pieces_before
from sync.models import Change, EmptiedTarget, Listing, Run, Tally
from sync.models.batches import Action
from sync.models.listings import ListingQuerySet

_SLICE = 1000

_OnLeaving = Catalog.OnLeaving
_Status = Listing.Status
_TAKE_OFF = (Action.WITHDRAW, Action.HIDE)
_ON_THE_WAY = (_Status.WAITING, _Status.IN_FLIGHT)


@dataclass(frozen=True, slots=True)
class Leaving:
    """How much leaves the channel, and whether so much of it at once needs a person's yes."""

    from_channel: int  # withdrawn or hidden: not what a sibling takes over, nor what is left there
    is_held: bool


def reconcile(
    run: Run,
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
    wait: Callable[[float], None] = time.sleep,
    is_noted: bool = False,
) -> None:
    """Let go of everything that the run's complete listing does not have.

    `is_noted`: whether `pull_run` has noted what left.
    `sleep` as in `pull_run`; `wait` as in `let_go`. Raises OutboundError when the PIM does not say
    why something left, and RunLost; nothing is let go of then.
    """
    if not is_noted:
        find_departures(run)
    forget_what_came_back(run, client, go_on=go_on)
    look_up_why(run, client, go_on=go_on, sleep=sleep)
    forget_what_stays(run)
    let_go(run, wait=wait)


def let_go(run: Run, *, wait: Callable[[float], None] = time.sleep) -> None:
    """Want the departed products no more, or hold them for a person. Raises RunLost.

    `wait` sleeps while a sibling's run has some of it under way, or raises when the run is to end.

    What is taken off or held is decided over all that left, before the first write. A crash in
    the middle leaves fewer to decide about, and what is held already counts again.
    """
    is_held = leaving_of(run).is_held
    departures = run.departures.order_by("pk").values_list("listing", "because")
    rows = departures.iterator(chunk_size=_SLICE)
    while slice_ := list(islice(rows, _SLICE)):
        _let_go(run, slice_, is_held=is_held)
    under_way = departures.filter(listing__status=_Status.IN_FLIGHT)
    while slice_ := list(under_way[:_SLICE]):
        free_abandoned(run)
        wait(0.5)
        _let_go(run, slice_, is_held=is_held)


def leaving_of(run: Run) -> Leaving:
    """Tell how much leaves the channel with the run's departures. Seven queries at most."""
    catalog = run.catalog
    on_channel = Listing.objects.filter(catalog=catalog).on_channel()
    departed = on_channel.filter(departures__run=run)
    passed_on = departed.filter(_wanted_by_siblings(catalog)).count()
    from_channel = (
        departed.filter(~_wanted_by_siblings(catalog))
        .filter(departures__in=run.departures.exclude(because__in=left_alone(catalog)))
        .count()
    )
    held = on_channel.held().filter(wanted__isnull=True).count()
    lately = _left_lately(run) if from_channel else 0
    # What is on its way off already, or kept there, says nothing about how much leaves now.
    at_stake = Tally.objects.filter(catalog=catalog).on_channel().in_care().total() + held
    leaving, on_channel_before = from_channel + held + lately, at_stake - passed_on + lately
    return Leaving(from_channel, blows_fuse(catalog, leaving, on_channel_before))


def _left_lately(run: Run) -> int:
    """Return how many events let leave since a run read all that changed, within a day.

    Events come in pieces of which none is much. Together they are what such a run would have found:
    so the next such run counts them as well. What came back is none of them; what is still to be
    taken off, since the channel takes nothing now, is.
    """
    if (pieces := pieces_before(run, AuditAction.WITHDRAWAL_CONFIRMED)) is None:
        return 0
    taken = Change.objects.filter(
        run__in=pieces.runs.filter(withdrawn__gt=0),
        action__in=_TAKE_OFF,
        outcome=Change.Outcome.ACCEPTED,
    )
    left = Listing.objects.filter(catalog=run.catalog_id, wanted__isnull=True)
    left = left.exclude(departures__run=run)
    on_the_way = left.on_channel().filter(status__in=_ON_THE_WAY, updated_at__gt=pieces.since)
    return left.filter(Exists(taken.filter(listing=OuterRef("pk")))).count() + on_the_way.count()


def left_alone(catalog: Catalog) -> list[str]:
    """The reasons for which a product that left stays on the channel as it is."""
    reasons = ["", *Listing.Left.values]
    return [each for each in reasons if catalog.on_leaving(each) == _OnLeaving.LEAVE]


def _wanted_by_siblings(catalog: Catalog) -> Exists:
    """Whether another active catalog of the channel wants the product there too."""
    siblings = Catalog.objects.active().filter(channel=catalog.channel_id).exclude(pk=catalog.pk)
    wanted = Listing.objects.filter(
        channel=OuterRef("channel"),
        key=OuterRef("key"),
        catalog__in=siblings,
        wanted__isnull=False,
    )
    return Exists(wanted)


@transaction.atomic
def _let_go(run: Run, departures: Sequence[tuple[int, str]], *, is_held: bool) -> None:
    """Want these no more: what stands on the channel waits, is held or kept; the rest is gone."""
    ownership.lock(run)
    channel = lock_channel(run.catalog.channel_id)
    by_reason: dict[str, list[int]] = defaultdict(list)
    for pk, because in departures:
        by_reason[because].append(pk)
    # What a sibling's run has in flight is left alone until that is settled.
    listings = Listing.objects.filter(
        pk__in=[pk for pk, _ in departures], catalog=run.catalog
    ).exclude(status=_Status.IN_FLIGHT)
    keys = list(listings.values_list("key", flat=True))
    EmptiedTarget.objects.filter(listing__in=listings).delete()
    for because, pks in by_reason.items():
        status = _Status.HELD if is_held else _Status.WAITING
        if because in left_alone(run.catalog):
            status = _Status.KEPT
        _let_go_of(listings.filter(pk__in=pks), because, status)
    settle_carriers(channel, keys, handed_over_by=run.catalog)


def _let_go_of(listings: ListingQuerySet, because: str, status: Listing.Status) -> None:
    now = timezone.now()
    nothing_wanted = {
        "wanted": None,
        "seen_digest": "",
        "set_aside": "",
        "left_because": because,
        "problem": "",
        "failure": "",
        "attempt_count": 0,
        "next_attempt_at": now,
        "updated_at": now,
    }
    if because == Listing.Left.INCOMPLETE:
        del nothing_wanted["problem"]  # it says what the product lacks
    gone = listings.filter(sent__isnull=True)
    gone.update(status=_Status.GONE, held_because="", **nothing_wanted)
    held = Listing.Held.LEFT if status == _Status.HELD else ""
    stands = listings.filter(sent__isnull=False)
    stands.update(status=status, held_because=held, **nothing_wanted)
