"""Pushing: send what is due, batch by batch, until nothing of the run is due or scheduled."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Min
from django.utils import timezone

from channels.base import ChannelAdapter, ChannelProduct, Outcome, PushResult
from outbound.errors import OutboundError, TransientError
from outbound.retry import Retrier
from sync.batches import claim_batch, contents_of, dissolve, open_batches, settle
from sync.models import Batch, Listing, Run
from sync.models.batches import Action
from sync.models.listings import ListingQuerySet
from sync.runs import note

logger = logging.getLogger(__name__)

Wait = Callable[[float], None]  # sleeps that many seconds, or raises when the run is to end


def push_due(run: Run, adapter: ChannelAdapter, *, go_on: Callable[[], None], wait: Wait) -> None:
    """Send everything of this run that waits: pushes first, then withdrawals.

    Raises OutboundError when the channel refuses or cannot be reached; what was not settled
    waits for the next run then.
    """
    for left_open in open_batches(run):
        go_on()
        _send(run, left_open, adapter, wait)
    while True:
        go_on()
        batch = claim_batch(run, Action.PUSH, adapter.batch_size) or claim_batch(
            run, Action.WITHDRAW, adapter.batch_size
        )
        if batch is not None:
            _send(run, batch, adapter, wait)
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
    """Return when something that still waits is due, or None if nothing waits."""
    moment: datetime | None = _waiting(run).aggregate(next=Min("next_attempt_at"))["next"]
    if moment is not None and moment <= timezone.now():
        # Due, but not claimed: a sibling's batch has the product in flight. Look again shortly.
        return timezone.now() + timedelta(seconds=0.5)
    return moment


def _send(run: Run, batch: Batch, adapter: ChannelAdapter, wait: Wait) -> None:
    """Make the batch's call, again and again under the table of failures, and settle it."""
    products = contents_of(batch)
    if products is None:
        dissolve(batch, "A product changed before the batch was sent.")
        return

    def call() -> list[PushResult]:
        batch.tries += 1
        Batch.objects.filter(pk=batch.pk).update(tries=batch.tries, updated_at=timezone.now())
        return _call(batch, adapter, products)

    def say(seconds: float, error: TransientError) -> None:
        logger.info("Batch %s of run %s waits %.1f s: %s", batch.pk, run.pk, seconds, error.detail)
        again = timezone.now() + timedelta(seconds=seconds)
        Batch.objects.filter(pk=batch.pk).update(problem=error.message, next_attempt_at=again)
        note(run, f"{error.message} Next try in {max(1, round(seconds))} s.")

    try:
        results = Retrier(sleep=wait).call(call, on_wait=say)
    except TransientError as error:
        raise TransientError(
            f"{error.message} It was tried {batch.tries} times; the products wait for the next "
            "run.",
            detail=error.detail,
            retry_after=error.retry_after,
        ) from error
    if run.note:
        note(run, "")
    settle(run, batch, results)


def _call(
    batch: Batch, adapter: ChannelAdapter, products: list[ChannelProduct]
) -> list[PushResult]:
    """Call the channel once. A fault in the adapter parks the batch's products, not the run."""
    key = str(batch.key)
    try:
        if batch.action == Action.PUSH:
            return adapter.push(products, idempotency_key=key)
        return adapter.withdraw([product.key for product in products], idempotency_key=key)
    except OutboundError:
        raise
    except Exception:
        logger.exception("Batch %s could not be sent", batch.pk)
        sentence = "Ferry failed on this product. The people who run it find the reason in the log."
        return [PushResult(one.key, Outcome.REJECTED, sentence) for one in products]
