"""Where events that somebody wants do not come, and a person has to do something about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sync.models import EventSubscription

_State = EventSubscription.State
_Obstacle = EventSubscription.Obstacle


@dataclass(frozen=True, slots=True)
class EventsAttention:
    """`troubles`: what is in the way (an Obstacle), by connection. `on`: where they come."""

    troubles: dict[int, str]
    on: frozenset[int]


def attention_to_events(connection_ids: Iterable[int]) -> EventsAttention:
    """Look where somebody has to act. One query.

    What somebody suspended here is as it is wanted, and what only has to be tried again needs
    nobody.
    """
    rows = EventSubscription.objects.filter(
        connection__in=list(connection_ids), is_wanted=True, paused_by=""
    ).exclude(state=_State.OFF)
    troubles: dict[int, str] = {}
    on = set()
    for pk, obstacle, state in rows.values_list("connection", "obstacle", "state"):
        if state == _State.ACTIVE:
            on.add(pk)
        elif obstacle or state == _State.SUSPENDED:
            troubles[pk] = obstacle or _Obstacle.AKENEO
    return EventsAttention(troubles, frozenset(on))
