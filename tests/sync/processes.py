"""Work in processes of their own: at the same time, or killed at any point."""

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future

from django.db import connection

from tests.channels.receiver import Answer, Received, Receiver


def start_child(work: Callable[[], object]) -> int:
    """Do the work in a child and return its pid at once. It ends with status 0 if all went well."""
    connection.close()  # a connection that two processes share belongs to neither
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(status)  # never back into the tests


def at_once(*works: Callable[[], object]) -> None:
    """Do each work in a child of its own, at the same time; all must go well."""
    children = [start_child(work) for work in works]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(works)


def killed(pid: int) -> bool:
    """Wait for the child's end; return whether it was killed."""
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def until(holds: Callable[[], bool]) -> None:
    """Return once it holds; fail after five minutes, which means never."""
    give_up_at = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < give_up_at, "It did not come to that within five minutes."
        threading.Event().wait(0.01)


def somebody_waits_for_a_lock():
    """In this database: others of the server are those of other tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # or a transaction sees it once
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


class KillAt:
    """Kills the child when the receiver gets its call of this number, from 1 on.

    Calls that come together with it are not answered before: what is settled by then is known.
    """

    call: Received  # at which it struck

    def __init__(self, receiver: Receiver, number: int, *, carried_out: bool) -> None:
        self.receiver, self.number, self.carried_out = receiver, number, carried_out
        self._child: Future[int] = Future()
        self._struck = threading.Event()
        receiver.on_call = self

    def __call__(self, received: Received) -> Answer | None:
        # By place, not by how many there are: some may come between a call and this.
        came = [one is received for one in self.receiver.received].index(True) + 1
        if came < self.number or self._struck.is_set():
            return None
        if came > self.number:
            self._struck.wait()
            return None
        self.call = received
        answer = self.receiver.carry_out(received) if self.carried_out else Answer(503)
        os.kill(self._child.result(), signal.SIGKILL)
        self._struck.set()
        return answer  # which nobody is there to read

    def during(self, work: Callable[[], object]) -> None:
        child = start_child(work)
        self._child.set_result(child)
        try:
            assert killed(child)
        finally:
            self._struck.set()
