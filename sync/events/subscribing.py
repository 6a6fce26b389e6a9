"""Making Akeneo's Event Platform have what we want: one subscriber, and one subscription of ours.

Whatever died in between, or was answered into the void, is found there the next time by its name
and address, and not made twice.
"""

from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from outbound.errors import NotSent, TransientError
from pim.events import EventPlatform, Subscriber, Subscription
from sync.events.states import settle
from sync.models import EventSubscription

State = EventSubscription.State


def subscribe(events: EventSubscription, platform: EventPlatform) -> None:
    """Make the platform have exactly one subscription of ours, that sends to our address.

    Suspended if somebody here wants it so. Raises OutboundError.
    """
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
    store(events, subscription_id=ours.id)
    has_moved = bool(ours.url) and ours.url != events.url
    if has_moved:  # this installation has another address by now
        platform.change_contact(events.subscriber_id, **_contact(events))
    if has_moved or not events.secrets_are_told or (is_new and found):
        tell_destination(events, platform)
    is_suspended = ours.status == "suspended"
    if is_suspended and not events.is_paused:
        platform.resume(events.subscriber_id, ours.id)
    elif events.is_paused and not is_suspended:
        platform.suspend(events.subscriber_id, ours.id)
    settle(events, State.SUSPENDED if events.is_paused else State.ACTIVE, looked=True)


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
    store(events, subscriber_id=found.id, subscription_id="")


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
    store(events, subscription_id=made.id, secrets_are_told=True)
    return made


def tell_destination(events: EventSubscription, platform: EventPlatform) -> None:
    """Let events go to our address, signed with our secrets. Raises OutboundError."""
    platform.change_destination(
        events.subscriber_id, events.subscription_id, url=events.url, secret=_secret(events)
    )
    if events.secondary_secret and not events.secrets_are_told:
        # Until now events were signed with it: so it counts from now on for a while.
        store(events, secrets_are_told=True, secret_changed_at=timezone.now())
    else:
        store(events, secrets_are_told=True)


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


def store(events: EventSubscription, **values: object) -> None:
    for name, value in values.items():
        setattr(events, name, value)
    events.save(update_fields=[*values, "updated_at"])
