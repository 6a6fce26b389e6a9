"""Pushing: send what is due, batch by batch, until nothing of the run is due or scheduled.

Several calls may be under way at the same time, as many as the channel's adapter declares: the
calls are made in threads, the database is the business of the one thread that runs this.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from django.db.models import Min
from django.utils import timezone

from channels.base import ChannelAdapter
from outbound.errors import NotSent, OutboundError, TransientError
from sync.batches import (
    claim_batches,
    contents_of_all,
    count_tries,
    free_abandoned,
    open_batches,
)
from sync.delivering import Delivery, NotReady, Wait
from sync.media import NEXT_RUN, let_wait
from sync.models import Batch, Listing, Run
from sync.models.batches import Action
from sync.models.listings import ListingQuerySet
from sync.ownership import RunLost
from sync.pauses import refuse_while_left_alone
from sync.runs import note
from sync.settling import Answered, settle_all

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_LACKS_FILES = "Its files are downloaded by the next run."


def push_due(run: Run, adapter: ChannelAdapter, *, go_on: Callable[[], None], wait: Wait) -> None:
    """Send everything of this run that waits: pushes first, then withdrawals.

    Raises OutboundError when the channel refuses or cannot be reached; what was not settled
    waits for the next run then.
    """
    with ThreadPoolExecutor(adapter.concurrency, thread_name_prefix="pushing") as pool:
        _Pushing(run, adapter, pool, go_on=go_on, wait=wait).push()


def push_only(
    run: Run,
    keys: Collection[str],
    adapter: ChannelAdapter,
    *,
    go_on: Callable[[], None],
    wait: Wait,
) -> None:
    """Send those of these products that wait and are due, and no others."""
    with ThreadPoolExecutor(adapter.concurrency, thread_name_prefix="pushing") as pool:
        _Pushing(run, adapter, pool, go_on=go_on, wait=wait, only=keys).push()


def count_what_waits(run: Run) -> None:
    """Remember how much there is to send, for the progress bar."""
    run.to_send = run.pushed + run.withdrawn + run.failed + _waiting(run).count()
    Run.objects.filter(pk=run.pk, owner=run.owner).update(to_send=run.to_send)


def has_something_to_send(run: Run) -> bool:
    """Return whether `push_due` will call the channel, or has to wait for a sibling that does."""
    in_flight = Listing.objects.of_run(run).filter(status=Listing.Status.IN_FLIGHT)
    return _waiting(run).exists() or in_flight.exists() or bool(open_batches(run))


def _waiting(run: Run) -> ListingQuerySet:
    waiting = Listing.objects.of_run(run).filter(status=Listing.Status.WAITING)
    return waiting.to_push() | waiting.to_withdraw()


def _next_due(run: Run) -> datetime | None:
    """Return when to look again for something to send, or None if nothing is left for this run."""
    now = timezone.now()
    moment: datetime | None = _waiting(run).aggregate(next=Min("next_attempt_at"))["next"]
    in_flight = Listing.objects.of_run(run).filter(status=Listing.Status.IN_FLIGHT)
    if in_flight.exists() or (moment is not None and moment <= now):
        # A sibling's run has one of these products under way. What it leaves may be ours to send.
        free_abandoned(run)
        return now + timedelta(seconds=0.5)
    if moment is not None and moment > now + NEXT_RUN:
        return None
    return moment


class _Pushing:
    """The batches of a run that are under way at the same time.

    It begins with one call; once the channel answered one well there may be as many as the adapter
    declares, and only one again while the channel is unwell.
    """

    def __init__(
        self,
        run: Run,
        adapter: ChannelAdapter,
        pool: ThreadPoolExecutor,
        *,
        go_on: Callable[[], None],
        wait: Wait,
        only: Collection[str] | None = None,
    ) -> None:
        """`only`: of these keys, as far as they are due."""
        self._run = run
        self._only = only
        self._adapter = adapter
        self._pool = pool
        self._go_on = go_on
        self._wait = wait
        self._at_once = 1
        self._deliveries = [Delivery(run, batch, adapter, wait) for batch in open_batches(run)]

    def push(self) -> None:
        try:
            while self._step():
                pass
        except RunLost:
            raise
        except Exception:  # whatever ends the run: what was answered counts all the same
            self._end()
            raise

    def _step(self) -> bool:
        """Start what may start and settle what was answered; False when nothing is left to do."""
        self._go_on()
        free = self._at_once - len(self._deliveries)
        if free > 0:
            self._deliveries += [
                Delivery(self._run, batch, self._adapter, self._wait) for batch in self._claim(free)
            ]
        self._start_calls()
        if not self._deliveries:
            moment = _next_due(self._run) if self._only is None else None
            if moment is None:
                return False
            self._wait(max(0.0, (moment - timezone.now()).total_seconds()))
            return True
        self._pass_time()
        answered = [one for one in self._deliveries if one.call is not None and one.call.done()]
        self._take_answers(answered)
        return True

    def _claim(self, number: int) -> list[Batch]:
        """Claim the next batches. What is withdrawn waits until everything is pushed."""
        claim = partial(
            claim_batches,
            self._run,
            size=self._adapter.batch_size,
            number=number,
            hides=self._adapter.can_hide,
            only=self._only,
        )
        batches = claim(Action.PUSH)
        if not batches and not any(one.pushes for one in self._deliveries):
            batches = claim(Action.WITHDRAW)
            if not batches and self._adapter.can_hide:
                batches = claim(Action.HIDE)
        return batches

    def _start_calls(self) -> None:
        """Start what is due. What it carries is read for all of it together."""
        due = [one for one in self._in_turn() if one.call is None and one.waits <= 0]
        if not due:
            return
        try:
            refuse_while_left_alone(self._run.catalog.channel_id)
        except NotSent as error:
            for delivery in due:
                self._failed(delivery, error)
            return
        contents = contents_of_all([one.batch for one in due])
        ready: list[Delivery] = []
        for delivery, products in zip(due, contents, strict=True):
            try:
                delivery.load(products)
            except NotReady as error:
                self._deliveries.remove(delivery)
                delivery.give_up(error.reason)
                if error.keys:
                    mine = Listing.objects.filter(channel=self._run.catalog.channel_id)
                    let_wait(mine.filter(key__in=error.keys), _LACKS_FILES)
            else:
                ready.append(delivery)
        count_tries([delivery.batch for delivery in ready])
        for delivery in ready:
            delivery.start(self._pool)

    def _in_turn(self) -> list[Delivery]:
        """Return those that may be under way now; the others wait for one of these to end."""
        return self._deliveries[: self._at_once]

    def _pass_time(self) -> None:
        """Let time pass until a call is answered, or the next one is due."""
        calls = [one.call for one in self._deliveries if one.call is not None]
        waits = [one.waits for one in self._in_turn() if one.call is None]
        if not calls:
            passed = min(waits, default=0.0)
            self._wait(passed)
        else:
            started = monotonic()
            wait_for(calls, min([_LOOK_SECONDS, *waits]), FIRST_COMPLETED)
            passed = monotonic() - started
        for delivery in self._deliveries:
            delivery.waits = max(0.0, delivery.waits - passed)

    def _take_answers(self, deliveries: Sequence[Delivery]) -> None:
        """Settle what was answered, all in one go, before a failure beside it counts."""
        good: list[Answered] = []
        failed: list[tuple[Delivery, OutboundError]] = []
        for delivery in deliveries:
            try:
                good.append(delivery.answer())
            except OutboundError as error:
                failed.append((delivery, error))
            else:
                self._deliveries.remove(delivery)
        if good:
            self._at_once = self._adapter.concurrency
            if self._run.note:
                note(self._run, "")
            settle_all(self._run, good)
        for delivery, failure in failed:
            if isinstance(failure, TransientError):
                self._failed(delivery, failure)
                continue
            self._deliveries.remove(delivery)
            delivery.give_up(failure.message)
            raise failure

    def _failed(self, delivery: Delivery, error: TransientError) -> None:
        """Let it wait for its next try, or give it up and raise."""
        self._at_once = 1
        if not delivery.is_tried_again_after(error):
            self._deliveries.remove(delivery)
            delivery.give_up(error.message)
            raise delivery.given_up_after(error) from error

    def _end(self) -> None:
        """Settle what is still answered, and give back the rest: the run ends."""
        good: list[Answered] = []
        for delivery in self._deliveries:
            if delivery.call is None:
                delivery.give_up("The run ended before it was sent.")
                continue
            try:
                good.append(delivery.answer())
            except OutboundError as error:
                delivery.give_up(error.message)
        if good:
            settle_all(self._run, good)
