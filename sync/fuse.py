"""The fuse: what looks like a mistake waits for a person, and nothing else does.

Suspicious are many products that leave at once (reconcile decides with `blows_fuse`), a target
that becomes empty for many, and a catalog that more than doubles. What is held already counts
again, so that a slow drip does not pass. A person's yes covers exactly the listings that were seen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalogs.models import Catalog
from connections.audit import Action
from connections.models import AuditRecord
from sync import ownership
from sync.carriers import lock_channel
from sync.models import Change, EmptiedTarget, Listing, Run, Tally
from sync.models.listings import ListingQuerySet
from sync.models.runs import RunQuerySet

_Status = Listing.Status
_Held = Listing.Held
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pieces:
    """The runs by which events brought in pieces what one run would have found, and since when."""

    since: datetime
    runs: RunQuerySet


def blows_fuse(catalog: Catalog, leaving: int, on_channel: int) -> bool:
    """Return whether so many withdrawals need a person's yes.

    `on_channel`: what stood on the channel before, those leaving included.
    """
    if leaving == on_channel and on_channel > 1:
        return True
    return _is_suspicious(catalog, leaving, on_channel)


def would_ask(trial: Run) -> bool:
    """Return whether a run that sends would hold what leaves by this trial; three queries at most.

    As the channel stands now, and without what events brought in pieces before.
    """
    if not trial.leaving:
        return False
    catalog = trial.catalog
    on_channel = Listing.objects.filter(catalog=catalog).on_channel()
    held = on_channel.held().filter(wanted__isnull=True).count()
    at_stake = Tally.objects.filter(catalog=catalog).on_channel().in_care().total()
    return blows_fuse(catalog, trial.leaving + held, at_stake + held)


def pieces_before(run: Run, yes: Action) -> Pieces | None:
    """Return what events brought before this run, if it is to count that; two queries.

    Since a run read all that changed, or a person said yes, within a day. Runs of what a person
    chose, or that read nothing, count nothing.
    """
    if not (run.is_of_events or run.mode in (Run.Mode.FULL, Run.Mode.DELTA)):
        return None
    catalog = run.catalog
    acts = AuditRecord.objects.filter(pim_url=catalog.connection.pim_url, action=yes)
    confirmed = acts.filter(details__catalog=str(catalog.uuid)).values_list("at", flat=True).first()
    runs = Run.objects.filter(catalog=catalog, dry_run=False)
    read = runs.read_well().values_list("read_at", flat=True).first()
    since = max(filter(None, (timezone.now() - _DAY, confirmed, read)))
    return Pieces(since, runs.of_events().filter(created_at__gt=since).order_by())


def hold_what_is_suspicious(run: Run) -> None:
    """Hold what waits to be pushed and looks like a mistake, before any of it is. Raises RunLost.

    Asked before each run that sends: the run that recorded a change may have died before it.
    """
    catalog = run.catalog
    handed_over = Listing.objects.handed_over_by(catalog).filter(status=_Status.WAITING)
    with transaction.atomic():
        ownership.lock(run)
        lock_channel(catalog.channel_id)
        # What siblings took over is sent by this run too, in their words.
        for each in Catalog.objects.filter(Q(pk=catalog.pk) | Exists(_of_catalog(handed_over))):
            if emptied := emptied_targets(each, run if each == catalog else None):
                loses_one = EmptiedTarget.objects.filter(listing=OuterRef("pk"), target__in=emptied)
                _hold(_unconfirmed(each).filter(Exists(loses_one)), _Held.EMPTIED)
        if has_grown(run):
            _hold(_unconfirmed(catalog).new(), _Held.GREW)


def emptied_targets(catalog: Catalog, run: Run | None = None) -> dict[str, int]:
    """Return the targets that suspiciously many products would lose, and how many would.

    With a run, what lost them in pieces before it counts as well.
    """
    lost = lost_targets(_unconfirmed(catalog))
    if not lost:  # as nearly always
        return {}
    lately = _emptied_lately(run) if run else {}
    on_channel = Tally.objects.filter(catalog=catalog).on_channel().in_care().total()
    return {
        target: number
        for target, number in lost.items()
        if _is_suspicious(catalog, number + lately.get(target, 0), on_channel)
    }


def _emptied_lately(run: Run) -> dict[str, int]:
    """Return which targets products lost by what events brought, and how many did; three queries.

    What a product lost is known until it changes again.
    """
    if (pieces := pieces_before(run, Action.CHANGE_CONFIRMED)) is None:
        return {}
    runs = pieces.runs.filter(pushed__gt=0).exclude(pk=run.pk)
    sent = Change.objects.filter(run__in=runs, outcome=Change.Outcome.ACCEPTED)
    listed = Listing.objects.filter(
        Exists(sent.filter(listing=OuterRef("pk"))),
        catalog=run.catalog_id,
        status=_Status.LISTED,
        let_through=False,
    )
    return lost_targets(listed)


def lost_targets(listings: ListingQuerySet) -> dict[str, int]:
    """Return the targets that these would lose, and how many would, most first. One query."""
    return dict(sorted(_lost_targets(listings), key=lambda each: -each[1]))


def broken_targets(catalog: Catalog) -> dict[str, int]:
    """Return the held targets that most products on the channel would lose, and how many would.

    That is no work of many hands: what is mapped to such a target was deleted, or is of another
    type now. One query.
    """
    held = Listing.objects.filter(catalog=catalog).held_because(Listing.Held.EMPTIED)
    tallies = Tally.objects.filter(catalog=catalog).on_channel().in_care().order_by()
    on_channel = tallies.values("catalog").annotate(total=Sum("number")).values("total")
    lost = _lost_targets(held).annotate(on_channel=Coalesce(Subquery(on_channel), 0))
    broken = {target: number for target, number, there in lost if 2 * number > there}
    return dict(sorted(broken.items(), key=lambda each: -each[1]))


def has_grown(run: Run) -> bool:
    """Return whether the catalog has more than doubled, by more than the catalog's number.

    What the first run that read all of it found is no growth, whenever it is sent: a few products
    may have been sent before it, and the channel's hours may let the others wait.
    """
    catalog = run.catalog
    new = _unconfirmed(catalog).new()
    if new.count() <= catalog.growth_count:
        return False
    read = Run.objects.filter(catalog=catalog, mode=Run.Mode.FULL, dry_run=False)
    first = read.filter(read_at__isnull=False).order_by("read_at").first()
    if first is None:
        return False
    grown = new.filter(created_at__gt=first.read_at).count()
    on_channel = Tally.objects.filter(catalog=catalog).on_channel().in_care().total()
    return grown > catalog.growth_count and 0 < on_channel < grown


def _of_catalog(listings: ListingQuerySet) -> ListingQuerySet:
    return listings.filter(catalog=OuterRef("pk"))


def _is_suspicious(catalog: Catalog, number: int, on_channel: int) -> bool:
    return number > catalog.fuse_count and 100 * number > catalog.fuse_percent * on_channel


def _unconfirmed(catalog: Catalog) -> ListingQuerySet:
    """Return what waits or is held to be pushed, and was not let through by a person."""
    return Listing.objects.filter(
        catalog=catalog,
        status__in=[_Status.WAITING, _Status.HELD],
        let_through=False,
        set_aside="",
    ).to_push()


def _hold(listings: ListingQuerySet, because: Listing.Held) -> None:
    waiting = listings.filter(status=_Status.WAITING)
    waiting.update(status=_Status.HELD, held_because=because, updated_at=timezone.now())


def _lost_targets(listings: ListingQuerySet) -> QuerySet[EmptiedTarget, Any]:
    """Return rows of a target and how many of these listings would lose it."""
    lost = EmptiedTarget.objects.filter(listing__in=listings).order_by("target")
    return lost.values_list("target").annotate(number=Count("listing", distinct=True))
