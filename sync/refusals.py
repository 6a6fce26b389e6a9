"""Products that the receiver of a feed did not take, or that fit into it no more: parked, and told.

What a receiver refused stays in the feed: it may have an older version of the product, which would
be taken down with it. It is tried again like every parked product.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from catalogs.models import Channel
from channels.base import ChannelAdapter, Refusal
from connections import audit
from connections.audit import Action
from outbound.errors import ConfigurationError, FailureKind
from sync import bulk, ownership
from sync.carriers import lock_channel
from sync.feed_entries import note_refused
from sync.feed_files import place_of
from sync.feed_times import settled_before
from sync.giving_way import retrier_for
from sync.models import Change, Feed, Listing, Run
from sync.models.batches import Action as Sent
from sync.models.listings import LISTING_STATE
from sync.report_keys import SLICE, find_refused

logger = logging.getLogger(__name__)

NAMED = 20  # keys that nobody knows, in what is told about a report
REMEMBERED = 100  # reports
_Status = Listing.Status


@dataclass(slots=True)
class Read:
    """What came of a report. `elsewhere`: known, and not on the channel as the receiver saw it."""

    parked: int = 0
    elsewhere: int = 0
    unknown: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        parts = [
            ngettext(
                "%(number)s product marked as refused.",
                "%(number)s products marked as refused.",
                self.parked,
            )
            % {"number": intcomma(self.parked)}
        ]
        if self.elsewhere:
            said = ngettext(
                "%(number)s product changed since or not in the feed, so nothing was marked there.",
                "%(number)s products changed since or not in the feed, so nothing was marked "
                "there.",
                self.elsewhere,
            )
            parts.append(said % {"number": intcomma(self.elsewhere)})
        if self.unknown:
            parts.append(self._unknown)
        return " ".join(parts)

    @property
    def _unknown(self) -> str:
        names = {"keys": ", ".join(f"“{key[:60]}”" for key in self.unknown[:NAMED])}
        more = len(self.unknown) - NAMED
        if more <= 0:
            return gettext("Unknown: %(keys)s.") % names
        return gettext("Unknown: %(keys)s and %(number)s more.") % {
            **names,
            "number": intcomma(more),
        }


def read_report(
    channel: Channel,
    adapter: ChannelAdapter,
    report: bytes,
    *,
    changed_at: datetime | None = None,
) -> Read:
    """Park the products that a report refuses. Raises ConfigurationError if it cannot be read.

    Not those that went out again after the report was made, as far as that is known: `changed_at`,
    or when the same report was read first. Reading it twice changes nothing.
    """
    refusals = adapter.read_refusals(report)
    found = find_refused(channel, adapter, refusals)
    feed, made_at = _note_report(channel, report, changed_at or timezone.now())
    seen = settled_before(feed, made_at)
    read = Read()
    for start in range(0, len(refusals), SLICE):
        _park(channel, refusals[start : start + SLICE], found, seen, read)
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

    One that cannot be read stops nothing; the channel's page says so. One that lay there before the
    channel wrote its first file is about whoever had the place. Raises OutboundError.
    """
    channel = run.catalog.channel
    feed, _ = Feed.objects.get_or_create(channel=channel)
    if feed.place_since is None or feed.place != place_of(channel):
        return
    report = retrier_for(wait).call(adapter.fetch_refusals, lambda seconds, error: None)
    if report is None:
        return
    changed_at = timezone.now() - timedelta(seconds=report.age)
    digest = _digest(report.content)
    if feed.report_digest == digest or changed_at < feed.place_since:
        return
    problem = ""
    try:
        read = read_report(channel, adapter, report.content, changed_at=changed_at)
        logger.info("Run %s parked %s products that were refused", run.pk, read.parked)
    except ConfigurationError as error:
        logger.warning("The refusal report of channel %s: %s", channel.pk, error.message)
        problem = error.message
    Feed.objects.filter(pk=feed.pk).update(
        report_digest=digest, report_problem=problem, updated_at=timezone.now()
    )


@transaction.atomic
def _note_report(channel: Channel, report: bytes, made_at: datetime) -> tuple[Feed, datetime]:
    """Return the feed, and when this report was made, or at the latest when it was read first."""
    Feed.objects.get_or_create(channel=channel)
    feed = Feed.objects.select_for_update(no_key=True).get(channel=channel)
    digest = _digest(report)
    if digest in feed.reports:
        return feed, min(made_at, datetime.fromisoformat(feed.reports[digest]))
    latest = list(feed.reports.items())[1 - REMEMBERED :]
    feed.reports = dict([*latest, (digest, made_at.isoformat())])
    feed.save(update_fields=["reports", "updated_at"])
    return feed, made_at


@transaction.atomic
def _park(
    channel: Channel,
    refusals: Sequence[Refusal],
    found: Mapping[str, int],
    seen: datetime,
    read: Read,
) -> None:
    lock_channel(channel.pk)
    meant = [found[one.key] for one in refusals if one.key in found]
    rows = Listing.objects.filter(pk__in=meant).order_by("pk").select_for_update(no_key=True)
    listings = {listing.pk: listing for listing in rows}
    now = timezone.now()
    parked = []
    for refusal in refusals:
        if refusal.key not in found:
            read.unknown.append(refusal.key)
            continue
        listing = listings.get(found[refusal.key])
        if listing is None or not _was_seen(listing, seen):
            read.elsewhere += 1
            continue
        read.parked += 1
        if listing.status == _Status.PARKED:
            listing.problem = refusal.message  # and no further attempt: it was not tried since
        else:
            _be_parked(listing, refusal.message)
        listing.updated_at = now
        parked.append(listing)
    Listing.objects.bulk_update(parked, LISTING_STATE)
    note_refused(channel.pk, [one.key for one in parked])


def _was_seen(listing: Listing, seen: datetime) -> bool:
    """Whether the receiver of the feed had the product as it stands there now."""
    stands_there = listing.sent_id is not None and (
        listing.status == _Status.LISTED
        or (listing.status == _Status.PARKED and listing.wanted_id == listing.sent_id)
    )
    return stands_there and (listing.sent_at is None or listing.sent_at <= seen)


def _digest(report: bytes) -> str:
    return hashlib.sha256(report).hexdigest()


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
    for start in range(0, len(keys), SLICE):
        some = Listing.objects.filter(channel=channel, key__in=keys[start : start + SLICE])
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
