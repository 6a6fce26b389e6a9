"""Giving way: a run that would have to wait long gives its worker to the others.

It goes back to the queue and is taken up when its time has come, at its checkpoint. In the
foreground, where it is in nobody's way, a run waits by itself.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType

from django.utils import timezone

from catalogs.models import Channel
from connections import circuits
from connections.circuits import Side
from connections.models import Circuit
from outbound.errors import ConfigurationError, NotSent, TransientError
from outbound.governor import NoPlace
from outbound.retry import Retrier
from sync.models import Run
from sync.runs import wake

PATIENCE = 15.0  # seconds that a worker waits at most, and tries one call for
_UNTIL_GIVEN_UP = 240.0
_SOON = timedelta(seconds=15)


class GiveWay(Exception):
    """The run is to be put off until then, for a reason that is told to people.

    `note` says both. `is_setback`: the run tried in vain, and is not to do so forever.
    """

    def __init__(
        self, until: datetime, reason: str, *, note: str = "", is_setback: bool = True
    ) -> None:
        super().__init__(reason)
        self.until = until
        self.reason = reason
        self.note = note or f"{reason} It goes on at {until:%H:%M} UTC.".strip()
        self.is_setback = is_setback


class Wait:
    """How a run waits: not on when it is to end, and in a worker not for long."""

    def __init__(
        self,
        go_on: Callable[[], None],
        sleep: Callable[[float], None] = time.sleep,
        *,
        gives_way: bool = False,
    ) -> None:
        self._go_on = go_on
        self._sleep = sleep
        self.gives_way = gives_way
        self.patience = PATIENCE if gives_way else _UNTIL_GIVEN_UP

    def __call__(self, seconds: float) -> None:
        """Sleep; notices within a second that the run is to end. Raises GiveWay."""
        if self.gives_way and seconds > PATIENCE:
            until = timezone.now() + timedelta(seconds=seconds)
            raise GiveWay(until, "", is_setback=False)
        while seconds > 0:
            self._go_on()
            self._sleep(min(seconds, 1.0))
            seconds -= 1.0


def retrier_for(wait: Callable[[float], None]) -> Retrier:
    """Return what tries a call again, for as long as the patience lasts."""
    patience = wait.patience if isinstance(wait, Wait) else _UNTIL_GIVEN_UP
    return Retrier(max_seconds=patience, sleep=wait)


def close(circuit: Circuit) -> int:
    """Let the next call through, as staff ask for; return how many runs that waited go on."""
    Circuit.objects.filter(pk=circuit.pk).delete()
    runs = Run.objects.filter(catalog__channel__connection=circuit.connection_id)
    if circuit.channel:
        runs = runs.filter(catalog__channel__uuid=circuit.channel)
    return wake(runs)


def channel_side(channel: Channel) -> Side:
    return Side(channel.connection_id, channel.name, str(channel.uuid))


class Contact:
    """A run's dealings with one side, in a `with` block: are its calls answered?

    A run that gives way does not begin while others found that they are not, and is put off when
    it finds so itself. `progress` counts what the side has answered so far.
    """

    def __init__(self, side: Side, *, gives_way: bool, progress: Callable[[], int]) -> None:
        self._side = side
        self._gives_way = gives_way
        self._progress = progress
        self._is_known_to_answer = True  # or does not matter yet

    def __enter__(self) -> "Contact":
        circuit = circuits.in_the_way(self._side) if self._gives_way else None
        if circuit is not None:
            raise _put_off_by(circuit, is_setback=circuit.is_open)
        self._start = self._progress()
        self._is_known_to_answer = False
        return self

    def notice(self) -> None:
        """Tell the others as soon as it answers; called now and then."""
        if not self._is_known_to_answer and self._progress() != self._start:
            self._is_known_to_answer = True
            circuits.answered(self._side)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None or isinstance(error, ConfigurationError):
            circuits.answered(self._side)  # be it with a refusal
            if error is not None and error.is_refusal is None:
                error.is_refusal = bool(self._side.channel)
            return
        self.notice()
        if isinstance(error, TransientError):
            way = self._failed(error)
            if self._gives_way:
                raise way from error

    def _failed(self, error: TransientError) -> GiveWay:
        # What a batch was given up for says more than that it was.
        reason = error.__cause__ if isinstance(error.__cause__, TransientError) else error
        if reason.retry_after or isinstance(reason, NoPlace):
            return put_off_after(reason)
        return _put_off_by(circuits.failed(self._side, reason.message))


def put_off_after(error: TransientError) -> GiveWay:
    """What a failure that says nothing about a circuit means for a run that gives way.

    One that was kept back for another's sake has not tried in vain.
    """
    seconds = timedelta(seconds=error.retry_after) if error.retry_after else _SOON
    kept_back = isinstance(error, NotSent) and bool(error.retry_after)
    return GiveWay(timezone.now() + seconds, error.message, is_setback=not kept_back)


def _put_off_by(circuit: Circuit, *, is_setback: bool = True) -> GiveWay:
    if circuit.is_open:
        reason, note = circuit.since, str(circuit)
    else:
        reason = circuit.problem
        note = f"{reason} The next try is at {circuit.next_try_at:%H:%M} UTC."
    return GiveWay(circuit.next_try_at, reason, note=note, is_setback=is_setback)
