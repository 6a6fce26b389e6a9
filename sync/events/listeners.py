"""Whose address something was sent to: asked for each request, so remembered for some seconds."""

import time
from dataclasses import dataclass, field

from sync.events.platform import own_client_id
from sync.models import EventSubscription, ReceivedEvent
from sync.models.events import KEY_LENGTH

MOST_WAITING = 100_000  # events that nobody has worked on

_SECONDS = 3.0
_MOST_KNOWN = 1000


@dataclass(frozen=True, slots=True)
class Listener:
    """A subscription as requests need it. `read_at` is of the clock that nobody sets."""

    pk: int
    client_id: str
    secrets: tuple[str, str] = field(repr=False)
    notice_secret: str = field(repr=False)
    is_full: bool  # so many events wait that no more are taken
    read_at: float


_known: dict[str, Listener] = {}


def listener_at(key: str, *, fresh: bool = False) -> Listener | None:
    """Return who listens at this address; None for nobody. With `fresh` as it is right now.

    Raises SecretsUnusable.
    """
    known = _known.get(key)
    if known is not None and not fresh and time.monotonic() - known.read_at < _SECONDS:
        return known
    _known.pop(key, None)
    if len(key) != KEY_LENGTH or "\x00" in key:  # which PostgreSQL does not look for
        return None
    rows = EventSubscription.objects.filter(key=key, is_wanted=True)
    events = rows.select_related("connection").first()
    if events is None:
        return None
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    listener = _known[key] = Listener(
        pk=events.pk,
        client_id=own_client_id(events.connection),
        secrets=(events.primary_secret, events.secondary_secret),
        notice_secret=events.notice_secret,
        is_full=_is_full(events.pk),
        read_at=time.monotonic(),
    )
    return listener


def _is_full(subscription_id: int) -> bool:
    """Whether there is an event beyond the most that may wait: a walk along a partial index."""
    waiting = ReceivedEvent.objects.filter(subscription=subscription_id, worked_at=None)
    return waiting.order_by("pk")[MOST_WAITING : MOST_WAITING + 1].exists()
