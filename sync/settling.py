"""Settle a batch: move *sent* for each product by what the channel answered about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from channels.base import Outcome, PushResult
from outbound.errors import FailureKind
from sync import ownership
from sync.carriers import lock_channel, settle_carriers
from sync.documents import unknown_on
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


@transaction.atomic
def settle(
    run: Run,
    batch: Batch,
    results: Sequence[PushResult],
    *,
    refusal: FailureKind = FailureKind.PRODUCT,
) -> None:
    """Move *sent* for each product by itself, keep a Change of it, count it.

    `refusal`: of which kind a rejection is. Raises RunLost.
    """
    ownership.lock(run)
    channel = lock_channel(batch.channel_id)
    now = timezone.now()
    _close(batch, now)
    pks = [pk for pk, _ in batch.items]
    rows = Listing.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True)
    listings = {one.pk: one for one in rows}
    answers = {result.key: result for result in results}
    settled = [  # without those that were removed with their catalog
        (one, document_id, answers.get(one.key) or PushResult(one.key, Outcome.UNANSWERED))
        for pk, document_id in batch.items
        if (one := listings.get(pk)) is not None
    ]
    Change.objects.bulk_create([_change(run, batch, *each) for each in settled], batch_size=500)
    in_doubt = [
        one
        for one, _, result in settled
        if result.outcome is Outcome.UNANSWERED or refusal is FailureKind.INTERNAL
    ]
    if in_doubt and (unknown := unknown_on(channel)):
        for listing in in_doubt:
            listing.sent_id = unknown
    for listing, document_id, result in settled:
        _apply(listing, document_id, result, refusal, now)
    # Those that let go first: never two listings with `sent` for one product.
    ordered = sorted(listings.values(), key=lambda one: one.sent_id is not None)
    Listing.objects.bulk_update(ordered, _SETTLED, batch_size=500)
    accepted = sum(result.accepted for _, _, result in settled)
    if accepted:
        feed, _ = Feed.objects.get_or_create(channel=channel)
        Feed.objects.filter(pk=feed.pk).update(version=F("version") + 1)
    settle_carriers(channel, [one.key for one in ordered], handed_over_by=run.catalog)
    if batch.action == Action.PUSH:
        run.pushed += accepted
    else:
        run.withdrawn += accepted
    run.failed += sum(one.status == _Status.PARKED for one, _, _ in settled)
    run.save(update_fields=["pushed", "withdrawn", "failed", "updated_at"])


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
        if not changed_meanwhile:
            listing.status = _Status.LISTED if document_id else _Status.GONE
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


def _change(
    run: Run, batch: Batch, listing: Listing, document_id: int | None, result: PushResult
) -> Change:
    return Change(
        run=run,
        listing=listing,
        action=batch.action,
        before_id=listing.sent_id,
        after_id=document_id,
        outcome=_OUTCOMES[result.outcome],
        message=result.message,
    )
