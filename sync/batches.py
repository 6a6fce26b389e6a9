"""Batches: claim what is due, settle what the channel answered, dissolve what has changed."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from channels.base import ChannelProduct, Outcome, PushResult
from outbound.errors import FailureKind
from sync import ownership
from sync.carriers import lock_channel, settle_carriers
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


@transaction.atomic
def claim_batch(run: Run, action: Action, size: int) -> Batch | None:
    """Take up to `size` due listings into a new batch, or return None if none is due.

    Committed before the channel is called, so that a crash leaves something to take up. Raises
    RunLost.
    """
    ownership.lock(run)
    due = Listing.objects.of_run_over(run.catalog).due()
    due = due.to_push() if action == Action.PUSH else due.to_withdraw()
    skip_locked = connection.features.has_select_for_update_skip_locked
    claimed = list(
        due.select_for_update(skip_locked=skip_locked, of=("self",)).order_by(
            "next_attempt_at", "pk"
        )[:size]
    )
    if not claimed:
        return None
    items = [[listing.pk, listing.wanted_id] for listing in claimed]
    digest = _digest(action, [(one.key, one.wanted_id) for one in claimed])
    batch = _given_up_before(run, digest, items)
    if batch is None:
        batch = Batch(
            run=run, channel_id=run.catalog.channel_id, action=action, items=items, digest=digest
        )
    batch.run, batch.state, batch.tries, batch.problem = run, Batch.State.OPEN, 0, ""
    batch.save()
    Listing.objects.filter(pk__in=[pk for pk, _ in items]).update(
        status=_Status.IN_FLIGHT, updated_at=timezone.now()
    )
    return batch


def open_batches(run: Run) -> list[Batch]:
    """Return what an earlier process of this run left under way."""
    return list(Batch.objects.filter(run=run, state=Batch.State.OPEN).order_by("pk"))


def contents_of(batch: Batch) -> list[ChannelProduct] | None:
    """Return what the batch sends, in its order, or None when a listing changed meanwhile."""
    pks = [pk for pk, _ in batch.items]
    listings = Listing.objects.select_related("wanted").in_bulk(pks)
    products = []
    for pk, document_id in batch.items:
        listing = listings.get(pk)
        if listing is None or listing.wanted_id != document_id:
            return None
        body = listing.wanted.body if listing.wanted else ""
        products.append(ChannelProduct(key=listing.key, body=body))
    return products


@transaction.atomic
def settle(run: Run, batch: Batch, results: Sequence[PushResult]) -> None:
    """Move *sent* for each product by itself, keep a Change of it, count it. Raises RunLost."""
    ownership.lock(run)
    channel = lock_channel(batch.channel_id)
    now = timezone.now()
    pks = [pk for pk, _ in batch.items]
    listings = {
        one.pk: one
        for one in Listing.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True)
    }
    answers = {result.key: result for result in results}
    changes = []
    counts = {Outcome.ACCEPTED: 0, Outcome.REJECTED: 0, Outcome.UNANSWERED: 0}
    parked = 0
    for pk, document_id in batch.items:
        listing = listings.get(pk)
        if listing is None:  # removed with its catalog
            continue
        result = answers.get(listing.key) or PushResult(listing.key, Outcome.UNANSWERED)
        counts[result.outcome] += 1
        changes.append(_change(run, batch, listing, document_id, result))
        _apply(listing, document_id, result, now)
        parked += listing.status == _Status.PARKED
    # Those that let go first: never two listings with `sent` for one product.
    ordered = sorted(listings.values(), key=lambda one: one.sent_id is not None)
    Listing.objects.bulk_update(ordered, _SETTLED, batch_size=500)
    Change.objects.bulk_create(changes, batch_size=500)
    batch.state, batch.settled_at = Batch.State.SETTLED, now
    batch.save(update_fields=["state", "settled_at", "updated_at"])
    accepted = counts[Outcome.ACCEPTED]
    if accepted:
        feed, _ = Feed.objects.get_or_create(channel=channel)
        Feed.objects.filter(pk=feed.pk).update(version=F("version") + 1)
    settle_carriers(channel, [one.key for one in listings.values()], handed_over_by=run.catalog)
    if batch.action == Action.PUSH:
        run.pushed += accepted
    else:
        run.withdrawn += accepted
    run.failed += parked
    run.save(update_fields=["pushed", "withdrawn", "failed", "updated_at"])


def _given_up_before(run: Run, digest: str, items: list[list[int | None]]) -> Batch | None:
    """Return an earlier batch of exactly this content whose outcome we never learned.

    The channel may have carried it out, so the same call goes out under the same key. Not if any
    of its products was answered since: a channel that remembers keys would take the new call for
    the old one.
    """
    batch = (
        Batch.objects.filter(
            channel=run.catalog.channel_id, digest=digest, state=Batch.State.DISSOLVED
        )
        .order_by("-pk")
        .first()
    )
    if batch is None or batch.items != items:
        return None
    answered = Change.objects.filter(
        listing__in=[pk for pk, _ in items], created_at__gte=batch.created_at
    )
    return None if answered.exists() else batch


@transaction.atomic
def dissolve(batch: Batch, problem: str = "") -> None:
    """Give the batch's listings back: what they want is sent by another batch, at once or later.

    They keep their place in the queue, so that an unchanged batch is claimed just so again.
    """
    channel = lock_channel(batch.channel_id)
    listings = Listing.objects.filter(
        pk__in=[pk for pk, _ in batch.items], status=_Status.IN_FLIGHT
    )
    keys = list(listings.values_list("key", flat=True))
    now = timezone.now()
    listings.filter(wanted=None, sent=None).update(status=_Status.GONE, updated_at=now)
    listings.filter(wanted=F("sent")).update(status=_Status.LISTED, updated_at=now)
    listings.update(status=_Status.WAITING, updated_at=now)
    settle_carriers(channel, keys)
    batch.state, batch.problem = Batch.State.DISSOLVED, problem
    batch.save(update_fields=["state", "problem", "updated_at"])


def _apply(listing: Listing, document_id: int | None, result: PushResult, now: datetime) -> None:
    """Put the channel's answer about one product into its listing; unsaved."""
    listing.updated_at = listing.next_attempt_at = now
    changed_meanwhile = listing.wanted_id != document_id
    if result.outcome is Outcome.ACCEPTED:
        listing.sent_id = document_id
        listing.sent_at = now
        listing.external_id = (result.external_id or listing.external_id)[:255]
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
    listing.failure = FailureKind.PRODUCT
    listing.problem = result.message or "The channel did not accept this product, without a reason."
    listing.handed_over_by_id = None


def _change(
    run: Run, batch: Batch, listing: Listing, document_id: int | None, result: PushResult
) -> Change:
    outcome = {
        Outcome.ACCEPTED: Change.Outcome.ACCEPTED,
        Outcome.REJECTED: Change.Outcome.REFUSED,
        Outcome.UNANSWERED: Change.Outcome.UNANSWERED,
    }[result.outcome]
    return Change(
        run=run,
        listing=listing,
        action=batch.action,
        before_id=listing.sent_id,
        after_id=document_id,
        outcome=outcome,
        message=result.message,
    )


def _digest(action: str, items: Iterable[tuple[str, int | None]]) -> str:
    text = "\n".join([action, *(f"{key} {document or ''}" for key, document in items)])
    return hashlib.sha256(text.encode()).hexdigest()
