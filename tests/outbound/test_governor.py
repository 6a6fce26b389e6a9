import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine

from outbound.errors import NotSent
from outbound.governor import Gate, Governor, Unlimited, Use

SPAWN = multiprocessing.get_context("spawn")
CONNECTION = Gate("connection:1", 4)
PIM = Gate("pim:https://acme.example", 10)
NEVER = 300  # seconds; what takes as long does not come


class Together:
    """How many are inside at the same time, at most; the first stay until so many are."""

    def __init__(self, expected):
        self.now = 0
        self.most = 0
        self._expected = expected
        self._are_in = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self):
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
            if self.now == self._expected:
                self._are_in.set()
        assert self._are_in.wait(NEVER)

    def __exit__(self, *_):
        with self._lock:
            self.now -= 1


def hold_places(folder, gate, count, ready):
    """In a process of its own: take so many places and keep them until killed."""
    governor = Governor(folder)
    with contextlib.ExitStack() as places:
        for _ in range(count):
            places.enter_context(governor.slot(gate))
        ready.set()
        threading.Event().wait(NEVER)


def work(folder, gate, calls, inside, most, are_in):
    """In a process of its own; the first that are in stay until the gate is full."""
    governor = Governor(folder)
    for _ in range(calls):
        with governor.slot(gate):
            with inside.get_lock():
                inside.value += 1
                most.value = max(most.value, inside.value)
                if inside.value == gate.concurrent:
                    are_in.set()
            assert are_in.wait(NEVER)
            time.sleep(0.005)
            with inside.get_lock():
                inside.value -= 1


def test_threads_never_exceed_the_limit(tmp_path):
    governor = Governor(tmp_path)
    together = Together(4)

    def call(_):
        with governor.slot(CONNECTION, PIM), together:
            time.sleep(0.01)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(call, range(40)))

    assert together.most == 4


def test_the_limit_of_the_pim_holds_over_all_its_connections(tmp_path):
    governor = Governor(tmp_path)
    together = Together(10)

    def call(number):
        with governor.slot(PIM, Gate(f"connection:{number % 5}", 4)), together:
            time.sleep(0.01)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(call, range(60)))

    assert together.most == 10


def test_processes_never_exceed_the_limit_together(tmp_path):
    inside, most, are_in = SPAWN.Value("i", 0), SPAWN.Value("i", 0), SPAWN.Event()
    gate = Gate("connection:1", 2)
    arguments = (tmp_path, gate, 15, inside, most, are_in)
    processes = [SPAWN.Process(target=work, args=arguments) for _ in range(4)]

    for process in processes:
        process.start()
    for process in processes:
        process.join(NEVER)

    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    assert most.value == 2


def test_kill_9_gives_the_places_back(tmp_path):
    ready = SPAWN.Event()
    holder = SPAWN.Process(target=hold_places, args=(tmp_path, CONNECTION, 4, ready), daemon=True)
    holder.start()
    assert ready.wait(NEVER)
    governor = Governor(tmp_path, max_wait=0.05)
    with pytest.raises(NotSent), governor.slot(CONNECTION):
        pass

    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(NEVER)

    with governor.slot(CONNECTION):
        pass


def test_a_call_that_fails_gives_its_place_back(tmp_path):
    governor = Governor(tmp_path, max_wait=0.05)
    gate = Gate("one", 1)

    for _ in range(3):
        with pytest.raises(KeyError), governor.slot(gate):
            raise KeyError

    with governor.slot(gate):
        pass


def test_gates_in_any_order_do_not_deadlock(tmp_path):
    governor = Governor(tmp_path, max_wait=NEVER)
    gates = [Gate("a", 1), Gate("b", 1)]

    def call(order):
        with governor.slot(*order):
            time.sleep(0.001)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, itertools.islice(itertools.cycle([gates, gates[::-1]]), 20)))


@pytest.fixture
def clock():
    """Stands still, unless it is moved."""
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        yield clock


@pytest.mark.usefixtures("clock")
def test_a_pause_holds_for_every_caller_and_process(tmp_path):
    Governor(tmp_path).pause(PIM.key, 30)

    with pytest.raises(NotSent) as paused, Governor(tmp_path, max_wait=1).slot(CONNECTION, PIM):
        pass

    assert paused.value.retry_after == pytest.approx(30)


def test_a_short_pause_is_waited_for(tmp_path, clock):
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        clock.shift(seconds)

    governor = Governor(tmp_path, sleep=sleep)
    governor.pause(PIM.key, 1.5)

    with governor.slot(PIM):
        pass

    assert sum(slept) == pytest.approx(1.5)


def test_a_shorter_pause_does_not_end_a_longer_one(tmp_path):
    governor = Governor(tmp_path, max_wait=1)
    governor.pause(PIM.key, 30)
    governor.pause(PIM.key, 0.001)

    with pytest.raises(NotSent), governor.slot(PIM):
        pass


def test_another_pim_is_not_paused(tmp_path):
    governor = Governor(tmp_path, max_wait=0)
    governor.pause(PIM.key, 30)

    with governor.slot(Gate("pim:other", 10)):
        pass


def test_a_pause_from_before_the_clock_was_set_back_is_forgotten(tmp_path, monkeypatch):
    governor = Governor(tmp_path, max_wait=0)
    governor.pause(PIM.key, 30)
    real = time.time
    monkeypatch.setattr("time.time", lambda: real() - 100_000)

    with governor.slot(PIM):
        pass


@pytest.mark.usefixtures("clock")
def test_no_second_sees_more_requests_than_the_rate(tmp_path):
    waits: list[float] = []
    governors = [Governor(tmp_path, sleep=waits.append) for _ in range(2)]  # as two processes
    gate = Gate("pim:fast", 10, per_second=100)
    due = []

    for governor in itertools.islice(itertools.cycle(governors), 250):
        with governor.slot(gate):
            due.append(waits.pop())

    in_a_second = [sum(at <= other < at + 1 for other in due) for at in due]
    assert max(in_a_second) <= 100
    assert max(due) == pytest.approx(249 / 90, abs=0.001)


def test_unlimited_lets_everybody_through():
    limiter = Unlimited()
    limiter.pause("pim", 100)

    with limiter.slot(Gate("pim", 0)):
        pass


@pytest.mark.usefixtures("clock")
def test_it_says_how_much_of_a_gate_is_taken_and_for_how_long_it_is_paused(tmp_path):
    governor = Governor(tmp_path)

    before = governor.use_of(PIM)
    with governor.slot(PIM), governor.slot(PIM):
        during = governor.use_of(PIM)
    governor.pause(PIM.key, 60)
    after = governor.use_of(PIM)

    assert (before, during) == (Use(0, 10), Use(2, 10))
    assert after is not None
    assert after.taken == 0
    assert after.paused_seconds == pytest.approx(60)


def test_looking_takes_no_place_and_makes_no_file(tmp_path):
    governor = Governor(tmp_path, max_wait=0)
    governor.use_of(PIM)
    assert list(tmp_path.iterdir()) == []

    with contextlib.ExitStack() as places:
        for _ in range(10):
            places.enter_context(governor.slot(PIM))
            governor.use_of(PIM)


def test_who_limits_nothing_knows_of_no_use():
    assert Unlimited().use_of(PIM) is None
