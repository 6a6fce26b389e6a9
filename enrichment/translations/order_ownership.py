"""Who works on an order for translations: whoever claimed it, until its process is gone."""

from contextlib import AbstractContextManager
from threading import Event
from typing import Any

from django.utils import timezone

from connections import workers
from connections.workers import is_free
from enrichment.models import TranslationOrder

__all__ = ["OrderLost", "claim", "heartbeat", "hold", "is_free", "note"]

_STILL = {"state": TranslationOrder.State.WORKING}


class OrderLost(Exception):
    """Somebody else works on this order now, or it was stopped: stop without another write."""


def claim(order: TranslationOrder) -> bool:
    """Make an order under way ours. A lost race is normal and returns False."""
    return order.is_under_way and workers.claim(order, _STILL, not_before=None)


def hold(order: TranslationOrder) -> TranslationOrder:
    """Within a transaction: hold its row and return it as it is now. Raises OrderLost."""
    if not workers.hold(order, **_STILL):
        raise OrderLost(f"order {order.pk} is not ours any more")
    return TranslationOrder.objects.get(pk=order.pk)


def heartbeat(order: TranslationOrder) -> AbstractContextManager[Event]:
    """Keep the order's heartbeat going from a thread."""
    return workers.heartbeat(order, **_STILL)


def note(order: TranslationOrder, **values: Any) -> None:
    """Store how far it is, which is a heartbeat as well. Raises OrderLost."""
    ours = TranslationOrder.objects.working().filter(pk=order.pk, owner=order.owner)
    if not ours.update(heartbeat_at=timezone.now(), **values):
        raise OrderLost(f"order {order.pk} is not ours any more")
