"""Circuits: who does not answer is tried ever more rarely, by one at a time."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from connections.circuits import answered, failed, forget_untried, in_the_way, pim_side
from connections.models import Circuit
from tests.factories import make_circuit, make_connection

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 4, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def side():
    return pim_side(make_connection(pim_url="https://acme.example"))


def test_who_answers_is_in_nobodys_way(side):
    assert in_the_way(side) is None
    answered(side)
    assert not Circuit.objects.exists()


def test_the_time_to_the_next_try_grows_to_a_quarter_of_an_hour(side, clock):
    waits, opened = [], []
    for _ in range(11):
        circuit = failed(side, "It could not be reached.")
        waits.append((circuit.retry_at - timezone.now()).total_seconds())
        opened.append(circuit.is_open)
        clock.shift(waits[-1])
        assert in_the_way(side) is None

    assert waits == [15, 30, 60, 60, 60, 120, 240, 480, 900, 900, 900]
    assert opened == [False] * 4 + [True] * 7
    assert Circuit.objects.get().failing_since == NOON


def test_one_at_a_time_tries(side, clock):
    failed(side, "It could not be reached.")
    before = in_the_way(side)
    clock.shift(15)

    first, second = in_the_way(side), in_the_way(side)
    clock.shift(121)  # who tried was killed
    third, fourth = in_the_way(side), in_the_way(side)

    assert before
    assert before.next_try_at == NOON + timedelta(seconds=15)
    assert (first, third) == (None, None)
    assert second
    assert second.next_try_at == NOON + timedelta(seconds=15 + 120)
    assert fourth


def test_one_answer_closes_it(side, clock):
    for _ in range(5):
        clock.shift(failed(side, "It could not be reached.").retry_at - timezone.now())

    answered(side)

    assert in_the_way(side) is None
    assert in_the_way(side) is None
    assert failed(side, "Again.").failures == 1


def test_calls_that_failed_together_count_once(side, clock):
    assert [failed(side, "It could not be reached.").failures for _ in range(4)] == [1] * 4


def test_a_failure_of_long_ago_does_not_count(side, clock):
    for _ in range(4):
        clock.shift(failed(side, "It could not be reached.").retry_at - timezone.now())
    clock.shift(timedelta(minutes=16))

    circuit = failed(side, "It could not be reached.")

    assert (circuit.failures, circuit.failing_since) == (1, timezone.now())


def test_others_are_not_concerned(side):
    failed(side, "It could not be reached.")

    assert in_the_way(pim_side(make_connection())) is None


def test_it_says_since_when_and_when_next(side, clock):
    circuit = failed(side, "It could not be reached.")
    clock.shift(timedelta(minutes=7))
    circuit.retry_at = timezone.now() + timedelta(minutes=1)

    assert str(circuit) == (
        "acme.example has not answered since 12:04; the next try is at 12:12 UTC."
    )

    circuit.failing_since -= timedelta(days=3)
    assert "since 27 February, 12:04;" in str(circuit)


def test_what_nobody_tries_any_more_is_forgotten():
    make_circuit(make_connection(), retry_at=timezone.now() - timedelta(days=2))
    kept = make_circuit(make_connection())
    Circuit.objects.exclude(pk=kept.pk).update(updated_at=timezone.now() - timedelta(days=2))

    assert forget_untried() == 1
    assert Circuit.objects.get() == kept
