from datetime import UTC, datetime

import pytest

from outbound.errors import ConfigurationError, TransientError
from outbound.retry import Retrier, backoff, parse_retry_after

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def __call__(self):
        return self.now


def retrier(clock, **options):
    return Retrier(sleep=clock.sleep, clock=clock, random=lambda: 1.0, **options)


def failing(*errors):
    """A call that fails with each of the errors and then gives "done"."""
    left = list(errors)

    def call():
        if left:
            raise left.pop(0)
        return "done"

    return call


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e3", None),
        ("inf", None),
        ("nan", None),
        ("１２", None),
        ("1.2.3", None),
        (".", None),
        ("Sun, 99 Mar 2026 12:00:30 GMT", None),
        ("Sun, 01 Mar 99999 12:00:30 GMT", None),
        ("<html>", None),
    ],
)
def test_it_reads_retry_after(value, seconds):
    assert parse_retry_after(value, NOW) == seconds


def test_backoff_doubles_with_full_jitter_up_to_thirty_seconds():
    longest = [backoff(attempt, lambda: 1.0) for attempt in range(1, 8)]

    assert longest == [2, 4, 8, 16, 30, 30, 30]
    assert backoff(5000, lambda: 1.0) == 30
    assert backoff(3, lambda: 0.0) == 0
    assert 0 <= backoff(3) <= 8


def test_it_tries_again_until_it_works():
    clock = Clock()
    waits = []
    first, second = TransientError("one"), TransientError("two")

    result = retrier(clock).call(failing(first, second), lambda s, e: waits.append((s, e)))

    assert result == "done"
    assert waits == [(2, first), (4, second)]
    assert clock.slept == [2, 4]


def test_it_raises_the_last_error_after_the_last_try():
    clock = Clock()
    errors = [TransientError(str(n)) for n in range(20)]

    with pytest.raises(TransientError, match=r"^7$"):
        retrier(clock).call(failing(*errors))

    assert len(clock.slept) == 7


def test_it_does_not_try_again_what_a_person_must_solve():
    clock = Clock()

    with pytest.raises(ConfigurationError):
        retrier(clock).call(failing(ConfigurationError("wrong password")))

    assert clock.slept == []


@pytest.mark.parametrize(("retry_after", "waited"), [(7.0, [7.0]), (0.0, [2.0]), (None, [2.0])])
def test_it_waits_as_long_as_it_was_asked_to(retry_after, waited):
    clock = Clock()

    retrier(clock).call(failing(TransientError("slow down", retry_after=retry_after)))

    assert clock.slept == waited


def test_it_gives_up_at_once_when_asked_to_wait_longer_than_it_may():
    clock = Clock()
    errors = [TransientError("busy"), TransientError("come back", retry_after=239)]

    with pytest.raises(TransientError) as given_up:
        retrier(clock).call(failing(*errors))

    assert given_up.value.retry_after == 239
    assert clock.slept == [2]


def test_it_gives_up_when_the_time_is_used_up():
    clock = Clock()

    def slow():
        clock.now += 100
        raise TransientError("slow")

    with pytest.raises(TransientError):
        retrier(clock).call(slow)

    assert clock.now == 100 + 2 + 100 + 4 + 100


def test_it_tries_again_only_what_the_caller_allows():
    clock = Clock()
    asked = []

    def allowed(error):
        asked.append(error.message)
        return error.message == "this"

    with pytest.raises(TransientError, match="not this"):
        retrier(clock).call(
            failing(TransientError("this"), TransientError("not this")),
            retry_if=allowed,
        )

    assert asked == ["this", "not this"]


def test_it_stops_waiting_within_half_a_second_of_being_told():
    clock = Clock()
    error = TransientError("down", retry_after=30)

    with pytest.raises(TransientError) as stopped:
        retrier(clock, stop=lambda: clock.now >= 3).call(failing(error))

    assert stopped.value is error
    assert 3 <= clock.now <= 3.5


def test_it_waits_in_full_when_not_told_to_stop():
    clock = Clock()

    assert retrier(clock, stop=lambda: False).call(failing(TransientError("x", retry_after=1.2)))

    assert clock.now == pytest.approx(1.2)
