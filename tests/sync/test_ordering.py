"""Putting the catalogs of a channel in order, and what then has to be sent."""

import pytest

from outbound.errors import ConfigurationError
from sync.models import Listing, Run
from sync.ordering import reorder
from tests.factories import make_catalog, make_channel, make_document, make_listing, make_run

pytestmark = pytest.mark.django_db

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


def overlap(first, second):
    """One product in both catalogs, carried by the first; return both listings."""
    document = make_document()
    carrier = make_listing(first, key=KEY, wanted=document, sent=document, status=Status.LISTED)
    other = make_listing(second, key=KEY, wanted=make_document(), status=Status.CARRIED)
    return carrier, other


def names(channel):
    return [catalog.name for catalog in channel.catalogs.order_by("position")]


def test_the_catalogs_stand_in_the_new_order(channel, first, second):
    reorder(channel, [second.uuid, first.uuid])

    assert names(channel) == ["Second", "First"]


def test_what_the_new_first_holds_is_carried_and_sent_by_it(channel, first, second):
    carrier, other = overlap(first, second)
    held = carrier.sent

    reorder(channel, [second.uuid, first.uuid], by="Mary Smith")

    carrier.refresh_from_db()
    other.refresh_from_db()
    run = Run.objects.get()
    assert (carrier.status, carrier.sent) == (Status.CARRIED, None)
    assert (other.status, other.sent) == (Status.WAITING, held)
    assert (run.catalog, run.mode, run.started_by) == (second, Run.Mode.PUSH, "Mary Smith")


def test_a_run_that_is_under_way_sends_it(channel, first, second):
    overlap(first, second)
    live = make_run(second, status=Run.Status.RUNNING)

    reorder(channel, [second.uuid, first.uuid])

    assert Run.objects.get() == live


def test_nothing_is_sent_when_nothing_overlaps(channel, first, second):
    make_listing(first, wanted=make_document(), status=Status.LISTED)

    reorder(channel, [second.uuid, first.uuid])

    assert not Run.objects.exists()


def test_a_list_that_is_not_the_channels_is_refused(channel, first, second):
    stranger = make_catalog(make_channel())

    for wrong in ([first.uuid], [first.uuid, first.uuid], [first.uuid, stranger.uuid], []):
        with pytest.raises(ConfigurationError, match="changed meanwhile"):
            reorder(channel, wrong)

    assert names(channel) == ["First", "Second"]
