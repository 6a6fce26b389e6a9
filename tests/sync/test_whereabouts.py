"""Where a product stands, and what it waits for, from its listing alone."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from catalogs.timetables import Closing, Why
from sync.models import Listing
from sync.whereabouts import Place, WaitsFor, main_listing, place_of, waits_for
from tests.factories import make_catalog, make_document, make_listing

Status, Left = Listing.Status, Listing.Left


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"status": Status.LISTED}, Place.IN_STEP),
        ({"status": Status.LISTED, "set_aside": "d" * 64}, Place.EARLIER),
        ({"status": Status.WAITING, "wanted_id": 1, "sent_id": 2}, Place.CHANGED),
        ({"status": Status.WAITING, "wanted_id": 1}, Place.NEW),
        ({"status": Status.WAITING, "sent_id": 2}, Place.LEAVING),
        ({"status": Status.IN_FLIGHT}, Place.SENDING),
        ({"status": Status.PARKED}, Place.PARKED),
        ({"status": Status.HELD}, Place.HELD),
        ({"status": Status.CARRIED}, Place.CARRIED),
        ({"status": Status.KEPT}, Place.KEPT),
        ({"status": Status.HIDDEN}, Place.HIDDEN),
        ({"status": Status.GONE, "left_because": Left.DISABLED}, Place.LEFT),
        ({"status": Status.GONE, "left_because": Left.INCOMPLETE}, Place.INCOMPLETE),
        ({"status": Status.GONE, "set_aside": "d" * 64}, Place.TAKEN_OFF),
    ],
)
def test_every_state_has_its_place(values, place):
    assert place_of(Listing(**values)) == place


def closing(why):
    return Closing(why, None, "", ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("state", "closed", "later", "waits"),
    [
        ("waiting", None, False, WaitsFor.NEXT_RUN),
        ("running", None, False, WaitsFor.RUNNING),
        ("waiting", None, True, WaitsFor.ANOTHER_TRY),
        ("waiting_for_window", Why.HOURS, True, WaitsFor.HOURS),
        ("running", Why.HOURS, False, WaitsFor.HOURS),
        ("channel_paused", Why.PAUSED, False, WaitsFor.CHANNEL_PAUSED),
        ("paused", Why.PAUSED, True, WaitsFor.CATALOG_PAUSED),
        ("disabled", Why.HOURS, True, WaitsFor.ENABLING),
        ("disconnected", None, False, WaitsFor.PERSON),
        ("copy", None, False, WaitsFor.PERSON),
        ("stopped", None, False, WaitsFor.PERSON),
    ],
)
def test_what_holds_for_all_comes_before_what_is_its_own(state, closed, later, waits):
    due = timezone.now() + timedelta(hours=1 if later else -1)
    listing = Listing(status=Status.WAITING, next_attempt_at=due)

    assert waits_for(listing, state, closing(closed) if closed else None) == waits
    assert waits_for(Listing(status=Status.LISTED), state, None) is None


@pytest.mark.django_db
def test_of_several_catalogs_the_one_that_carries_it_speaks():
    first = make_catalog()
    second = make_catalog(first.channel, position=1)
    left = make_listing(first, status=Status.GONE)
    carrier = make_listing(second, key=left.key, sent=make_document(), status=Status.LISTED)

    assert main_listing([left, carrier]) == carrier
