"""Who reads or writes an offer: whoever claimed it, until its process is gone or silent."""

from connections import workers
from connections.workers import heartbeat, is_free
from enrichment.models import Offer

__all__ = ["OfferLost", "claim", "heartbeat", "is_free", "lock"]


class OfferLost(Exception):
    """Somebody else works on this offer now, or it was ended: stop without another write."""


def claim(offer: Offer) -> bool:
    """Make an offer that is under way ours. A lost race is normal and returns False."""
    return offer.is_under_way and workers.claim(offer, {"state": offer.state}, not_before=None)


def lock(offer: Offer) -> None:
    """Within a transaction: hold the offer's row, and make sure that it is still ours.

    Raises OfferLost.
    """
    if not workers.hold(offer, state=offer.state):
        raise OfferLost(f"offer {offer.pk} is not ours any more")
