"""Where enrichment is off, or was not granted, nothing is written, and what is offered waits."""

import pytest

from connections.enriching import switch_off
from enrichment import ownership
from enrichment.candidates import Candidate
from enrichment.judging import judge
from enrichment.models import Offer, Proposal
from enrichment.offers import begin, end_reading, record
from enrichment.values import Place
from enrichment.working import work_on
from tests.factories import make_connection, make_enriched_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]

NAME = Place("name", "en_US", type="pim_catalog_text")


def approved_offer(connection):
    one = Candidate(Proposal.Subject.PRODUCT, "mug", "mug", NAME, "Mug", "Cup")
    offer = begin(connection, Offer.Kind.VALUES, "names.csv")
    record(offer, judge(connection, [one]), approved_by="Mary")
    end_reading(offer, read=1, unchanged=0, invalid=0)
    return offer


def worked_on(offer):
    offer.refresh_from_db()
    assert ownership.claim(offer)
    return work_on(offer)


def test_an_offer_stops_with_the_way_out_where_it_is_off():
    connection = make_enriched_connection()
    offer = approved_offer(connection)
    switch_off(connection)

    worked_on(offer)

    assert offer.state == Offer.State.STOPPED
    assert "on the page Enrichment" in offer.problem
    assert [one.state for one in offer.proposals.all()] == [Proposal.State.APPROVED]


def test_an_offer_stops_with_the_way_out_where_the_pim_did_not_grant_it():
    offer = approved_offer(make_enriched_connection(scopes=["read_products"]))

    worked_on(offer)

    assert (offer.state, "approve what it asks for" in offer.problem) == ("stopped", True)


def test_a_connection_is_read_only_unless_somebody_switched_it():
    offer = approved_offer(make_connection())

    assert worked_on(offer).state == Offer.State.STOPPED
