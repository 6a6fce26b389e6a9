"""Offers: what is proposed of them, who decides it, and what a later one replaces."""

import pytest
from django.db import IntegrityError, transaction

from enrichment import ownership
from enrichment.candidates import Candidate, Problem
from enrichment.deciding import approve, reject, write_anyway
from enrichment.judging import judge
from enrichment.models import Offer, Proposal, Source, WrittenValue
from enrichment.offers import begin, end_reading, give_up_reading, record, try_again
from enrichment.values import Place
from tests.factories import make_connection
from tests.queued import waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]

State, Proposed = Offer.State, Proposal.State
NAME = Place("name", "en_US", type="pim_catalog_text")
PRICE = Place("price", part="EUR", type="pim_catalog_price_collection")


@pytest.fixture
def connection():
    return make_connection()


def candidate(value, before=None, *, key="mug", place=NAME):
    return Candidate(Proposal.Subject.PRODUCT, key, key, place, value, before, line=2, column="x")


def offer_of(connection, *candidates, read=True, **values):
    offer = begin(connection, Offer.Kind.VALUES, "prices.csv", **values)
    record(offer, judge(connection, candidates))
    if read:
        end_reading(offer, read=len(candidates), unchanged=0, invalid=0)
    return offer


def states(offer):
    return sorted(offer.proposals.values_list("state", flat=True))


def task_of(offer):
    return ("enrichment.tasks.work_on_offer", [offer.pk])


def test_what_the_pim_has_already_is_no_proposal(connection):
    offer = offer_of(connection, candidate("Mug", "Mug"), candidate("9.90", "9.9", place=PRICE))

    assert not offer.proposals.exists()
    assert (offer.state, offer.finished_at is not None) == (State.DONE, True)


def test_what_is_proposed_waits_for_a_person(connection, queue):
    offer = offer_of(connection, candidate("Mug", "Cup"), candidate("9.90", place=PRICE))

    assert offer.state == State.WAITING
    assert states(offer) == [Proposed.PROPOSED] * 2
    assert waiting(queue) == []


def test_what_is_approved_is_written_and_the_rest_waits(connection, queue):
    offer = offer_of(connection, candidate("Mug", "Cup"), candidate("9.90", place=PRICE))

    number = approve(offer.proposals.filter(attribute="price"), by="Mary")
    offer.refresh_from_db()

    assert (number, offer.state) == (1, State.WRITING)
    assert waiting(queue) == [task_of(offer)]
    assert offer.proposals.get(attribute="price").decided_by == "Mary"
    assert offer.proposals.get(attribute="name").state == Proposed.PROPOSED


def test_a_second_click_decides_nothing_anew(connection, queue):
    offer = offer_of(connection, candidate("Mug", "Cup"))

    decided = [
        approve(offer.proposals.all(), by="Mary"),
        approve(offer.proposals.all(), by="Mary"),
        reject(offer.proposals.all(), by="Mary"),
    ]

    assert decided == [1, 0, 0]
    assert states(offer) == [Proposed.APPROVED]


def test_rejecting_everything_ends_an_offer(connection):
    offer = offer_of(connection, candidate("Mug", "Cup"))

    reject(offer.proposals.all(), by="Mary")
    offer.refresh_from_db()

    assert (offer.state, states(offer)) == (State.DONE, [Proposed.REJECTED])


def test_a_source_may_say_what_needs_nobody(connection, queue):
    source = Source.objects.create(
        connection=connection, kind=Source.Kind.VALUES, name="ERP", approved=["price"]
    )

    offer = offer_of(
        connection, candidate("Mug", "Cup"), candidate("9.90", place=PRICE), source=source
    )

    approved = offer.proposals.get(state=Proposed.APPROVED)
    assert (approved.attribute, approved.decided_by) == ("price", "Rule of ERP")
    assert states(offer) == [Proposed.APPROVED, Proposed.PROPOSED]
    assert waiting(queue) == [task_of(offer)]


def test_a_later_offer_for_the_same_place_replaces_what_is_open(connection):
    earlier = offer_of(connection, candidate("Mug", "Cup"), candidate("9.90", place=PRICE))

    later = offer_of(connection, candidate("Big mug", "Cup"), candidate("Bowl", key="bowl"))

    replaced = earlier.proposals.get(attribute="name")
    assert replaced.state == Proposed.REPLACED
    assert str(later) in replaced.problem
    assert earlier.proposals.get(attribute="price").state == Proposed.PROPOSED
    assert states(later) == [Proposed.PROPOSED] * 2


def test_another_pim_is_another_place(connection):
    earlier = offer_of(connection, candidate("Mug", "Cup"))

    offer_of(make_connection(), candidate("Big mug", "Cup"))

    assert states(earlier) == [Proposed.PROPOSED]


def test_the_database_keeps_one_open_proposal_for_a_place(connection):
    offer = offer_of(connection, candidate("Mug", "Cup"))
    twin = offer.proposals.get()
    twin.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def remember(connection, candidate):
    WrittenValue.objects.create(
        connection=connection,
        subject=candidate.subject,
        key=candidate.key,
        attribute=candidate.place.attribute,
        locale=candidate.place.locale,
        digest=candidate.value_digest,
        written_at="2026-11-01T00:00:00Z",
    )


def test_what_was_edited_after_we_wrote_it_is_outdated_when_the_same_is_offered(connection):
    remember(connection, candidate("Mug"))

    offer = offer_of(connection, candidate("Mug", "Fine mug"))

    assert (offer.state, states(offer)) == (State.DONE, [Proposed.OUTDATED])


@pytest.mark.parametrize(
    ("holds", "state"), [("Fine mug", Proposed.OUTDATED), ("Cup", Proposed.PROPOSED)]
)
def test_what_may_have_arrived_before_we_died_is_not_written_over_an_edit(connection, holds, state):
    offer_of(connection, candidate("Mug", "Cup"))
    Proposal.objects.update(state=Proposed.APPROVED, sent_at="2026-11-01T00:00:00Z")

    again = offer_of(connection, candidate("Mug", holds))

    assert states(again) == [state]


def test_another_value_is_proposed_all_the_same(connection):
    remember(connection, candidate("Mug"))

    offer = offer_of(connection, candidate("Big mug", "Fine mug"))

    assert states(offer) == [Proposed.PROPOSED]


def test_a_person_may_write_over_an_edit(connection, queue):
    remember(connection, candidate("Mug"))
    offer = offer_of(connection, candidate("Mug", "Fine mug"))

    number = write_anyway(offer.proposals.all(), by="Mary")

    offer.refresh_from_db()
    assert (number, offer.state) == (1, State.WRITING)
    assert offer.proposals.get().anyway
    assert waiting(queue) == [task_of(offer)]


def test_not_where_a_later_offer_has_something_open(connection):
    remember(connection, candidate("Mug"))
    offer = offer_of(connection, candidate("Mug", "Fine mug"))
    offer_of(connection, candidate("Big mug", "Fine mug"))

    assert write_anyway(offer.proposals.all(), by="Mary") == 0
    assert states(offer) == [Proposed.OUTDATED]


def test_nothing_of_an_offer_is_decided_while_it_is_read(connection, queue):
    offer = offer_of(connection, candidate("Mug", "Cup"), read=False)

    approve(offer.proposals.all(), by="Mary")
    offer.refresh_from_db()
    before = (offer.state, waiting(queue))
    end_reading(offer, read=1, unchanged=0, invalid=0)

    assert before == (State.READING, [])
    assert offer.state == State.WRITING
    assert waiting(queue) == [task_of(offer)]


def test_who_lost_an_offer_records_nothing_more(connection):
    offer = offer_of(connection, read=False)
    give_up_reading(Offer.objects.get(pk=offer.pk), "It was cut off.")

    with pytest.raises(ownership.OfferLost):
        record(offer, judge(connection, [candidate("Mug")]))

    assert not Proposal.objects.exists()


def test_of_an_offer_that_was_not_read_to_its_end_nothing_is_left_but_why(connection):
    offer = begin(connection, Offer.Kind.VALUES, "prices.csv")
    record(offer, judge(connection, [candidate("Mug")]), problems=[Problem("No such product.", 3)])

    give_up_reading(offer, "It was cut off.")
    offer.refresh_from_db()

    assert not offer.proposals.exists()
    assert (offer.state, offer.problem) == (State.STOPPED, "It was cut off.")
    assert not try_again(offer)
