"""Where a product stands on a channel and what it waits for, read from one listing."""

from collections.abc import Sequence
from enum import StrEnum

from django.utils import timezone

from catalogs.timetables import Closing, Why
from sync.models import Listing

_Status = Listing.Status


class Place(StrEnum):
    """Where the product stands on the channel, as one catalog sees it."""

    IN_STEP = "in_step"
    EARLIER = "earlier"  # there with a version that a person chose, not the PIM's
    CHANGED = "changed"  # there, and something newer waits
    NEW = "new"  # waits to be sent for the first time
    LEAVING = "leaving"  # there, and waits to be taken off
    SENDING = "sending"
    PARKED = "parked"
    HELD = "held"
    CARRIED = "carried"
    KEPT = "kept"
    HIDDEN = "hidden"
    INCOMPLETE = "incomplete"
    TAKEN_OFF = "taken_off"  # by a person who undid or refused its first sending
    LEFT = "left"


class WaitsFor(StrEnum):
    """What must come before something that waits is sent."""

    NEXT_RUN = "next_run"
    RUNNING = "running"
    ANOTHER_TRY = "another_try"
    HOURS = "hours"
    CHANNEL_PAUSED = "channel_paused"
    CATALOG_PAUSED = "catalog_paused"
    ENABLING = "enabling"  # the catalog, in the PIM
    PERSON = "person"  # the catalog's page says whose move it is


_PLACES = {
    _Status.IN_FLIGHT: Place.SENDING,
    _Status.PARKED: Place.PARKED,
    _Status.HELD: Place.HELD,
    _Status.CARRIED: Place.CARRIED,
    _Status.KEPT: Place.KEPT,
    _Status.HIDDEN: Place.HIDDEN,
}
_BY_CATALOG = {  # what sync.status.state_of returned
    "running": WaitsFor.RUNNING,
    "paused": WaitsFor.CATALOG_PAUSED,
    "disabled": WaitsFor.ENABLING,
    **dict.fromkeys(
        ("being_removed", "archived", "disconnected", "gone", "copy", "reconnected", "setting_up"),
        WaitsFor.PERSON,
    ),
    **dict.fromkeys(("stopped", "failed"), WaitsFor.PERSON),
}


def place_of(listing: Listing) -> Place:
    status = _Status(listing.status)
    if status in _PLACES:
        return _PLACES[status]
    if status == _Status.LISTED:
        return Place.EARLIER if listing.set_aside else Place.IN_STEP
    if status == _Status.GONE:
        if listing.left_because == Listing.Left.INCOMPLETE:
            return Place.INCOMPLETE
        return Place.TAKEN_OFF if listing.set_aside else Place.LEFT
    if listing.wanted_id is None:
        return Place.LEAVING
    return Place.NEW if listing.sent_id is None else Place.CHANGED


def waits_for(listing: Listing, state: str, closing: Closing | None) -> WaitsFor | None:
    """Return what a waiting listing waits for; None for others.

    `state`: of its catalog, from sync.status.state_of; `closing`: of its channel. What holds for
    all products of the catalog comes before what is the product's own.
    """
    if listing.status != _Status.WAITING:
        return None
    if state in _BY_CATALOG and _BY_CATALOG[state] is not WaitsFor.RUNNING:
        return _BY_CATALOG[state]
    if closing is not None:
        paused = closing.why is Why.PAUSED
        return WaitsFor.CHANNEL_PAUSED if paused else WaitsFor.HOURS
    if listing.next_attempt_at > timezone.now():
        return WaitsFor.ANOTHER_TRY
    return _BY_CATALOG.get(state, WaitsFor.NEXT_RUN)


def main_listing(siblings: Sequence[Listing]) -> Listing:
    """Return of one product's listings on one channel the one that tells most: its carrier."""
    return min(
        siblings,
        key=lambda one: (
            one.sent_id is None,
            one.status == _Status.CARRIED,
            one.wanted_id is None,
            one.catalog.position,
            one.pk,
        ),
    )
