"""Pushing: send what is due, batch by batch, until nothing of the run is due or scheduled."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Min
from django.utils import timezone

from channels.base import ChannelAdapter, ChannelProduct, Outcome, PushResult
from outbound.errors import (
    AnswerTooLarge,
    ConfigurationError,
    FailureKind,
    NotSent,
    OutboundError,
    TransientError,
)
from outbound.retry import Retrier
from sync.batches import claim_batch, contents_of, dissolve, free_abandoned, open_batches
from sync.models import Batch, Listing, Run
from sync.models.batches import Action
from sync.models.listings import ListingQuerySet
from sync.pauses import pause, refuse_while_paused
from sync.runs import note
from sync.settling import settle

logger = logging.getLogger(__name__)

Wait = Callable[[float], None]  # sleeps that many seconds, or raises when the run is to end

_FAULT = "Ferry failed on this product. The people who run it find the reason in the log."


def push_due(run: Run, adapter: ChannelAdapter, *, go_on: Callable[[], None], wait: Wait) -> None:
    """Send everything of this run that waits: pushes first, then withdrawals.

    Raises OutboundError when the channel refuses or cannot be reached; what was not settled
    waits for the next run then.
    """
    for left_open in open_batches(run):
        go_on()
        _Delivery(run, left_open, adapter).carry_out(wait)
    while True:
        go_on()
        batch = claim_batch(run, Action.PUSH, adapter.batch_size) or claim_batch(
            run, Action.WITHDRAW, adapter.batch_size
        )
        if batch is not None:
            _Delivery(run, batch, adapter).carry_out(wait)
            continue
        moment = _next_due(run)
        if moment is None:
            return
        wait(max(0.0, (moment - timezone.now()).total_seconds()))


def count_what_waits(run: Run) -> None:
    """Remember how much there is to send, for the progress bar."""
    run.to_send = run.pushed + run.withdrawn + run.failed + _waiting(run).count()
    Run.objects.filter(pk=run.pk, owner=run.owner).update(to_send=run.to_send)


def _waiting(run: Run) -> ListingQuerySet:
    waiting = Listing.objects.of_run_over(run.catalog).filter(status=Listing.Status.WAITING)
    return waiting.to_push() | waiting.to_withdraw()


def _next_due(run: Run) -> datetime | None:
    """Return when to look again for something to send, or None if nothing is left."""
    now = timezone.now()
    moment: datetime | None = _waiting(run).aggregate(next=Min("next_attempt_at"))["next"]
    in_flight = Listing.objects.of_run_over(run.catalog).filter(status=Listing.Status.IN_FLIGHT)
    if in_flight.exists() or (moment is not None and moment <= now):
        # A sibling's run has one of these products under way. What it leaves may be ours to send.
        free_abandoned(run)
        return now + timedelta(seconds=0.5)
    return moment


class _Changed(Exception):
    """What the batch carries is not what is wanted any more."""


class _Delivery:
    """One batch's call, made again and again under the table of failures, and settled."""

    def __init__(self, run: Run, batch: Batch, adapter: ChannelAdapter) -> None:
        self._run = run
        self._batch = batch
        self._adapter = adapter
        self._refusal = FailureKind.PRODUCT
        # Whether the channel may have carried out a call whose answer we do not have.
        self._in_doubt = batch.tries > 0

    def carry_out(self, wait: Wait) -> None:
        run, batch = self._run, self._batch
        try:
            results = Retrier(sleep=wait).call(self._try, on_wait=self._say)
        except _Changed:
            problem = "A product changed before the batch was sent."
            dissolve(run, batch, problem, in_doubt=self._in_doubt)
            return
        except TransientError as error:
            dissolve(run, batch, error.message, in_doubt=self._in_doubt)
            raise self._given_up(error) from error
        except OutboundError as error:
            dissolve(run, batch, error.message, in_doubt=self._in_doubt)
            raise
        if run.note:
            note(run, "")
        settle(run, batch, results, refusal=self._refusal)

    def _try(self) -> list[PushResult]:
        """Call the channel once. A fault in the adapter parks the batch's products, not the run."""
        batch = self._batch
        refuse_while_paused(batch.channel_id)
        products = contents_of(batch)
        if products is None:
            raise _Changed
        batch.tries += 1
        Batch.objects.filter(pk=batch.pk).update(tries=batch.tries, updated_at=timezone.now())
        try:
            return self._call(products)
        except OutboundError as error:
            self._in_doubt = self._in_doubt or _may_have_arrived(error)
            if error.retry_after:
                pause(batch.channel_id, error.retry_after)
            raise
        except Exception:
            logger.exception("Batch %s could not be sent", batch.pk)
            self._refusal = FailureKind.INTERNAL
            return [PushResult(one.key, Outcome.REJECTED, _FAULT) for one in products]

    def _call(self, products: list[ChannelProduct]) -> list[PushResult]:
        key = str(self._batch.key)
        if self._batch.action == Action.PUSH:
            return self._adapter.push(products, idempotency_key=key)
        return self._adapter.withdraw([one.key for one in products], idempotency_key=key)

    def _say(self, seconds: float, error: TransientError) -> None:
        run, batch = self._run, self._batch
        logger.info("Batch %s of run %s waits %.1f s: %s", batch.pk, run.pk, seconds, error.detail)
        again = timezone.now() + timedelta(seconds=seconds)
        Batch.objects.filter(pk=batch.pk).update(problem=error.message, next_attempt_at=again)
        note(run, f"{error.message} Next try in {max(1, round(seconds))} s.")

    def _given_up(self, error: TransientError) -> TransientError:
        tries = self._batch.tries
        tried = (
            f"It was tried {'once' if tries == 1 else f'{tries} times'}; the" if tries else "The"
        )
        return TransientError(
            f"{error.message} {tried} products wait for the next run.",
            detail=error.detail,
            retry_after=error.retry_after,
        )


def _may_have_arrived(error: OutboundError) -> bool:
    """Return whether the channel may have carried out a call that failed like this."""
    if isinstance(error, AnswerTooLarge):
        return True
    return not isinstance(error, NotSent | ConfigurationError)
