"""Switching the events of a PIM on and off at Akeneo's Event Platform.

What we want is stored first, then the platform is made to have it: whatever dies in between, or
was answered into the void, is found there the next time by its name and address, and not made
twice.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from connections import audit
from connections.audit import Action
from connections.installation import refuse_on_wrong_copy
from connections.models import Connection
from outbound.errors import ConfigurationError, NotSent, OutboundError, TransientError
from outbound.sentences import Sentence
from pim.events import EventPlatform, Subscriber, Subscription
from sync.events.platform import platform_for, refuse_unreachable
from sync.events.states import look, settle
from sync.models import EventSubscription
from sync.models.events import new_secret

logger = logging.getLogger(__name__)

State = EventSubscription.State

_LONGEST = timedelta(minutes=5)  # all calls of one change together, with their tries


def switch_on(connection: Connection) -> EventSubscription:
    """Have the PIM's changes told to us; again puts back what is missing, and makes no second one.

    Raises OutboundError: EventsNotAllowed while the box is not ticked in the PIM.
    """
    refuse_on_wrong_copy()
    refuse_unreachable()
    platform = platform_for(connection)
    with transaction.atomic():
        events, _ = EventSubscription.objects.get_or_create(connection=connection)
        was_wanted = events.is_wanted
        if not was_wanted:
            events.is_wanted = True
            events.save(update_fields=["is_wanted", "updated_at"])
            audit.record(Action.EVENTS_ON, connection, connection.host)
    if events.state in (State.OFF, State.REVOKED):
        settle(events, State.STARTING)
    with _alone(events):
        _subscribe(events, platform)
    return events


def switch_off(connection: Connection) -> EventSubscription | None:
    """Have nothing told to us any more; None if it was never switched on. Again changes nothing.

    From now on what still arrives is refused, also where the platform cannot be told: then its
    OutboundError is raised.
    """
    events = EventSubscription.objects.filter(connection=connection).first()
    if events is None:
        return None
    with transaction.atomic():
        if events.is_wanted:
            events.is_wanted = False
            events.save(update_fields=["is_wanted", "updated_at"])
            audit.record(Action.EVENTS_OFF, connection, connection.host)
        settle(events, State.OFF)
    if events.subscriber_id and connection.is_connected:
        with _alone(events):
            platform = platform_for(connection)
            if events.subscription_id:
                platform.delete_subscription(events.subscriber_id, events.subscription_id)
            platform.delete_subscriber(events.subscriber_id)
    _store(events, subscriber_id="", subscription_id="", secrets_are_told=False)
    return events


def change_secret(events: EventSubscription) -> None:
    """Have events signed with a new secret. What is under way with the old one still counts.

    The new one is known here before the platform has it; should it not get there, the old one goes
    on, and the next time this is tried again. Raises OutboundError.
    """
    platform = platform_for(events.connection)
    with _alone(events):
        if events.secrets_are_told:  # else the last new one never arrived, and is as good
            with transaction.atomic():
                _store(
                    events,
                    primary_secret=new_secret(),
                    secondary_secret=events.primary_secret,
                    secrets_are_told=False,
                )
                audit.record(Action.EVENT_SECRET_CHANGED, events.connection)
        _tell_destination(events, platform)


def look_at_all() -> int:
    """Ask how every subscription stands, and put back those that are gone; return how many.

    One that cannot be asked is left as it is, with the reason in the log.
    """
    wanted = EventSubscription.objects.filter(is_wanted=True).select_related("connection")
    looked_at = 0
    for events in wanted:
        try:
            look(events)
            if events.state in (State.STARTING, State.REVOKED) and events.connection.is_connected:
                switch_on(events.connection)
        except OutboundError as error:
            logger.warning(
                "Events of connection %s: %s", events.connection_id, error.detail or error
            )
        looked_at += 1
    return looked_at


def _subscribe(events: EventSubscription, platform: EventPlatform) -> None:
    """Make the platform have exactly one subscription of ours, that sends to our address."""
    _find_subscriber(events, platform)
    found = _find_subscriptions(events, platform)
    if found is None:
        return  # the platform does not tell, and made it earlier
    ours = next((one for one in found if one.id == events.subscription_id), None)
    ours = ours or (found[0] if found else None)
    if ours is None:
        ours = _create_subscription(events, platform)
    for surplus in found:
        if surplus.id != ours.id:
            platform.delete_subscription(events.subscriber_id, surplus.id)
    is_new = ours.id != events.subscription_id
    _store(events, subscription_id=ours.id)
    has_moved = bool(ours.url) and ours.url != events.url
    if has_moved:  # this installation has another address by now
        platform.change_contact(events.subscriber_id, **_contact(events))
    if has_moved or not events.secrets_are_told or (is_new and found):
        _tell_destination(events, platform)
    if ours.status == "suspended":
        platform.resume(events.subscriber_id, ours.id)
    settle(events, State.ACTIVE, looked=True)


def _find_subscriber(events: EventSubscription, platform: EventPlatform) -> None:
    """Find it by its id, else by our name; else create it."""
    known = platform.subscribers()
    if known is None and events.subscriber_id:
        return
    found = next((one for one in known or [] if one.id == events.subscriber_id), None)
    if found is not None:
        return
    found = _named(known)
    if found is not None:
        platform.change_contact(found.id, **_contact(events))
    else:
        found = _create_subscriber(events, platform)
    _store(events, subscriber_id=found.id, subscription_id="")


def _create_subscriber(events: EventSubscription, platform: EventPlatform) -> Subscriber:
    try:
        return platform.create_subscriber(_name(), **_contact(events))
    except TransientError as error:
        found = None if isinstance(error, NotSent) else _named(platform.subscribers())
        if found is None:
            raise
        return found


def _find_subscriptions(
    events: EventSubscription, platform: EventPlatform
) -> list[Subscription] | None:
    """Return those of ours that live; None if they cannot be seen, and one was made earlier."""
    known = platform.subscriptions(events.subscriber_id)
    if known is None:
        return None if events.subscription_id else []
    return [
        one
        for one in known
        if one.is_alive and (one.id == events.subscription_id or one.url == events.url)
    ]


def _create_subscription(events: EventSubscription, platform: EventPlatform) -> Subscription:
    try:
        made = platform.subscribe(
            events.subscriber_id,
            pim_url=events.connection.pim_url,
            url=events.url,
            secret=_secret(events),
        )
    except TransientError as error:
        found = None if isinstance(error, NotSent) else _find_subscriptions(events, platform)
        if not found:
            raise
        made = found[0]
    _store(events, subscription_id=made.id, secrets_are_told=True)
    return made


def _tell_destination(events: EventSubscription, platform: EventPlatform) -> None:
    platform.change_destination(
        events.subscriber_id, events.subscription_id, url=events.url, secret=_secret(events)
    )
    _store(events, secrets_are_told=True)


def _named(known: list[Subscriber] | None) -> Subscriber | None:
    return next((one for one in known or [] if one.name == _name()), None)


def _name() -> str:
    """Return what tells this installation from others of the same app."""
    return f"Ferry at {urlsplit(settings.BASE_URL).netloc}"


def _contact(events: EventSubscription) -> dict[str, str]:
    return {
        "email": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "notices_url": events.notices_url,
        "notices_secret": events.notice_secret,
    }


def _secret(events: EventSubscription) -> dict[str, str]:
    secret = {"primary": events.primary_secret}
    if events.secondary_secret:
        secret["secondary"] = events.secondary_secret
    return secret


def _store(events: EventSubscription, **values: object) -> None:
    for name, value in values.items():
        setattr(events, name, value)
    events.save(update_fields=[*values, "updated_at"])


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
