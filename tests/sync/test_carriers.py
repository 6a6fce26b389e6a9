"""Several catalogs on one channel: which of them carries a product."""

import pytest
from django.db import transaction
from django.utils import timezone

from sync.carriers import lock_channel, settle_carriers, settle_whole_channel
from sync.models import Listing
from tests.factories import make_catalog, make_channel, make_document, make_listing

pytestmark = pytest.mark.django_db(transaction=True)

Status = Listing.Status
KEY = "00000000-0000-0000-0000-0000000000aa"


@pytest.fixture
def channel():
    return make_channel()


@pytest.fixture
def first(channel):
    return make_catalog(channel, name="First", position=0)


@pytest.fixture
def second(channel):
    return make_catalog(channel, name="Second", position=1)


def settle(channel, **kwargs):
    with transaction.atomic():
        settle_carriers(lock_channel(channel.pk), [KEY], **kwargs)


def state(catalog):
    listing = Listing.objects.get(catalog=catalog, key=KEY)
    return listing.status, listing.sent and listing.sent.pk


def test_the_first_catalog_that_wants_a_product_carries_it(channel, first, second):
    make_listing(first, key=KEY, wanted=make_document("one"))
    make_listing(second, key=KEY, wanted=make_document("two"))

    settle(channel)

    assert state(first) == (Status.WAITING, None)
    assert state(second) == (Status.CARRIED, None)


def test_what_the_channel_holds_moves_to_the_new_carrier(channel, first, second):
    on_channel = make_document("two")
    make_listing(first, key=KEY, wanted=make_document("one"))
    make_listing(
        second, key=KEY, wanted=on_channel, sent=on_channel, status=Status.LISTED, external_id="P-1"
    )

    settle(channel)

    assert state(first) == (Status.WAITING, on_channel.pk)
    assert state(second) == (Status.CARRIED, None)
    assert Listing.objects.get(catalog=first).external_id == "P-1"


def test_taking_over_the_same_document_sends_nothing(channel, first, second):
    same = make_document("same")
    make_listing(first, key=KEY, wanted=same)
    make_listing(second, key=KEY, wanted=same, sent=same, status=Status.LISTED)

    settle(channel)

    assert state(first) == (Status.LISTED, same.pk)


def test_letting_go_hands_over_to_the_next_which_the_same_run_sends(channel, first, second):
    one = make_document("one")
    make_listing(first, key=KEY, wanted=None, sent=one, status=Status.WAITING)
    make_listing(second, key=KEY, wanted=make_document("two"), status=Status.CARRIED)

    settle(channel, handed_over_by=first)

    assert state(first) == (Status.GONE, None)
    assert state(second) == (Status.WAITING, one.pk)
    due = Listing.objects.of_run_over(first).due().to_push()
    assert [listing.catalog for listing in due] == [second]


def test_an_archived_catalog_carries_only_what_nobody_else_wants(channel, first, second):
    one = make_document("one")
    first.archived_at = timezone.now()
    first.save()
    make_listing(first, key=KEY, wanted=one, sent=one, status=Status.LISTED)
    make_listing(second, key=KEY, wanted=make_document("two"), status=Status.CARRIED)

    settle(channel)

    assert state(first) == (Status.CARRIED, None)
    assert state(second) == (Status.WAITING, one.pk)


def test_without_another_catalog_that_wants_it_nothing_moves(channel, first, second):
    one = make_document("one")
    make_listing(first, key=KEY, wanted=None, sent=one, status=Status.HELD)
    make_listing(second, key=KEY, wanted=None, status=Status.GONE)

    settle(channel)

    assert state(first) == (Status.HELD, one.pk)


def test_a_listing_in_flight_is_left_alone_until_it_is_settled(channel, first, second):
    one = make_document("one")
    make_listing(first, key=KEY, wanted=make_document("new"))
    make_listing(second, key=KEY, wanted=one, status=Status.IN_FLIGHT)

    settle(channel)

    assert state(second) == (Status.IN_FLIGHT, None)
    assert not Listing.objects.of_run_over(first).due().exists()


def test_a_new_order_moves_every_product_to_its_new_carrier(channel, first, second):
    one = make_document("one")
    make_listing(first, key=KEY, wanted=one, sent=one, status=Status.LISTED)
    make_listing(second, key=KEY, wanted=make_document("two"), status=Status.CARRIED)
    first.position, second.position = 1, 0
    first.save()
    second.save()

    with transaction.atomic():
        settle_whole_channel(lock_channel(channel.pk))

    assert state(first) == (Status.CARRIED, None)
    assert state(second) == (Status.WAITING, one.pk)


def test_products_of_another_channel_are_not_touched(channel, first, second):
    other = make_listing(make_catalog(name="Other"), key=KEY, wanted=make_document("other"))
    make_listing(first, key=KEY, wanted=make_document("one"))
    make_listing(second, key=KEY, wanted=make_document("two"))

    settle(channel)

    other.refresh_from_db()
    assert other.status == Status.WAITING
