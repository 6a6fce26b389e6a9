"""Limits on calls that hold across all threads and processes of one machine, and survive kill -9.

A place is a locked file: the kernel lets go of the lock when its holder dies, however it dies.
"""

import fcntl
import hashlib
import os
import random
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from outbound.errors import NotSent
from outbound.sentences import Sentence

_POLL_SECONDS = 0.005
_STATE = struct.Struct("<dd")  # when the next call is due by the rate; until when calls pause
LONGEST_PAUSE = 3600.0


@dataclass(frozen=True, slots=True)
class Gate:
    """A limit shared by all calls that name the same key, such as `pim:https://…`."""

    key: str
    concurrent: int
    per_second: int | None = None  # more than `concurrent`

    @property
    def turns_per_second(self) -> int:
        """How many calls may begin in a second; 0 for any number.

        As many as are under way may bunch up on their way. So the other side sees `per_second`
        at most, however late they arrive.
        """
        return 0 if self.per_second is None else max(1, self.per_second - self.concurrent)


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a gate is taken at this moment."""

    taken: int
    of: int
    paused_seconds: float = 0.0


class Limiter(Protocol):
    """What keeps calls within the limits of the other side."""

    def slot(self, *gates: Gate) -> AbstractContextManager[None]:
        """Hold a place at every gate for one call; wait for it, but not forever.

        Raises NotSent when no place came free in time, with `retry_after` when a gate is paused
        for longer than this waits.
        """

    def pause(self, key: str, seconds: float) -> None:
        """Let nobody through the gate for so long; a longer pause that already holds stays."""

    def use_of(self, gate: Gate) -> Use | None:
        """Say how much of it is taken, for people who look; None if that cannot be known."""


class NoPlace(NotSent):
    """It is our own limits that kept the call back: this says nothing about the other side."""


def asked_to_wait(seconds: float) -> NoPlace:
    return NoPlace(
        Sentence(
            "The other side asked to wait for %(seconds)s seconds. It will be tried again after "
            "that.",
            seconds=round(seconds),
        ),
        retry_after=seconds,
    )


def all_taken() -> NoPlace:
    return NoPlace(
        Sentence("All calls that may run at the same time are taken. It will be tried again.")
    )


class Unlimited:
    """A Limiter that lets everybody through: for a single interactive call, and for tests."""

    def slot(self, *gates: Gate) -> AbstractContextManager[None]:
        return nullcontext()

    def pause(self, key: str, seconds: float) -> None:
        return None

    def use_of(self, gate: Gate) -> Use | None:
        return None


class Governor:
    """A Limiter for one machine, by files in a folder that all its processes share."""

    def __init__(
        self,
        folder: Path,
        *,
        max_wait: float = 60,
        max_pause: float = 2,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Seconds: `max_wait` for a free place, `max_pause` for the end of a pause."""
        self._folder = folder
        self._max_pause = max_pause
        self._max_wait = max_wait
        self._sleep = sleep

    @contextmanager
    def slot(self, *gates: Gate) -> Iterator[None]:
        give_up_at = time.monotonic() + self._max_wait
        ordered = sorted(gates, key=lambda gate: gate.key)  # one order for all: no deadlock
        while True:
            with ExitStack() as places:
                for gate in ordered:
                    places.enter_context(self._place(gate, give_up_at))
                paused = max(map(self._paused_for, ordered), default=0.0)
                if not paused:
                    # A call that dies between here and its end has only used up its turn.
                    self._sleep(max((self._turn(gate) for gate in ordered), default=0.0))
                    yield
                    return
            # The places are free again while a pause lasts: another gate's callers may need them.
            # A long one is not slept through here, where nothing could end the sleep early.
            if paused > self._max_pause or time.monotonic() + paused > give_up_at:
                raise asked_to_wait(paused)
            self._sleep(paused)

    def pause(self, key: str, seconds: float) -> None:
        until = time.time() + min(seconds, LONGEST_PAUSE)
        with self._state(key) as state:
            state.paused_until = max(state.paused_until, until)

    def use_of(self, gate: Gate) -> Use | None:
        """As in Limiter; of this machine. Looking at a place holds it for no time worth naming."""
        folder = self._folder_of(gate.key)
        if not folder.exists():
            return Use(0, gate.concurrent)
        taken = sum(_is_locked(folder / f"place-{number}") for number in range(gate.concurrent))
        return Use(taken, gate.concurrent, self._paused_for(gate))

    @contextmanager
    def _place(self, gate: Gate, give_up_at: float) -> Iterator[None]:
        """One of the gate's files, locked."""
        folder = self._gate_folder(gate.key)
        numbers = list(range(gate.concurrent))
        while True:
            random.shuffle(numbers)
            for number in numbers:
                # Opened anew each time: locks belong to the opening, so threads exclude each other.
                with _opened(folder / f"place-{number}") as descriptor:
                    if not _try_lock(descriptor):
                        continue
                    try:
                        yield
                    finally:
                        # Not left to closing alone: a forked child may hold a copy.
                        fcntl.flock(descriptor, fcntl.LOCK_UN)
                    return
            if time.monotonic() >= give_up_at:
                raise all_taken()
            self._sleep(_POLL_SECONDS * (0.5 + random.random()))  # noqa: S311  # nosec B311  # no secret here

    def _paused_for(self, gate: Gate) -> float:
        with self._state(gate.key) as state:
            # A clock that was set back must not make a pause endless.
            left = state.paused_until - time.time()
            return left if 0 < left <= LONGEST_PAUSE else 0.0

    def _turn(self, gate: Gate) -> float:
        """Take the next turn of the gate's rate; the seconds to wait for it.

        One after the other, see Gate.turns_per_second.
        """
        if gate.per_second is None:
            return 0.0
        with self._state(gate.key) as state:
            now = time.time()
            due = state.next_due
            if not now <= due <= now + self._max_wait:  # in the past, or the clock was set back
                due = now
            state.next_due = due + 1 / gate.turns_per_second
        return max(0.0, due - now)

    @contextmanager
    def _state(self, key: str) -> Iterator["_State"]:
        with _opened(self._gate_folder(key) / "state") as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                before = os.pread(descriptor, _STATE.size, 0)
                state = _State(*_STATE.unpack(before)) if len(before) == _STATE.size else _State()
                yield state
                after = _STATE.pack(state.next_due, state.paused_until)
                if after != before:
                    os.pwrite(descriptor, after, 0)
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _folder_of(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()[:32]

    def _gate_folder(self, key: str) -> Path:
        folder = self._folder_of(key)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


@dataclass(slots=True)
class _State:
    next_due: float = 0.0
    paused_until: float = 0.0


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    with _opened(path) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        return False


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
