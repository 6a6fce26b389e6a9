"""Settle a batch: move *sent* for each product by what the channel answered about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, TextField, Value, When
from django.utils import timezone

from catalogs.models import Channel
from channels.base import Outcome, PushResult
from channels.registry import adapter_class
from outbound.errors import FailureKind
from sync import bulk, ownership
from sync.awaiting import follow_links
from sync.carriers import lock_channel, settle_carriers
from sync.documents import hidden_document, unknown_on
from sync.last_known import held, keep
from sync.models import Batch, Change, Feed, Listing, MissingTarget, Run
from sync.models.batches import Action
from sync.said import NO_ANSWER, NO_REASON

UNANSWERED_TRIES = 3  # how often a channel may say nothing about a product before it is parked

_Status = Listing.Status
_SETTLED = [
    "sent",
    "last_known",
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
class Answered:
    """A batch and what the channel said; `refusal`: of which kind a rejection in it is."""

    batch: Batch
    results: Sequence[PushResult]
    refusal: FailureKind = FailureKind.PRODUCT


@dataclass(frozen=True, slots=True)
class _Settled:
    """A listing of a batch as it stands, what was sent for it, and what the channel said."""

    pk: int
    key: str
    wanted_id: int | None
    sent_id: int | None
    external_id: str
    was_sent_at: datetime | None
    action: Action
    document_id: int | None
    result: PushResult
    refusal: FailureKind

    @property
    def is_done(self) -> bool:
        """Whether the channel has now what is wanted: by far the most usual case."""
        return self.result.accepted and self.wanted_id == self.document_id

    @property
    def remark(self) -> str:
        """What the channel remarked on a product that it took all the same."""
        return self.result.message if self.action == Action.PUSH else ""


def settle(run: Run, batch: Batch, results: Sequence[PushResult]) -> None:
    """Settle one batch, as `settle_all` does."""
    settle_all(run, [Answered(batch, results)])


@transaction.atomic
def settle_all(run: Run, answered: Sequence[Answered]) -> None:
    """Move *sent* for each product by itself, keep a Change of it, count it.

    As many statements for a thousand products as for one, but for those that were not simply
    accepted. Raises RunLost.
    """
    ownership.lock(run)
    channel = lock_channel(run.catalog.channel_id)
    now = timezone.now()
    _close([one.batch for one in answered], now)
    settled = _standing(answered)
    bulk.create(Change, _CHANGED, [_change(one) for one in settled], {"run_id": run.pk})
    others = _settled_one_by_one(channel, [one for one in settled if not one.is_done], now)
    # Those that let go first: never two listings with `sent` for one product.
    Listing.objects.bulk_update([one for one in others if one.sent_id is None], _SETTLED)
    for action in Action:
        _settle_done(action, [one for one in settled if one.is_done and one.action == action], now)
    Listing.objects.bulk_update([one for one in others if one.sent_id is not None], _SETTLED)
    accepted = [one.action for one in settled if one.result.accepted]
    if accepted and adapter_class(channel.kind).publishes:
        feed, _ = Feed.objects.get_or_create(channel=channel)
        Feed.objects.filter(pk=feed.pk).update(version=F("version") + 1)
    _note_missing(settled)
    if adapter_class(channel.kind).relations:
        _follow_links(channel, run, answered, settled)
    settle_carriers(channel, [one.key for one in settled], handed_over_by=run.catalog)
    pushed = accepted.count(Action.PUSH)
    ownership.update(
        run,
        pushed=run.pushed + pushed,
        withdrawn=run.withdrawn + len(accepted) - pushed,  # hidden ones among them
        failed=run.failed + sum(one.status == _Status.PARKED for one in others),
    )


def _standing(answered: Sequence[Answered]) -> list[_Settled]:
    """Lock the batches' listings; return those that are still there, in their order."""
    pks = [pk for one in answered for pk, _ in one.batch.items]
    rows = Listing.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True)
    known = rows.values_list("pk", "key", "wanted_id", "sent_id", "external_id", "sent_at")
    found = {row[0]: row for row in known}
    settled = []
    for one in answered:
        answers = {result.key: result for result in one.results}
        action = Action(one.batch.action)
        for pk, document_id in one.batch.items:
            if (row := found.get(pk)) is not None:
                result = answers.get(row[1]) or PushResult(row[1], Outcome.UNANSWERED)
                settled.append(_Settled(*row, action, document_id, result, one.refusal))
    return settled


def _follow_links(
    channel: Channel, run: Run, answered: Sequence[Answered], settled: Sequence[_Settled]
) -> None:
    accepted = [one for one in settled if one.result.accepted]
    pushed = [one for one in accepted if one.action == Action.PUSH]
    follow_links(
        channel,
        by=run.catalog,
        awaits={one.key: one.result.awaits for one in pushed},
        gone=[one.key for one in accepted if one.action == Action.WITHDRAW],
        arrived=[one.key for one in pushed if one.was_sent_at is None],
        since=min(one.batch.created_at for one in answered),
    )


def _settle_done(action: Action, done: Sequence[_Settled], now: datetime) -> None:
    """Settle listings whose channel has now exactly what they want."""
    if not done:
        return
    listings = Listing.objects.filter(pk__in=[one.pk for one in done])
    settled: dict[str, Any] = {
        "failure": "",
        "problem": "",
        "attempt_count": 0,
        "next_attempt_at": now,
        "handed_over_by": None,
        "updated_at": now,
    }
    if action != Action.PUSH:  # what a product lacks is still so when it is off the channel
        is_incomplete = When(left_because=Listing.Left.INCOMPLETE, then=F("problem"))
        settled["problem"] = Case(is_incomplete, default=Value(""), output_field=TextField())
    if action == Action.HIDE:
        keep(listings)
        listings.update(sent=hidden_document(), sent_at=now, status=_Status.HIDDEN, **settled)
        return
    settled["last_known"] = None
    if action == Action.WITHDRAW:
        listings.update(sent=None, sent_at=None, external_id="", status=_Status.GONE, **settled)
        return
    listings.update(sent=F("wanted"), sent_at=now, status=_Status.LISTED, **settled)
    renamed = [
        Listing(pk=one.pk, external_id=one.result.external_id[:255])
        for one in done
        if one.result.external_id and one.result.external_id[:255] != one.external_id
    ]
    Listing.objects.bulk_update(renamed, ["external_id"], batch_size=500)
    remarked = [Listing(pk=one.pk, problem=one.remark) for one in done if one.remark]
    Listing.objects.bulk_update(remarked, ["problem"], batch_size=500)


def _settled_one_by_one(
    channel: Channel, settled: Sequence[_Settled], now: datetime
) -> list[Listing]:
    """Return the listings of these with the channel's answers in them; unsaved."""
    if not settled:
        return []
    rows = Listing.objects.filter(pk__in=[one.pk for one in settled])
    listings: dict[int, Any] = rows.annotate(held=held()).in_bulk()
    is_in_doubt = {
        one.pk: one.result.outcome is Outcome.UNANSWERED or one.refusal is FailureKind.INTERNAL
        for one in settled
    }
    unknown = unknown_on(channel) if any(is_in_doubt.values()) else None
    for one in settled:
        listing = listings[one.pk]
        if unknown and is_in_doubt[one.pk]:
            listing.sent_id, listing.last_known_id = unknown, listing.held
            if one.action == Action.WITHDRAW:  # it may be gone, and new when it comes back
                listing.sent_at = None
        external_id = listing.external_id
        _apply(listing, one.document_id, one.result, one.refusal, now)
        if one.action == Action.HIDE and one.result.accepted:
            listing.sent_id, listing.last_known_id = hidden_document(), listing.held
            listing.sent_at, listing.external_id = now, external_id
    return list(listings.values())


def _close(batches: Sequence[Batch], now: datetime) -> None:
    """Mark them settled. Raises RunLost when a sibling's run gave one back, taking us for dead."""
    still_open = Batch.objects.filter(pk__in=[one.pk for one in batches], state=Batch.State.OPEN)
    settled = still_open.update(state=Batch.State.SETTLED, settled_at=now, updated_at=now)
    if settled != len(batches):
        raise ownership.RunLost("a batch was given back meanwhile")


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
        listing.sent_id, listing.last_known_id = document_id, None
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
        listing.problem = NO_ANSWER
        return
    listing.status = _Status.PARKED
    listing.failure = refusal
    listing.problem = result.message or NO_REASON
    listing.handed_over_by_id = None


def _note_missing(settled: Sequence[_Settled]) -> None:
    """Keep which targets the channel needs and refused products did not bring."""
    refused = [one for one in settled if one.result.outcome is Outcome.REJECTED]
    if not refused:
        return
    MissingTarget.objects.filter(listing__in=[one.pk for one in refused]).delete()
    rows = [(one.pk, code[:255]) for one in refused for code in one.result.missing]
    bulk.create(MissingTarget, ("listing_id", "target"), list(dict.fromkeys(rows)), {})


_CHANGED = ("listing_id", "action", "before_id", "after_id", "outcome", "message")


def _change(one: _Settled) -> bulk.Row:
    outcome = _OUTCOMES[one.result.outcome].value
    message = one.result.message
    return one.pk, one.action.value, one.sent_id, one.document_id, outcome, message
