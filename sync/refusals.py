"""Products that the receiver of a feed did not take, or that fit into it no more: parked, and told.

What a receiver refused stays in the feed: it may have an older version of the product, which would
be taken down with it. It is tried again like every parked product.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from catalogs.models import Channel
from channels.base import ChannelAdapter, Refusal
from connections import audit
from connections.audit import Action
from outbound.errors import ConfigurationError, FailureKind
from sync import bulk, ownership
from sync.carriers import lock_channel
from sync.feed_entries import note_refused
from sync.giving_way import retrier_for
from sync.models import Change, Feed, Listing, Run
from sync.models.batches import Action as Sent
from sync.models.listings import LISTING_STATE

logger = logging.getLogger(__name__)

NAMED = 20  # keys that nobody knows, in what is told about a report
_SLICE = 500
_Status = Listing.Status


@dataclass(slots=True)
class Read:
    """What came of a report. `elsewhere`: known, and not on the channel as the receiver saw it."""

    parked: int = 0
    elsewhere: int = 0
    unknown: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        parts = [f"{_products(self.parked)} marked as refused."]
        if self.elsewhere:
            changed = "changed since or not in the feed, so nothing was marked there."
            parts.append(f"{_products(self.elsewhere)} {changed}")
        if self.unknown:
            named = ", ".join(f"“{key[:60]}”" for key in self.unknown[:NAMED])
            more = len(self.unknown) - NAMED
            parts.append(f"Unknown: {named}{f' and {more:,} more' if more > 0 else ''}.")
        return " ".join(parts)


def read_report(channel: Channel, adapter: ChannelAdapter, report: bytes) -> Read:
    """Park the products that a report refuses. Raises ConfigurationError if it cannot be read.

    Reading the same report twice changes nothing.
    """
    refusals = adapter.read_refusals(report)
    read = Read()
    for start in range(0, len(refusals), _SLICE):
        _park(channel, refusals[start : start + _SLICE], read)
    audit.record(
        Action.REFUSALS_READ,
        channel.connection,
        channel.name,
        parked=read.parked,
        elsewhere=read.elsewhere,
        unknown=len(read.unknown),
    )
    return read


def take_report(run: Run, adapter: ChannelAdapter, *, wait: Callable[[float], None]) -> None:
    """Read the report that lies beside the feed, if it is another one than last time.

    One that cannot be read stops nothing; the channel's page says so. Raises OutboundError.
    """
    channel = run.catalog.channel
    report = retrier_for(wait).call(adapter.fetch_refusals, lambda seconds, error: None)
    if report is None:
        return
    digest = hashlib.sha256(report).hexdigest()
    feed, _ = Feed.objects.get_or_create(channel=channel)
    if feed.report_digest == digest:
        return
    problem = ""
    try:
        read = read_report(channel, adapter, report)
        logger.info("Run %s parked %s products that were refused", run.pk, read.parked)
    except ConfigurationError as error:
        logger.warning("The refusal report of channel %s: %s", channel.pk, error.message)
        problem = error.message
    Feed.objects.filter(pk=feed.pk).update(
        report_digest=digest, report_problem=problem, updated_at=timezone.now()
    )


@transaction.atomic
def _park(channel: Channel, refusals: Sequence[Refusal], read: Read) -> None:
    lock_channel(channel.pk)
    found = _found(channel, [one.key for one in refusals])
    now = timezone.now()
    parked = []
    for refusal in refusals:
        listing = found.get(refusal.key)
        if listing is None:
            read.unknown.append(refusal.key)
            continue
        is_parked_for_it = listing.status == _Status.PARKED and listing.wanted_id == listing.sent_id
        if listing.sent_id is None or not (listing.status == _Status.LISTED or is_parked_for_it):
            read.elsewhere += 1
            continue
        _be_parked(listing, refusal.message)
        listing.updated_at = now
        parked.append(listing)
    Listing.objects.bulk_update(parked, LISTING_STATE)
    note_refused(channel.pk, [one.key for one in parked])
    read.parked += len(parked)


def _found(channel: Channel, keys: Sequence[str]) -> dict[str, Listing]:
    """The listings of these products by what the report calls them; the carrier's, if several."""
    listings = Listing.objects.filter(channel=channel).order_by("pk").select_for_update(no_key=True)
    found: dict[str, Listing] = {}
    for name in ("identifier", "key"):  # what is both is the key
        for listing in listings.filter(**{f"{name}__in": keys}):
            called = getattr(listing, name)
            if listing.sent_id is not None or called not in found or name == "key":
                found[called] = listing
    return found


@transaction.atomic
def park_misfits(run: Run, messages: Mapping[str, str], *, version: int) -> None:
    """Park products that were left out of the feed because they fit no more. Raises RunLost.

    Not if anything was settled since: the next edition finds out about them again.
    """
    ownership.lock(run)
    channel = lock_channel(run.catalog.channel_id)
    if not Feed.objects.filter(channel=channel, version=version).exists():
        return
    keys = list(messages)
    number = 0
    for start in range(0, len(keys), _SLICE):
        some = Listing.objects.filter(channel=channel, key__in=keys[start : start + _SLICE])
        listings = list(some.on_channel().order_by("pk").select_for_update(no_key=True))
        number += _take_out(run, listings, messages)
    ownership.update(run, failed=run.failed + number)


def _take_out(run: Run, listings: Sequence[Listing], messages: Mapping[str, str]) -> int:
    now = timezone.now()
    changes = [
        (
            one.pk,
            Sent.PUSH.value,
            one.sent_id,
            None,
            Change.Outcome.REFUSED.value,
            messages[one.key],
        )
        for one in listings
    ]
    bulk.create(
        Change,
        ("listing_id", "action", "before_id", "after_id", "outcome", "message"),
        changes,
        {"run_id": run.pk},
    )
    parked = 0
    for listing in listings:
        listing.sent_id, listing.sent_at, listing.updated_at = None, None, now
        listing.last_known_id = None
        if listing.wanted_id is None:
            listing.status = _Status.GONE
        elif listing.status in (_Status.LISTED, _Status.PARKED):
            _be_parked(listing, messages[listing.key])
            parked += 1
    Listing.objects.bulk_update(listings, ["sent", "last_known", "sent_at", *LISTING_STATE])
    return parked


def _be_parked(listing: Listing, message: str) -> None:
    """Unsaved."""
    listing.status = _Status.PARKED
    listing.failure = FailureKind.PRODUCT
    listing.problem = message
    listing.attempt_count += 1


def _products(number: int) -> str:
    return "1 product" if number == 1 else f"{number:,} products"
