"""One batch on its way to a channel: what it carries, the call, and its next tries."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from django.db import connections
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
from sync.batches import dissolve
from sync.giving_way import retrier_for
from sync.media import remark_on, remarked, with_files
from sync.models import Batch, Run
from sync.models.batches import Action
from sync.needs import incomplete
from sync.pauses import leave_alone
from sync.runs import note
from sync.said import FAULT
from sync.settling import Answered

logger = logging.getLogger(__name__)

Wait = Callable[[float], None]  # sleeps that many seconds, or raises when the run is to end

_Call = Future[list[PushResult]]


class NotReady(Exception):
    """A batch must not go out as it is; `keys` are products that wait for their files."""

    def __init__(self, reason: str, keys: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.keys = keys


class Delivery:
    """One batch on its way: the call, made again and again under the table of failures."""

    def __init__(self, run: Run, batch: Batch, adapter: ChannelAdapter, wait: Wait) -> None:
        self._run = run
        self.batch = batch
        self._adapter = adapter
        self._tries = retrier_for(wait).tries()
        self._products: list[ChannelProduct] = []  # of the next call, or of the one under way
        self._incomplete: dict[str, PushResult] = {}  # what is not even sent
        self._remarks: dict[str, str] = {}  # on what goes without a file
        # Whether the channel may have carried out a call whose answer we do not have.
        self._in_doubt = batch.tries > 0
        self.call: _Call | None = None  # under way, or answered and not looked at
        self.waits = 0.0  # seconds until its next try

    @property
    def pushes(self) -> bool:
        return self.batch.action == Action.PUSH

    def load(self, products: list[ChannelProduct] | None) -> None:
        """Take what the next call carries, None if that changed. Raises NotReady."""
        if products is None:
            raise NotReady("A product changed before the batch was sent.")
        if self.pushes and self._adapter.takes_media:
            products, unready = with_files(products, self._run.catalog.connection)
            if unready:
                raise NotReady("A product waits for its files.", unready)
            self._remarks = {one.key: remark_on(one) for one in products}
        if self.pushes:
            self._incomplete = incomplete(self._adapter, self.batch, products)
            products = [one for one in products if one.key not in self._incomplete]
        self._products = products

    def start(self, pool: ThreadPoolExecutor) -> None:
        """Call the channel once, in a thread, with what was loaded."""
        self.call = pool.submit(self._call, self._products)

    def answer(self) -> Answered:
        """Return what the channel says to the call, once it does, or raise OutboundError.

        A fault in the adapter parks the batch's products, not the run.
        """
        call, self.call = self.call, None
        if call is None:
            raise RuntimeError("nothing was asked")
        try:
            results = [remarked(one, self._remarks.get(one.key, "")) for one in call.result()]
            return Answered(self.batch, [*results, *self._incomplete.values()])
        except OutboundError as error:
            self._in_doubt = self._in_doubt or _may_have_arrived(error)
            if error.retry_after:
                leave_alone(self.batch.channel_id, error.retry_after)
            raise
        except Exception:  # a fault of the adapter: parks its products, and stops no others
            logger.exception("Batch %s could not be sent", self.batch.pk)
            results = [PushResult(one.key, Outcome.REJECTED, FAULT) for one in self._products]
            results += self._incomplete.values()
            return Answered(self.batch, results, FailureKind.INTERNAL)

    def give_up(self, problem: str) -> None:
        dissolve(self._run, self.batch, problem, in_doubt=self._in_doubt)

    def is_tried_again_after(self, error: TransientError) -> bool:
        """Whether there is a next try; if so, it is due after `waits`, and people can read it."""
        seconds = self._tries.seconds_after(error)
        if seconds is None:
            return False
        run, batch = self._run, self.batch
        self.waits = seconds
        logger.info("Batch %s of run %s waits %.1f s: %s", batch.pk, run.pk, seconds, error.detail)
        again = timezone.now() + timedelta(seconds=seconds)
        Batch.objects.filter(pk=batch.pk).update(problem=error.message, next_attempt_at=again)
        note(run, f"{error.message} Next try in {max(1, round(seconds))} s.")
        return True

    def given_up_after(self, error: TransientError) -> TransientError:
        tries = self.batch.tries
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
        key = str(self.batch.key)
        if not products:
            return []
        if self.batch.action == Action.PUSH:
            return self._adapter.push(products, idempotency_key=key)
        keys = [one.key for one in products]
        if self.batch.action == Action.HIDE:
            return self._adapter.hide(keys, idempotency_key=key)
        return self._adapter.withdraw(keys, idempotency_key=key)


def _may_have_arrived(error: OutboundError) -> bool:
    """Return whether the channel may have carried out a call that failed like this."""
    if isinstance(error, AnswerTooLarge):
        return True
    return not isinstance(error, NotSent | ConfigurationError)
