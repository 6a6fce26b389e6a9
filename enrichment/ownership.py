"""Who reads or writes an offer: whoever claimed it, until its process is gone or silent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from connections import workers
from enrichment.models import Offer


class OfferLost(Exception):
    """Somebody else works on this offer now, or it was ended: stop without another write."""


def claim(offer: Offer) -> bool:
    """Make an offer that is under way ours. A lost race is normal and returns False."""
    if not offer.is_under_way or not is_free(offer):
        return False
    owner = workers.new_owner()
    won = Offer.objects.filter(pk=offer.pk, owner=offer.owner, state=offer.state).update(
        owner=owner, heartbeat_at=timezone.now(), not_before=None
    )
    if not won:
        return False
    offer.refresh_from_db()
    return True


def is_free(offer: Offer) -> bool:
    """Return whether nobody works on this offer (any more)."""
    return workers.is_free(offer.owner, offer.heartbeat_at)


def lock(offer: Offer) -> None:
    """Within a transaction: hold the offer's row, and make sure that it is still ours.

    Raises OfferLost.
    """
    row = (
        Offer.objects.select_for_update(no_key=True)
        .filter(pk=offer.pk)
        .values_list("owner", "state")
        .first()
    )
    if row != (offer.owner, offer.state):
        raise OfferLost(f"offer {offer.pk} is not ours any more")


@contextmanager
def heartbeat(offer: Offer) -> Iterator[threading.Event]:
    """Keep the offer's heartbeat going from a thread; the event is set once it is lost."""

    def beat() -> int:
        ours = Offer.objects.filter(pk=offer.pk, owner=offer.owner)
        return ours.update(heartbeat_at=timezone.now())

    with workers.heartbeat(beat, f"offer {offer.pk}") as lost:
        yield lost
