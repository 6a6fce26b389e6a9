"""Who works on an order for translations: whoever claimed it, until its process is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from connections import workers
from enrichment.models import TranslationOrder


class OrderLost(Exception):
    """Somebody else works on this order now, or it was stopped: stop without another write."""


def claim(order: TranslationOrder) -> bool:
    """Make an order under way ours. A lost race is normal and returns False."""
    if not order.is_under_way or not is_free(order):
        return False
    rows = TranslationOrder.objects.working().filter(pk=order.pk, owner=order.owner)
    owner = workers.new_owner()
    if not rows.update(owner=owner, heartbeat_at=timezone.now(), not_before=None):
        return False
    order.refresh_from_db()
    return True


def is_free(order: TranslationOrder) -> bool:
    """Return whether nobody works on this order (any more)."""
    return workers.is_free(order.owner, order.heartbeat_at)


def hold(order: TranslationOrder) -> TranslationOrder:
    """Within a transaction: hold its row and return it as it is now. Raises OrderLost."""
    rows = TranslationOrder.objects.working().select_for_update(no_key=True)
    row = rows.filter(pk=order.pk, owner=order.owner).first()
    if row is None:
        raise OrderLost(f"order {order.pk} is not ours any more")
    return row


def note(order: TranslationOrder, **values: Any) -> None:
    """Store how far it is, which is a heartbeat as well. Raises OrderLost."""
    if not _ours(order).update(heartbeat_at=timezone.now(), **values):
        raise OrderLost(f"order {order.pk} is not ours any more")


@contextmanager
def heartbeat(order: TranslationOrder) -> Iterator[None]:
    """Keep the order's heartbeat going from a thread."""

    def beat() -> int:
        return _ours(order).update(heartbeat_at=timezone.now())

    with workers.heartbeat(beat, f"order {order.pk}"):
        yield


def _ours(order: TranslationOrder) -> QuerySet[TranslationOrder]:
    return TranslationOrder.objects.working().filter(pk=order.pk, owner=order.owner)
