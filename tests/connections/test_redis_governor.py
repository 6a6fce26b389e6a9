"""The limits in Redis. Here and not beside the others of `outbound`: these need the server."""

import itertools
import logging
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings

from connections.clients import governor
from outbound import redis_governor
from outbound.errors import ConfigurationError, NotSent
from outbound.governor import Gate, Governor, Use
from outbound.redis_governor import RedisGovernor
from tests.ports import closed_port
from tests.sync.processes import at_once, killed, start_child, until

pytestmark = pytest.mark.only_on("postgresql")

PASSWORD = "planted-redis-password"
CONNECTION = Gate("connection:1", 4)
PIM = Gate("pim:https://acme.example", 10)
NEVER = 300  # seconds; what takes as long does not come
LEASE = 4  # seconds of those that wait for its end


@pytest.fixture(autouse=True)
def empty():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client


@pytest.fixture
def nobody_is_gone(monkeypatch):
    """Who waits and did not ask for seconds may be kept from it by the machine."""
    monkeypatch.setattr(redis_governor, "_ABSENT_SECONDS", NEVER)


def limits(**options):
    return RedisGovernor(settings.REDIS_URL, **options)


def waiting(client):
    [key] = client.keys("*:waiting") or [""]
    return client.zcard(key)


def until_waiting(client, number):
    until(lambda: waiting(client) == number)


def leases(client):
    """When each ends."""
    [key] = client.keys("*:leases") or [""]
    return [end for _, end in client.zrange(key, 0, -1, withscores=True)]


def hold(gate, count):
    """In a process of its own: take so many places and keep them until killed."""
    with ExitStack() as places:
        for _ in range(count):
            places.enter_context(limits(lease=LEASE).slot(gate))
        threading.Event().wait(NEVER)


def kill(child):
    os.kill(child, signal.SIGKILL)
    assert killed(child)


def test_it_is_the_one_where_there_is_a_redis(settings):
    assert isinstance(governor(), RedisGovernor)
    assert governor() is governor()

    settings.REDIS_URL = ""

    assert isinstance(governor(), Governor)


def test_kill_9_gives_the_places_back_within_the_lease(empty):
    child = start_child(lambda: hold(CONNECTION, 4))
    until(lambda: len(leases(empty)) == 4)
    first = max(leases(empty))
    until(lambda: min(leases(empty)) > first)  # all are renewed
    with pytest.raises(NotSent), limits(max_wait=0).slot(CONNECTION):
        pass

    kill(child)

    with limits(max_wait=NEVER).slot(CONNECTION):
        pass


def test_a_call_that_fails_gives_its_place_back():
    governor = limits(max_wait=0)
    gate = Gate("one", 1)

    for _ in range(3):
        with pytest.raises(KeyError), governor.slot(gate):
            raise KeyError

    with governor.slot(gate):
        pass


@pytest.mark.usefixtures("nobody_is_gone")
def test_who_came_first_goes_first(empty):
    gate, came_in = Gate("one", 1), []
    governor = limits()

    def call(number):
        with governor.slot(gate):
            came_in.append(number)

    with ThreadPoolExecutor(5) as pool, governor.slot(gate):
        for number in range(5):
            pool.submit(call, number)
            until_waiting(empty, number + 1)

    assert came_in == [0, 1, 2, 3, 4]


def test_who_was_killed_while_waiting_keeps_nobody_waiting(empty):
    gate = Gate("one", 1)
    with limits().slot(gate):
        child = start_child(lambda: hold(gate, 1))
        until(lambda: waiting(empty) == 1)
        kill(child)

    with limits(max_wait=NEVER).slot(gate):
        pass


def test_who_gave_up_waiting_keeps_nobody_waiting():
    gate = Gate("one", 1)
    with limits().slot(gate), pytest.raises(NotSent), limits(max_wait=0.02).slot(gate):
        pass

    with limits(max_wait=0).slot(gate):
        pass


@pytest.mark.usefixtures("nobody_is_gone")
def test_callers_of_a_full_connection_keep_no_other_from_the_pim(empty):
    full, other = Gate("connection:full", 1), Gate("connection:other", 1)
    pim, governor = Gate("pim", 2), limits()

    def call():
        with governor.slot(full, pim):
            pass

    with ThreadPoolExecutor(5) as pool, governor.slot(full, pim):
        for number in range(5):
            pool.submit(call)
            until_waiting(empty, number + 1)

        with limits(max_wait=0).slot(other, pim):
            pass


def test_no_place_is_taken_at_one_gate_while_another_is_full():
    full, free = Gate("a", 1), Gate("b", 1)

    with limits().slot(full):
        with pytest.raises(NotSent), limits(max_wait=0).slot(free, full):
            pass
        with limits(max_wait=0).slot(free):
            pass


def test_gates_in_any_order_do_not_deadlock():
    gates = [Gate("a", 1), Gate("b", 1)]
    governor = limits(max_wait=NEVER)

    def call(order):
        with governor.slot(*order):
            time.sleep(0.001)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, itertools.islice(itertools.cycle([gates, gates[::-1]]), 20)))


def test_a_forked_child_goes_on_with_it():
    governor = limits(max_wait=NEVER)
    gate = Gate("one", 1)

    def call():
        for _ in range(5):
            with governor.slot(gate):
                pass

    call()
    at_once(call, call)

    with governor.slot(gate):
        pass


def test_a_pause_holds_for_every_caller():
    began = time.monotonic()
    limits().pause(PIM.key, 30)

    with pytest.raises(NotSent) as paused, limits().slot(CONNECTION, PIM):
        pass

    assert is_left_of(30, paused.value.retry_after, since=began)
    with limits(max_wait=0).slot(Gate("pim:other", 10)):
        pass


def is_left_of(pause, seconds, *, since):
    """Whether so much of a pause is left that began after that; Redis counts milliseconds."""
    return pause - (time.monotonic() - since) - 0.002 <= seconds <= pause


def test_a_short_pause_is_waited_for():
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        time.sleep(seconds)

    governor = limits(sleep=sleep)
    began = time.monotonic()
    governor.pause(PIM.key, 0.05)

    with governor.slot(PIM):
        waited = time.monotonic() - began

    assert waited >= 0.048
    assert sum(slept) <= 0.052


def test_a_shorter_pause_does_not_end_a_longer_one():
    governor = limits()
    governor.pause(PIM.key, 30)
    governor.pause(PIM.key, 0.001)

    with pytest.raises(NotSent), governor.slot(PIM):
        pass


def test_no_second_sees_more_turns_than_the_rate(empty):
    """All by the clock of Redis. Each is due right after the one before, or at once."""
    waits: list[float] = []
    governors = [limits(sleep=waits.append) for _ in range(2)]  # as two processes
    gate = Gate("pim:fast", 10, per_second=100)
    due: list[float] = []

    for each in itertools.islice(itertools.cycle(governors), 250):
        before = now_of(empty)
        with each.slot(gate):
            after = now_of(empty)
        [key] = empty.keys("*:due")
        turn = float(empty.get(key)) / 1_000_000 - 1 / 90
        assert before - 0.001 <= turn - waits.pop() <= after + 0.001
        assert not due or due[-1] + 0.9 / 90 <= turn <= max(after, due[-1] + 1.1 / 90)
        due.append(turn)

    in_a_second = [sum(at <= other < at + 1 for other in due) for at in due]
    assert max(in_a_second) <= 91


def now_of(client):
    seconds, microseconds = client.time()
    return seconds + microseconds / 1_000_000


def test_it_goes_on_when_redis_was_restarted_meanwhile(empty):
    governor = limits()
    with governor.slot(CONNECTION):
        empty.script_flush()
        empty.flushdb()
        cut = cut_off(empty)

    assert cut
    with governor.slot(CONNECTION):
        pass


def cut_off(client):
    """Close the connections to its database but its own; return how many. Tests share a server."""
    own = client.client_id()
    database = str(client.get_connection_kwargs()["db"])
    others = [
        one for one in client.client_list() if one["db"] == database and int(one["id"]) != own
    ]
    return sum(client.client_kill_filter(_id=one["id"]) for one in others)


@pytest.mark.parametrize("wrong", ["port", "password"])
def test_without_redis_nothing_is_sent_and_the_password_is_not_told(wrong, caplog):
    caplog.set_level(logging.DEBUG)
    port = closed_port() if wrong == "port" else urlsplit(settings.REDIS_URL).port
    governor = RedisGovernor(f"redis://:{PASSWORD}@127.0.0.1:{port}/0")

    answer = pytest.raises(NotSent, match="Redis of this installation does not answer")
    with answer as failed, governor.slot(CONNECTION, PIM):
        pass
    governor.pause(PIM.key, 3)

    error = failed.value
    shown = [str(error), error.message, error.detail, repr(governor), caplog.text]
    assert PASSWORD not in "".join(shown)
    assert error.__suppress_context__
    assert "Nobody else pauses" in caplog.text


def test_an_address_that_is_none_is_said_without_its_password():
    with pytest.raises(ConfigurationError, match="REDIS_URL") as failed:
        RedisGovernor(f"redis://host:{PASSWORD}/0")

    assert PASSWORD not in f"{failed.value.message}{failed.value.detail}"


def test_it_says_how_much_of_a_gate_is_taken_and_for_how_long_it_is_paused():
    governor = limits()

    before = governor.use_of(PIM)
    with governor.slot(PIM), limits().slot(PIM):
        during = governor.use_of(PIM)
    began = time.monotonic()
    governor.pause(PIM.key, 60)
    after = governor.use_of(PIM)

    assert (before, during) == (Use(0, 10), Use(2, 10))
    assert after is not None
    assert (after.taken, is_left_of(60, after.paused_seconds, since=began)) == (0, True)


def test_without_a_redis_nobody_knows_how_much_is_taken():
    assert RedisGovernor(f"redis://127.0.0.1:{closed_port()}/0").use_of(PIM) is None
