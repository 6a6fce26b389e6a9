"""What is looked at by the clock: how every subscription stands, and whether it tells anything."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from outbound.errors import OutboundError
from sync.events.silence import listen
from sync.events.states import look
from sync.events.switching import end_there, forget_old_secret, put_back
from sync.models import EventSubscription

logger = logging.getLogger(__name__)

State = EventSubscription.State

# The platform tries for 35 minutes, and what it tries was signed when it was sent first.
_OLD_SECRET = timedelta(hours=1)


def look_at_all() -> int:
    """Ask how every subscription stands, and put back those that are gone; return how many.

    After them those are ended that were switched off while the platform could not be told. One that
    cannot be asked is left as it is, with the reason in the log.
    """
    rows = EventSubscription.objects.select_related("connection")
    looked_at = 0
    for events in rows.filter(is_wanted=True):
        _try(_look_after, events)
        looked_at += 1
    for events in rows.filter(is_wanted=False).exclude(subscriber_id=""):
        _try(end_there, events)
    return looked_at


def _try(act: Callable[[EventSubscription], None], events: EventSubscription) -> None:
    try:
        act(events)
    except OutboundError as error:
        logger.warning("Events of connection %s: %s", events.connection_id, error.detail or error)


def _look_after(events: EventSubscription) -> None:
    look(events)
    if not events.connection.is_connected:
        return
    is_behind = bool(events.subscription_id) and not events.secrets_are_told
    if events.state in (State.STARTING, State.REVOKED) or is_behind:
        put_back(events)
    if events.state == State.ACTIVE:
        changed_at = events.secret_changed_at
        is_old = changed_at is not None and changed_at < timezone.now() - _OLD_SECRET
        if events.secondary_secret and events.secrets_are_told and is_old:
            forget_old_secret(events)
        listen(events)
