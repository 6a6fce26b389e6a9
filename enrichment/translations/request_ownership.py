"""Who works on a request for translations: whoever claimed it, until its process is gone."""

from typing import Any

from django.utils import timezone

from connections import workers
from connections.workers import heartbeat, is_free
from enrichment.models import TranslationRequest

__all__ = ["RequestLost", "claim", "heartbeat", "hold", "is_free", "note"]


class RequestLost(Exception):
    """Somebody else works on this request now, or it was stopped: stop without another write."""


def claim(request: TranslationRequest) -> bool:
    """Make a request under way ours. A lost race is normal and returns False."""
    still = {"state": request.state}
    return request.is_under_way and workers.claim(request, still, not_before=None)


def hold(request: TranslationRequest) -> TranslationRequest:
    """Within a transaction: hold its row and return it as it is now. Raises RequestLost."""
    rows = TranslationRequest.objects.working().select_for_update(no_key=True)
    row = rows.filter(pk=request.pk, owner=request.owner).first()
    if row is None:
        raise RequestLost(f"request {request.pk} is not ours any more")
    return row


def note(request: TranslationRequest, **values: Any) -> None:
    """Store how far it is, which is a heartbeat as well. Raises RequestLost."""
    ours = TranslationRequest.objects.working().filter(pk=request.pk, owner=request.owner)
    if not ours.update(heartbeat_at=timezone.now(), **values):
        raise RequestLost(f"request {request.pk} is not ours any more")
