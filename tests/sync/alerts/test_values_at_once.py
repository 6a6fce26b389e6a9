"""Values that wait for approval stand behind the bell with the transaction that made them wait."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from time_machine import travel

from enrichment.candidates import Candidate
from enrichment.deciding import approve, reject
from enrichment.judging import judge
from enrichment.models import Offer, Proposal
from enrichment.offers import begin, end_reading, give_up_reading, record
from enrichment.values import Place
from sync.models import AlertMessage, Notice
from sync.notices import review_everything
from tests.sync.alerts.conftest import delivered

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]

NAME = Place("name", "en_US", type="pim_catalog_text")
LATER = timedelta(minutes=6)


def read(connection, *keys):
    offer = begin(connection, Offer.Kind.VALUES, "prices.csv")
    values = [Candidate(Proposal.Subject.PRODUCT, key, key, NAME, "New", "Old") for key in keys]
    record(offer, judge(connection, values))
    return offer


def end(offer):
    end_reading(offer, read=offer.proposals.count(), unchanged=0, invalid=0)
    return offer


def numbers():
    """What is open, and of how many values."""
    return dict(Notice.objects.open().values_list("kind", "number"))


def test_they_are_behind_the_bell_as_soon_as_their_file_was_read(connection):
    offer = read(connection, "mug", "cup")
    assert numbers() == {}

    end(offer)

    assert numbers() == {"values_wait": 2}


def test_they_leave_the_bell_as_soon_as_somebody_decided(connection):
    offer = end(read(connection, "mug", "cup"))
    reject(offer.proposals.filter(key="mug"), by="Mary")
    assert numbers() == {"values_wait": 1}

    approve(offer.proposals.all(), by="Mary")

    assert numbers() == {}


def test_nothing_is_told_of_what_was_rolled_back(connection):
    offer = read(connection, "mug")
    with transaction.atomic():
        end(offer)
        transaction.set_rollback(True)

    assert numbers() == {}


def test_a_reading_that_failed_gives_back_what_it_replaced(connection):
    end(read(connection, "mug"))
    offer = read(connection, "mug", "cup")
    review_everything()
    assert numbers() == {}

    give_up_reading(offer, "The file ends in the middle.")

    assert numbers() == {"values_wait": 1}


def test_whoever_decides_on_the_spot_gets_no_mail(connection, mary):
    offer = end(read(connection, "mug"))
    assert delivered() == []
    reject(offer.proposals.all(), by="Mary")
    with travel(timezone.now() + LATER, tick=False):
        review_everything()

        assert delivered() == []
    assert not AlertMessage.objects.exists()


def test_what_still_waits_after_five_minutes_is_mailed(connection, mary):
    end(read(connection, "mug"))
    with travel(timezone.now() + LATER, tick=False):
        review_everything()

        assert [to for to, _ in delivered()] == ["mary@acme.example.com"]
