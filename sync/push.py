"""Pushing: send what is due, batch by batch, until nothing of the run is due or scheduled.

Several calls may be under way at the same time, as many as the channel's adapter declares: the
calls are made in threads, the database is the business of the one thread that runs this.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from django.db import connections
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
from sync.batches import claim_batches, contents_of, dissolve, free_abandoned, open_batches
from sync.giving_way import retrier_for
from sync.media import NEXT_RUN, let_wait, remark_on, remarked, with_files
from sync.models import Batch, Listing, Run
from sync.models.batches import Action
from sync.models.listings import ListingQuerySet
from sync.ownership import RunLost
from sync.pauses import leave_alone, refuse_while_left_alone
from sync.runs import note
from sync.settling import Answered, settle_all

logger = logging.getLogger(__name__)

Wait = Callable[[float], None]  # sleeps that many seconds, or raises when the run is to end

_Call = Future[list[PushResult]]

_LOOK_SECONDS = 1.0
_LACKS_FILES = "Its files are downloaded by the next run."
_FAULT = "Ferry failed on this product. The people who run it find the reason in the log."


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


class _Changed(Exception):
    """What the batch carries is not what is wanted any more."""


class _NotReady(Exception):
    """Products of the batch need files that nobody has asked for: a sibling's run read them."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(f"{len(keys)} products wait for files")
        self.keys = keys


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
        self._deliveries = [_Delivery(run, batch, adapter, wait) for batch in open_batches(run)]

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
                _Delivery(self._run, batch, self._adapter, self._wait)
                for batch in self._claim(free)
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
        for delivery in self._in_turn():
            if delivery.call is not None or delivery.waits > 0:
                continue
            try:
                delivery.start(self._pool)
            except _Changed:
                self._deliveries.remove(delivery)
                delivery.give_up("A product changed before the batch was sent.")
            except _NotReady as error:
                self._deliveries.remove(delivery)
                delivery.give_up("A product waits for its files.")
                unready = Listing.objects.filter(catalog__channel=self._run.catalog.channel_id)
                let_wait(unready.filter(key__in=error.keys), _LACKS_FILES)
            except TransientError as error:
                self._failed(delivery, error)

    def _in_turn(self) -> "list[_Delivery]":
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

    def _take_answers(self, deliveries: "Sequence[_Delivery]") -> None:
        """Settle what was answered, all in one go, before a failure beside it counts."""
        good: list[Answered] = []
        failed: list[tuple[_Delivery, OutboundError]] = []
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

    def _failed(self, delivery: "_Delivery", error: TransientError) -> None:
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


class _Delivery:
    """One batch on its way: the call, made again and again under the table of failures."""

    def __init__(self, run: Run, batch: Batch, adapter: ChannelAdapter, wait: Wait) -> None:
        self._run = run
        self._batch = batch
        self._adapter = adapter
        self._tries = retrier_for(wait).tries()
        self._keys: list[str] = []
        self._remarks: dict[str, str] = {}  # on what goes without a file
        # Whether the channel may have carried out a call whose answer we do not have.
        self._in_doubt = batch.tries > 0
        self.call: _Call | None = None  # under way, or answered and not looked at
        self.waits = 0.0  # seconds until its next try

    @property
    def pushes(self) -> bool:
        return self._batch.action == Action.PUSH

    def start(self, pool: ThreadPoolExecutor) -> None:
        """Call the channel once, in a thread. Raises _Changed, or NotSent while it is paused."""
        batch = self._batch
        refuse_while_left_alone(batch.channel_id)
        products = contents_of(batch)
        if products is None:
            raise _Changed
        if self.pushes and self._adapter.takes_media:
            products, unready = with_files(products, batch.channel.connection)
            if unready:
                raise _NotReady(unready)
            self._remarks = {one.key: remark_on(one) for one in products}
        batch.tries += 1
        Batch.objects.filter(pk=batch.pk).update(tries=batch.tries, updated_at=timezone.now())
        self._keys = [one.key for one in products]
        self.call = pool.submit(self._call, products)

    def answer(self) -> Answered:
        """Return what the channel says to the call, once it does, or raise OutboundError.

        A fault in the adapter parks the batch's products, not the run.
        """
        call, self.call = self.call, None
        if call is None:
            raise RuntimeError("nothing was asked")
        try:
            results = [remarked(one, self._remarks.get(one.key, "")) for one in call.result()]
            return Answered(self._batch, results)
        except OutboundError as error:
            self._in_doubt = self._in_doubt or _may_have_arrived(error)
            if error.retry_after:
                leave_alone(self._batch.channel_id, error.retry_after)
            raise
        except Exception:  # a fault of the adapter: parks its products, and stops no others
            logger.exception("Batch %s could not be sent", self._batch.pk)
            results = [PushResult(key, Outcome.REJECTED, _FAULT) for key in self._keys]
            return Answered(self._batch, results, FailureKind.INTERNAL)

    def give_up(self, problem: str) -> None:
        dissolve(self._run, self._batch, problem, in_doubt=self._in_doubt)

    def is_tried_again_after(self, error: TransientError) -> bool:
        """Whether there is a next try; if so, it is due after `waits`, and people can read it."""
        seconds = self._tries.seconds_after(error)
        if seconds is None:
            return False
        run, batch = self._run, self._batch
        self.waits = seconds
        logger.info("Batch %s of run %s waits %.1f s: %s", batch.pk, run.pk, seconds, error.detail)
        again = timezone.now() + timedelta(seconds=seconds)
        Batch.objects.filter(pk=batch.pk).update(problem=error.message, next_attempt_at=again)
        note(run, f"{error.message} Next try in {max(1, round(seconds))} s.")
        return True

    def given_up_after(self, error: TransientError) -> TransientError:
        tries = self._batch.tries
        tried = (
            f"It was tried {'once' if tries == 1 else f'{tries} times'}; the" if tries else "The"
        )
        return TransientError(
            f"{error.message} {tried} products wait for the next run.",
            detail=error.detail,
            retry_after=error.retry_after,
        )

    def _call(self, products: list[ChannelProduct]) -> list[PushResult]:
        """Called in a thread, which touches the database only for the ids that an adapter keeps."""
        try:
            return self._called(products)
        finally:
            connections.close_all()  # this thread's

    def _called(self, products: list[ChannelProduct]) -> list[PushResult]:
        key = str(self._batch.key)
        if self._batch.action == Action.PUSH:
            return self._adapter.push(products, idempotency_key=key)
        keys = [one.key for one in products]
        if self._batch.action == Action.HIDE:
            return self._adapter.hide(keys, idempotency_key=key)
        return self._adapter.withdraw(keys, idempotency_key=key)


def _may_have_arrived(error: OutboundError) -> bool:
    """Return whether the channel may have carried out a call that failed like this."""
    if isinstance(error, AnswerTooLarge):
        return True
    return not isinstance(error, NotSent | ConfigurationError)
