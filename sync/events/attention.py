"""Where events that somebody wants do not come, and a person has to do something about it."""

from collections.abc import Iterable

from sync.models import EventSubscription

_State = EventSubscription.State
_Obstacle = EventSubscription.Obstacle


def troubles_of(connection_ids: Iterable[int]) -> dict[int, str]:
    """Return what is in the way (an Obstacle) by connection, where somebody has to act. One query.

    What somebody suspended here is as it is wanted, and what only has to be tried again needs
    nobody.
    """
    rows = EventSubscription.objects.filter(
        connection__in=list(connection_ids), is_wanted=True, paused_by=""
    ).exclude(state__in=(_State.ACTIVE, _State.OFF))
    return {
        pk: obstacle or (_Obstacle.AKENEO if state == _State.SUSPENDED else "")
        for pk, obstacle, state in rows.values_list("connection", "obstacle", "state")
    }
