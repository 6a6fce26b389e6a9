"""Settle a batch: move *sent* for each product by what the channel answered about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalogs.models import Channel
from channels.base import Outcome, PushResult
from channels.registry import adapter_class
from outbound.errors import FailureKind
from sync import bulk, ownership
from sync.carriers import lock_channel, settle_carriers
from sync.documents import hidden_document, unknown_on
from sync.models import Batch, Change, Feed, Listing, Run
from sync.models.batches import Action

UNANSWERED_TRIES = 3  # how often a channel may say nothing about a product before it is parked

_Status = Listing.Status
_SETTLED = [
    "sent",
    "external_id",
    "sent_at",
    "status",
    "failure",
    "problem",
    "attempt_count",
    "next_attempt_at",
    "handed_over_by",
    "updated_at",
]
_OUTCOMES = {
    Outcome.ACCEPTED: Change.Outcome.ACCEPTED,
    Outcome.REJECTED: Change.Outcome.REFUSED,
    Outcome.UNANSWERED: Change.Outcome.UNANSWERED,
}


@dataclass(frozen=True, slots=True)
class _Standing:
    """A listing of the batch as it stands, and what was sent for it."""

    pk: int
    key: str
    wanted_id: int | None
    sent_id: int | None
    external_id: str
    document_id: int | None

    def is_done_with(self, result: PushResult) -> bool:
        """Whether the channel has now what is wanted: by far the most usual case."""
        return result.accepted and self.wanted_id == self.document_id


@transaction.atomic
def settle(
    run: Run,
    batch: Batch,
    results: Sequence[PushResult],
    *,
    refusal: FailureKind = FailureKind.PRODUCT,
) -> None:
    """Move *sent* for each product by itself, keep a Change of it, count it.

    `refusal`: of which kind a rejection is. As many statements for a thousand products as for one,
    but for those that were not simply accepted. Raises RunLost.
    """
    ownership.lock(run)
    channel = lock_channel(batch.channel_id)
    now = timezone.now()
    _close(batch, now)
    answers = {result.key: result for result in results}
    settled = [
        (one, answers.get(one.key) or PushResult(one.key, Outcome.UNANSWERED))
        for one in _standing(batch)
    ]
    bulk.create([_change(run, batch, *each) for each in settled])
    not_done = [each for each in settled if not each[0].is_done_with(each[1])]
    others = _settled_one_by_one(batch, channel, not_done, refusal, now)
    # Those that let go first: never two listings with `sent` for one product.
    Listing.objects.bulk_update([one for one in others if one.sent_id is None], _SETTLED)
    _settle_done(batch, [each for each in settled if each[0].is_done_with(each[1])], now)
    Listing.objects.bulk_update([one for one in others if one.sent_id is not None], _SETTLED)
    accepted = sum(result.accepted for _, result in settled)
    if accepted and adapter_class(channel.kind).publishes:
        feed, _ = Feed.objects.get_or_create(channel=channel)
        Feed.objects.filter(pk=feed.pk).update(version=F("version") + 1)
    settle_carriers(channel, [one.key for one, _ in settled], handed_over_by=run.catalog)
    count = "pushed" if batch.action == Action.PUSH else "withdrawn"  # hidden ones among them
    failed = sum(one.status == _Status.PARKED for one in others)
    ownership.update(run, **{count: getattr(run, count) + accepted, "failed": run.failed + failed})


def _standing(batch: Batch) -> list[_Standing]:
    """Lock the batch's listings; return those that are still there, in its order."""
    sent = dict(batch.items)
    rows = Listing.objects.filter(pk__in=list(sent)).order_by("pk").select_for_update(no_key=True)
    found = {
        row[0]: _Standing(*row, document_id=sent[row[0]])
        for row in rows.values_list("pk", "key", "wanted_id", "sent_id", "external_id")
    }
    return [found[pk] for pk in sent if pk in found]


def _settle_done(batch: Batch, done: Sequence[tuple[_Standing, PushResult]], now: datetime) -> None:
    """Settle listings whose channel has now exactly what they want."""
    if not done:
        return
    listings = Listing.objects.filter(pk__in=[one.pk for one, _ in done])
    settled = {
        "failure": "",
        "problem": "",
        "attempt_count": 0,
        "next_attempt_at": now,
        "handed_over_by": None,
        "updated_at": now,
    }
    if batch.action == Action.HIDE:
        listings.update(sent=hidden_document(), sent_at=now, status=_Status.HIDDEN, **settled)
        return
    if batch.action == Action.WITHDRAW:
        listings.update(sent=None, sent_at=None, external_id="", status=_Status.GONE, **settled)
        return
    listings.update(sent=F("wanted"), sent_at=now, status=_Status.LISTED, **settled)
    renamed = [
        Listing(pk=one.pk, external_id=result.external_id[:255])
        for one, result in done
        if result.external_id and result.external_id[:255] != one.external_id
    ]
    Listing.objects.bulk_update(renamed, ["external_id"], batch_size=500)


def _settled_one_by_one(
    batch: Batch,
    channel: Channel,
    answered: Sequence[tuple[_Standing, PushResult]],
    refusal: FailureKind,
    now: datetime,
) -> list[Listing]:
    """Return the listings of these with the channel's answers in them; unsaved."""
    if not answered:
        return []
    listings = Listing.objects.in_bulk([one.pk for one, _ in answered])
    is_in_doubt = {
        one.pk: result.outcome is Outcome.UNANSWERED or refusal is FailureKind.INTERNAL
        for one, result in answered
    }
    unknown = unknown_on(channel) if any(is_in_doubt.values()) else None
    for one, result in answered:
        listing = listings[one.pk]
        if unknown and is_in_doubt[one.pk]:
            listing.sent_id = unknown
        _apply(listing, one.document_id, result, refusal, now)
        if batch.action == Action.HIDE and result.accepted:
            listing.sent_id, listing.sent_at = hidden_document(), now
    return list(listings.values())


def _close(batch: Batch, now: datetime) -> None:
    """Mark it settled. Raises RunLost when a sibling's run gave it back, taking us for dead."""
    still_open = Batch.objects.filter(pk=batch.pk, state=Batch.State.OPEN)
    if not still_open.update(state=Batch.State.SETTLED, settled_at=now, updated_at=now):
        raise ownership.RunLost(f"batch {batch.pk} was given back meanwhile")


def _apply(
    listing: Listing,
    document_id: int | None,
    result: PushResult,
    refusal: FailureKind,
    now: datetime,
) -> None:
    """Put the channel's answer about one product into its listing; unsaved."""
    listing.updated_at = listing.next_attempt_at = now
    listing.external_id = (result.external_id or listing.external_id)[:255]
    changed_meanwhile = listing.wanted_id != document_id
    if result.outcome is Outcome.ACCEPTED:
        listing.sent_id = document_id
        listing.sent_at = now
        listing.handed_over_by_id = None
        listing.be_waiting(now)
        if document_id is None:
            listing.external_id, listing.sent_at = "", None
        return
    if changed_meanwhile:
        listing.be_waiting(now)
        return
    listing.attempt_count += 1
    if result.outcome is Outcome.UNANSWERED and listing.attempt_count < UNANSWERED_TRIES:
        listing.status = _Status.WAITING
        listing.next_attempt_at = now + timedelta(seconds=2**listing.attempt_count)
        listing.failure = FailureKind.TRANSIENT
        listing.problem = "The channel did not say what became of this product."
        return
    listing.status = _Status.PARKED
    listing.failure = refusal
    listing.problem = result.message or "The channel did not accept this product, without a reason."
    listing.handed_over_by_id = None


def _change(run: Run, batch: Batch, one: _Standing, result: PushResult) -> Change:
    return Change(
        run=run,
        listing_id=one.pk,
        action=batch.action,
        before_id=one.sent_id,
        after_id=one.document_id,
        outcome=_OUTCOMES[result.outcome],
        message=result.message,
    )
