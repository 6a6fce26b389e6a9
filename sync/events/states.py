"""Whether events of a PIM arrive: what the platform says of the subscription, and what follows."""

import logging

from django.db import transaction
from django.utils import timezone

from connections.models import Connection
from pim.errors import EventsNotAllowed, Unauthorized
from sync.events.platform import ask_the_pim, platform_for
from sync.events.waking import wake_all
from sync.models import EventSubscription

logger = logging.getLogger(__name__)

State = EventSubscription.State

_STATES = {
    "active": State.ACTIVE,
    "suspended": State.SUSPENDED,
    "revoked": State.REVOKED,
    "deleted": State.STARTING,  # somebody deleted it there: it is to be made again
}


def settle(
    events: EventSubscription,
    state: EventSubscription.State,
    reason: str = "",
    *,
    looked: bool = False,
) -> None:
    """Note how it stands; what changed while it was suspended is read by a delta at once."""
    with transaction.atomic():
        row = EventSubscription.objects.select_for_update(no_key=True).get(pk=events.pk)
        before = State(row.state)
        if before != state:
            row.state, row.since = state, timezone.now()
        row.reason = reason
        if looked:
            row.looked_at = timezone.now()
        row.save(update_fields=["state", "since", "reason", "looked_at", "updated_at"])
        if state == State.ACTIVE and before == State.SUSPENDED:
            wake_all(row)
    for name in ("state", "since", "reason", "looked_at"):
        setattr(events, name, getattr(row, name))
    if before != state:
        logger.info("Events of connection %s: %s", events.connection_id, state)


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
        settle(events, State.SUSPENDED, error.message, looked=True)
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
        settle(events, state, looked=True)


def end_with(connection: Connection) -> None:
    """The connection was lost: its subscription is no more, whoever told us so (4.2)."""
    rows = EventSubscription.objects.filter(connection=connection).exclude(state=State.OFF)
    rows.exclude(state=State.REVOKED).update(state=State.REVOKED, since=timezone.now())
    rows.update(subscriber_id="", subscription_id="", secrets_are_told=False)
