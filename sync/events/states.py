"""Whether events of a PIM arrive: what the platform says of the subscription, and what follows."""

import logging

from django.db import transaction
from django.utils import timezone

from connections.models import Connection
from pim.errors import EventsNotAllowed, Unauthorized
from sync.events.platform import ask_the_pim, platform_for
from sync.events.waking import wake_all
from sync.models import EventSubscription
from sync.notices import review_connections

logger = logging.getLogger(__name__)

State = EventSubscription.State
Obstacle = EventSubscription.Obstacle

_STATES = {
    "active": State.ACTIVE,
    "suspended": State.SUSPENDED,
    "revoked": State.REVOKED,
    "deleted": State.STARTING,  # somebody deleted it there: it is to be made again
}
_SETTLED = ("state", "since", "obstacle", "reason", "has_gap", "silent_since", "looked_at")


def settle(
    events: EventSubscription,
    state: EventSubscription.State,
    *,
    obstacle: EventSubscription.Obstacle = Obstacle.NONE,
    reason: str = "",
    looked: bool = False,
) -> None:
    """Note how it stands. What was not told meanwhile is read by a delta once it is on again.

    What somebody switched off while the platform was asked stays off.
    """
    with transaction.atomic():
        row = EventSubscription.objects.select_for_update(no_key=True).get(pk=events.pk)
        if not row.is_wanted:
            state, obstacle, reason = State.OFF, Obstacle.NONE, ""
        before = (row.state, row.obstacle, row.reason)
        if row.state != state:
            row.has_gap |= row.state == State.ACTIVE
            row.state, row.since, row.silent_since = state, timezone.now(), None
        row.obstacle, row.reason = obstacle, reason
        if looked:
            row.looked_at = timezone.now()
        if state == State.ACTIVE and row.has_gap:
            wake_all(row)
        row.has_gap &= state not in (State.ACTIVE, State.OFF)
        row.save(update_fields=[*_SETTLED, "updated_at"])
    for name in _SETTLED:
        setattr(events, name, getattr(row, name))
    if before != (state, obstacle, reason):
        logger.info("Events of connection %s: %s %s", events.connection_id, state, obstacle)
        review_connections([events.connection])


def look(events: EventSubscription) -> None:
    """Ask the platform how the subscription stands, and the PIM where the platform refuses us.

    Nobody's message is believed alone: a notice only leads here. Raises OutboundError when nothing
    can be found out.
    """
    connection = events.connection
    if not events.is_wanted or not events.subscriber_id or not connection.is_connected:
        return
    try:
        known = platform_for(connection).subscriptions(events.subscriber_id)
    except EventsNotAllowed as error:
        obstacle, reason = Obstacle.BOX, error.message
        settle(events, State.SUSPENDED, obstacle=obstacle, reason=reason, looked=True)
        return
    except Unauthorized:
        if ask_the_pim(connection):
            raise
        return  # it is lost now, and `end_with` has been told, or a new token is at hand
    ours = next((one for one in known or [] if one.id == events.subscription_id), None)
    if ours is None:
        if known is not None:
            settle(events, State.STARTING, looked=True)
        return
    if ours.url and ours.url != events.url:  # this installation has another address by now
        settle(events, State.STARTING, looked=True)
        return
    state = _STATES.get(ours.status)
    if state is None:
        logger.warning("Events of connection %s: unknown state %.50r", connection.pk, ours.status)
    elif state == State.REVOKED and ask_the_pim(connection):
        # The app was removed and came back before we heard of it: what is gone is made again.
        settle(events, State.STARTING, looked=True)
    elif state != State.REVOKED:
        _settle_as_wanted(events, state)


def _settle_as_wanted(events: EventSubscription, state: EventSubscription.State) -> None:
    """Note the platform's state; what somebody here wants otherwise is left to be put back."""
    events.refresh_from_db(fields=["paused_by", "obstacle", "reason", "noticed_reason"])
    is_suspended = state == State.SUSPENDED
    if state == State.ACTIVE and events.is_paused:
        state = State.STARTING
    elif is_suspended and not events.is_paused:
        if events.obstacle != Obstacle.BOX:
            reason = events.noticed_reason
            settle(events, state, obstacle=Obstacle.AKENEO, reason=reason, looked=True)
            return
        # The box is ticked again. It is in the way until the subscription is on.
        obstacle, reason = Obstacle.BOX, events.reason
        settle(events, State.STARTING, obstacle=obstacle, reason=reason, looked=True)
        return
    settle(events, state, looked=True)


def end_with(connection: Connection) -> None:
    """The connection was lost: its subscription is no more, whoever told us so (4.2)."""
    rows = EventSubscription.objects.filter(connection=connection).exclude(state=State.OFF)
    rows.exclude(state=State.REVOKED).update(
        state=State.REVOKED, since=timezone.now(), obstacle="", reason="", has_gap=True
    )
    rows.update(subscriber_id="", subscription_id="", secrets_are_told=False, silent_since=None)
