"""What the PIM counts of an app's calls, by the clock that the app keeps its pace by."""

from datetime import UTC, datetime

import time_machine

from sandbox.traffic import Traffic


def call(traffic, times):
    for _ in range(times):
        with traffic.call("app"):
            pass


def test_seconds_are_those_of_the_clock_that_everybody_goes_by():
    """Where tests let time pass without waiting, what came before it was in another second."""
    traffic = Traffic()
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        call(traffic, 3)
        traveller.shift(0.9)
        call(traffic, 2)
        assert traffic.as_json()["most_in_a_second"] == 5

        traveller.shift(0.2)
        call(traffic, 1)

        assert traffic.as_json()["last_second"] == 3
        assert traffic.as_json()["most_in_a_second"] == 5


def test_a_clock_that_is_set_back_forgets_what_is_in_its_future():
    traffic = Traffic()
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        call(traffic, 3)
        traveller.shift(-60)
        call(traffic, 1)

        assert traffic.as_json()["last_second"] == 1
