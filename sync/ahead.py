"""Reading ahead: network in threads, and one consumer that writes to the database.

The threads know nothing of the database; what they bring waits in a short queue, so that memory
does not grow with what is read.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Generic, TypeVar

from pim.client import PimClient

S = TypeVar("S")
T = TypeVar("T")

THREADS = 4  # as many calls as the PIM allows at the same time (pim-contract.md 3.7)
_WAITING = 4  # items that wait for the consumer, beside the one that each thread holds
_LOOK_SECONDS = 1.0


class Stopped(Exception):
    """The consumer has no more use for what a thread reads."""


class ReadAhead(Generic[S, T]):
    """Reads sources in threads; yields lists of (source, item), of what came meanwhile.

    Items of one source come in its order. The first failure of a source is raised to the consumer,
    which ends everything. Leaving the block stops the threads and waits until they are gone.
    """

    def __init__(
        self,
        threads: int,
        *,
        look: Callable[[], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`look` is called once a second while nothing comes, and may raise to end the reading."""
        self._look = look
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="reading ahead")
        self._came: queue.Queue[tuple[S, BaseException | None, T | None]] = queue.Queue(_WAITING)
        self._stopped = threading.Event()
        self._reading = 0

    def __enter__(self) -> "ReadAhead[S, T]":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._pool.shutdown(cancel_futures=True)

    def sleep(self, seconds: float) -> None:
        """Sleep in a thread; raises Stopped as soon as the consumer has left."""
        while seconds > 0:
            self.go_on()
            self._sleep(min(seconds, _LOOK_SECONDS))
            seconds -= _LOOK_SECONDS
        self.go_on()

    def go_on(self) -> None:
        """Raise Stopped in a thread as soon as the consumer has left."""
        if self._stopped.is_set():
            raise Stopped

    def add(self, source: S, read: Callable[[], Iterable[T]]) -> None:
        """Let a thread read this as soon as one is free, in the order of adding."""
        self._reading += 1
        self._pool.submit(self._read, source, read)

    def __iter__(self) -> Iterator[list[tuple[S, T]]]:
        """Yield what comes until all that was added is read; more may be added meanwhile."""
        while self._reading:
            try:
                came = [self._came.get(timeout=_LOOK_SECONDS)]
                came += [self._came.get_nowait() for _ in range(self._came.qsize())]
            except queue.Empty:
                self._look()
                continue
            items: list[tuple[S, T]] = []
            failed: BaseException | None = None
            for source, failure, item in came:
                failed = failed or failure
                if item is not None:
                    items.append((source, item))
                elif failure is None:
                    self._reading -= 1
            if items:
                yield items
            if failed is not None:
                raise failed

    def _read(self, source: S, read: Callable[[], Iterable[T]]) -> None:
        with contextlib.suppress(Stopped):
            try:
                for item in read():
                    self._put((source, None, item))
            except Stopped:
                raise
            except BaseException as error:  # noqa: BLE001  # raised again, to the consumer
                self._put((source, error, None))
            else:
                self._put((source, None, None))

    def _put(self, came: tuple[S, BaseException | None, T | None]) -> None:
        while True:
            self.go_on()
            with contextlib.suppress(queue.Full):
                self._came.put(came, timeout=_LOOK_SECONDS)
                return


def together(
    jobs: Mapping[str, Callable[[PimClient], T]],
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None],
) -> Iterator[tuple[str, T]]:
    """Do this in several threads; yield what came of each job as it comes.

    A job's failure ends them all.
    """
    with ReadAhead[str, T](THREADS, look=go_on, sleep=sleep) as ahead:
        reader = client.waiting_by(ahead.sleep)
        for name, job in jobs.items():
            ahead.add(name, partial(_only, job, reader))
        for came in ahead:
            go_on()
            yield from came


def _only(job: Callable[[PimClient], T], client: PimClient) -> list[T]:
    return [job(client)]
