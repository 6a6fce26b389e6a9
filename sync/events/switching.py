"""Switching the events of a PIM on and off, for a while or for good, and changing their secret.

What somebody wants is stored first, then the platform is made to have it: whatever dies in between
is put right by the next look.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from connections import audit
from connections.audit import Action
from connections.installation import refuse_on_wrong_copy
from connections.models import Connection
from outbound.errors import ConfigurationError, OutboundError
from outbound.sentences import Sentence
from pim.errors import EventsNotAllowed, EventsUnavailable
from sync.events.platform import PATIENT, Patience, platform_for, refuse_unreachable
from sync.events.states import settle
from sync.events.subscribing import store, subscribe, tell_destination
from sync.models import EventSubscription
from sync.models.events import new_secret

State = EventSubscription.State
Obstacle = EventSubscription.Obstacle

_LONGEST = timedelta(minutes=5)  # all calls of one change together, with their tries


def switch_on(connection: Connection, *, patience: Patience = PATIENT) -> EventSubscription:
    """Have the PIM's changes told to us; again puts back what is missing, and makes no second one.

    What was suspended goes on. Raises OutboundError: EventsNotAllowed while the box is not ticked
    in the PIM, EventsUnavailable where there is none.
    """
    refuse_on_wrong_copy()
    refuse_unreachable()
    platform_for(connection)  # refuses a PIM that is not connected
    with transaction.atomic():
        events, _ = EventSubscription.objects.get_or_create(connection=connection)
        was_wanted, was_paused = events.is_wanted, events.is_paused
        if not was_wanted or was_paused:
            store(events, is_wanted=True, paused_by="")
            action = Action.EVENTS_RESUMED if was_wanted else Action.EVENTS_ON
            audit.record(action, connection, connection.host)
    if events.state in (State.OFF, State.REVOKED):
        settle(events, State.STARTING)
    put_back(events, patience=patience)
    return events


def put_back(events: EventSubscription, *, patience: Patience = PATIENT) -> None:
    """Make the platform have what is wanted; note what is in the way. Raises OutboundError.

    Not if somebody switched it off meanwhile.
    """
    with _alone(events):
        if not events.is_wanted:
            return
        try:
            subscribe(events, platform_for(events.connection, patience=patience))
        except ConfigurationError as error:
            obstacle, state = _obstacle_of(error), State(events.state)
            if obstacle == Obstacle.BOX and events.subscription_id:
                state = State.SUSPENDED  # unticking the box suspends what there is (4.2)
            if state != State.ACTIVE:
                settle(events, state, obstacle=obstacle, reason=error.message)
            raise


def pause(connection: Connection, *, patience: Patience = PATIENT) -> EventSubscription:
    """Have nothing told to us until somebody switches it on again.

    Raises OutboundError where Akeneo was not told yet: the next look tells it then.
    """
    events = EventSubscription.objects.filter(connection=connection, is_wanted=True).first()
    if events is None:
        raise ConfigurationError(
            Sentence(
                "Events of %(host)s are off: there is nothing to suspend.", host=connection.host
            )
        )
    refuse_on_wrong_copy()
    if not events.is_paused:
        with transaction.atomic():
            store(events, paused_by=audit.present_actor().name[:255])
            audit.record(Action.EVENTS_SUSPENDED, connection, connection.host)
    put_back(events, patience=patience)
    return events


def switch_off(connection: Connection, *, patience: Patience = PATIENT) -> EventSubscription | None:
    """Have nothing told to us any more; None if it was never switched on. Again changes nothing.

    From now on what still arrives is refused, also where the platform cannot be told: then its
    OutboundError is raised, and the next look tells it.
    """
    events = EventSubscription.objects.filter(connection=connection).first()
    if events is None:
        return None
    with transaction.atomic():
        if events.is_wanted:
            store(events, is_wanted=False, paused_by="")
            audit.record(Action.EVENTS_OFF, connection, connection.host)
        settle(events, State.OFF)
    end_there(events, patience=patience)
    return events


def end_there(events: EventSubscription, *, patience: Patience = PATIENT) -> None:
    """Delete at the platform what is not wanted here any more, and then forget it.

    Not if somebody switched it on again meanwhile. Raises OutboundError.
    """
    with _alone(events):
        if events.is_wanted:
            return
        if events.subscriber_id and events.connection.is_connected:
            platform = platform_for(events.connection, patience=patience)
            if events.subscription_id:
                platform.delete_subscription(events.subscriber_id, events.subscription_id)
            platform.delete_subscriber(events.subscriber_id)
        store(events, subscriber_id="", subscription_id="", secrets_are_told=False)


def change_secret(events: EventSubscription, *, patience: Patience = PATIENT) -> None:
    """Have events signed with a new secret. What is under way with the old one still counts.

    The new one is known here before the platform has it; should it not get there, the old one goes
    on, and the next time this is tried again. Raises OutboundError.
    """
    platform = platform_for(events.connection, patience=patience)
    with _alone(events):
        if events.secrets_are_told:  # else the last new one never arrived, and is as good
            with transaction.atomic():
                store(
                    events,
                    primary_secret=new_secret(),
                    secondary_secret=events.primary_secret,
                    secrets_are_told=False,
                    secret_changed_at=timezone.now(),
                )
                audit.record(Action.EVENT_SECRET_CHANGED, events.connection)
        tell_destination(events, platform)


def forget_old_secret(events: EventSubscription) -> None:
    """Let what is signed with the old secret count no more: first there, then here.

    Raises OutboundError.
    """
    with _alone(events):
        kept, events.secondary_secret = events.secondary_secret, ""
        try:
            tell_destination(events, platform_for(events.connection))
        except OutboundError:
            events.secondary_secret = kept
            raise
        store(events, secondary_secret="")  # nosec B106  # empty: there is none


def _obstacle_of(error: ConfigurationError) -> EventSubscription.Obstacle:
    match error:
        case EventsNotAllowed():
            return Obstacle.BOX
        case EventsUnavailable():
            return Obstacle.EDITION
    return Obstacle.OTHER


@contextmanager
def _alone(events: EventSubscription) -> Iterator[None]:
    """Let nobody else change it at the platform meanwhile: two would each make one of their own.

    Without a transaction, as calls are made. Raises ConfigurationError if somebody does already.
    """
    now = timezone.now()
    rows = EventSubscription.objects.filter(pk=events.pk)
    free = rows.filter(Q(busy_until=None) | Q(busy_until__lt=now))
    if not free.update(busy_until=now + _LONGEST):
        raise ConfigurationError(
            Sentence(
                "The events of %(host)s are being switched at this moment. Try again in some "
                "minutes.",
                host=events.connection.host,
            )
        )
    events.refresh_from_db()
    try:
        yield
    finally:
        rows.update(busy_until=None)
