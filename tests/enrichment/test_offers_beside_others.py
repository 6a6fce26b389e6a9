"""Offers that meet others, and processes that end between any two of their steps."""

import contextlib
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection as database
from django.db import connections
from django.utils import timezone

from enrichment import ownership
from enrichment.deciding import approve, write_anyway
from enrichment.judging import judge
from enrichment.models import Offer, Proposal, WrittenValue
from enrichment.offers import begin, end_reading, give_up_reading, record
from tests.enrichment.test_offers import PRICE, candidate, offer_of, states
from tests.factories import make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]

State, Proposed = Offer.State, Proposal.State


@pytest.fixture
def connection():
    return make_connection()


class Dies(Exception):
    """A process ends here."""


def test_an_offer_that_a_later_one_left_nothing_of_is_done(connection):
    earlier = offer_of(connection, candidate("Mug", "Cup"))

    offer_of(connection, candidate("Big mug", "Cup"))

    earlier.refresh_from_db()
    assert (earlier.state, states(earlier)) == (State.DONE, [Proposed.REPLACED])


def test_a_reading_that_is_given_up_leaves_earlier_offers_as_they_were(connection):
    earlier = offer_of(connection, candidate("Mug", "Cup"), candidate("9.90", place=PRICE))
    approve(earlier.proposals.filter(attribute="price"), by="Mary")
    later = offer_of(
        connection, candidate("Big mug", "Cup"), candidate("8.80", place=PRICE), read=False
    )

    give_up_reading(later, "It was cut off.")

    earlier.refresh_from_db()
    assert earlier.state == State.WRITING
    assert states(earlier) == [Proposed.APPROVED, Proposed.PROPOSED]
    assert not earlier.proposals.exclude(problem="").exists()


def test_what_was_replaced_stays_so_where_another_offer_came_since(connection):
    earlier = offer_of(connection, candidate("Mug", "Cup"))
    cut_off = offer_of(connection, candidate("Big mug", "Cup"), read=False)
    newest = offer_of(connection, candidate("Huge mug", "Cup"))

    give_up_reading(cut_off, "It was cut off.")

    assert states(earlier) == [Proposed.REPLACED]
    assert states(newest) == [Proposed.PROPOSED]


def test_who_reads_still_when_it_is_given_up_adds_and_ends_nothing(connection):
    """Whoever gives it up thinks that its reader is gone, and may be wrong."""
    offer = offer_of(connection, candidate("Mug", "Cup"), read=False)
    seen = Offer.objects.get(pk=offer.pk)
    offer_of_nobody = Offer.objects.filter(pk=offer.pk)
    end_reading(offer, read=1, unchanged=0, invalid=0)

    give_up_reading(seen, "It was cut off.")

    assert states(offer) == [Proposed.PROPOSED]
    assert offer_of_nobody.get().state == State.WAITING


def test_what_is_written_at_once_after_a_long_reading_is_nobody_elses(connection):
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=False):
        offer = begin(connection, Offer.Kind.VALUES, "prices.csv")
        record(offer, judge(connection, [candidate("Mug", "Cup")]), approved_by="Mary")
    Offer.objects.update(heartbeat_at=timezone.now())  # as its reading does all the time

    end_reading(offer, read=1, unchanged=0, invalid=0, here=True)

    assert not ownership.is_free(Offer.objects.get())


def dying_at(number):
    """Something for execute_wrapper: the process ends before this statement."""

    def run(execute, sql, params, many, context):
        nonlocal number
        number -= 1
        if number < 0:
            raise Dies
        return execute(sql, params, many, context)

    return run


@pytest.mark.parametrize("decide", [approve, write_anyway])
def test_a_decision_is_whole_or_none_wherever_its_process_dies(connection, decide):
    offer = offer_of(connection, candidate("Mug", "Cup"))
    if decide is write_anyway:
        Proposal.objects.update(state=Proposed.OUTDATED)
    seen = set()

    for statement in range(40):
        with contextlib.suppress(Dies), database.execute_wrapper(dying_at(statement)):
            decide(offer.proposals.all(), by="Mary")
        offer.refresh_from_db()
        seen.add((offer.state, *states(offer)))

    assert not {state for state, of in seen if (of == Proposed.APPROVED) != (state == "writing")}
    assert len(seen) == 2


def at_once(*functions):
    """Run these in threads of their own; raise what one of them raised."""
    problems = []

    def work(function):
        try:
            function()
        except BaseException as problem:  # noqa: BLE001  # raised again by the test
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


@pytest.mark.only_on("postgresql")
def test_two_readings_may_offer_for_the_same_places_at_once(connection):
    offers = [begin(connection, Offer.Kind.VALUES, name) for name in ("a.csv", "b.csv")]
    judged = judge(connection, [candidate("Mug", "Cup", key=f"mug-{n}") for n in range(500)])
    orders = (judged, judged[::-1])

    at_once(
        *(
            lambda offer=offer, order=order: record(offer, order)
            for offer, order in zip(offers, orders, strict=True)
        )
    )

    kept = Proposal.objects.filter(state=Proposed.PROPOSED)
    assert kept.count() == 500
    assert kept.values("key").distinct().count() == 500


@pytest.mark.only_on("postgresql")
def test_two_people_may_write_over_the_same_edits_at_once(connection):
    offers = []
    for n in range(2):
        offers.append(offer_of(connection, candidate(f"Mug {n}", "Cup")))
        Proposal.objects.update(state=Proposed.OUTDATED)
    barrier = threading.Barrier(2)

    def decide(offer):
        barrier.wait()
        write_anyway(offer.proposals.all(), by="Mary")

    at_once(*(lambda offer=offer: decide(offer) for offer in offers))

    assert Proposal.objects.filter(state=Proposed.APPROVED).count() == 1
    assert not WrittenValue.objects.exists()
