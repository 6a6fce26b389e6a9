"""Taking back what an offer wrote, whoever asks for it twice and whatever ends in between."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from enrichment.judging import judge
from enrichment.models import Offer, Proposal
from enrichment.offers import begin, end_reading, give_up_reading, record
from enrichment.tasks import have_undone, take_up_unfinished_offers
from enrichment.undoing import may_be_undone
from tests.enrichment.test_offers import candidate
from tests.factories import make_connection
from tests.queued import waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]


@pytest.fixture
def written():
    offer = begin(make_connection(), Offer.Kind.VALUES, "prices.csv")
    record(offer, judge(offer.connection, [candidate("Mug", "Cup")]))
    Proposal.objects.update(state=Proposal.State.WRITTEN)
    end_reading(offer, read=1, unchanged=0, invalid=0)
    return offer


def test_who_presses_twice_takes_back_once(written, queue):
    have_undone(written, by="Mary")
    have_undone(Offer.objects.get(pk=written.pk), by="Julia")

    undoing = Offer.objects.get(kind=Offer.Kind.UNDO)
    assert undoing.offered_by == "Mary"
    assert waiting(queue) == [("enrichment.tasks.undo_offer", [undoing.pk])]


def test_what_was_asked_for_is_not_lost_with_its_message(written, queue):
    have_undone(written, by="Mary")
    told = waiting(queue)

    take_up_unfinished_offers()
    soon = waiting(queue)
    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=False):
        take_up_unfinished_offers()

    assert soon == []
    assert waiting(queue) == told


def test_what_could_not_be_read_is_asked_for_again(written, queue):
    have_undone(written, by="Mary")
    give_up_reading(Offer.objects.get(kind=Offer.Kind.UNDO), "The PIM did not answer.")

    assert may_be_undone(written)
