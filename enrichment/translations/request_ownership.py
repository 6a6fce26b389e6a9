"""Who works on a request for translations: whoever claimed it, until its process is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from connections import workers
from enrichment.models import TranslationRequest


class RequestLost(Exception):
    """Somebody else works on this request now, or it was stopped: stop without another write."""


def claim(request: TranslationRequest) -> bool:
    """Make a request under way ours. A lost race is normal and returns False."""
    if not request.is_under_way or not is_free(request):
        return False
    rows = TranslationRequest.objects.working().filter(pk=request.pk, owner=request.owner)
    owner = workers.new_owner()
    if not rows.update(owner=owner, heartbeat_at=timezone.now(), not_before=None):
        return False
    request.refresh_from_db()
    return True


def is_free(request: TranslationRequest) -> bool:
    """Return whether nobody works on this request (any more)."""
    return workers.is_free(request.owner, request.heartbeat_at)


def hold(request: TranslationRequest) -> TranslationRequest:
    """Within a transaction: hold its row and return it as it is now. Raises RequestLost."""
    rows = TranslationRequest.objects.working().select_for_update(no_key=True)
    row = rows.filter(pk=request.pk, owner=request.owner).first()
    if row is None:
        raise RequestLost(f"request {request.pk} is not ours any more")
    return row


def note(request: TranslationRequest, **values: Any) -> None:
    """Store how far it is, which is a heartbeat as well. Raises RequestLost."""
    if not _ours(request).update(heartbeat_at=timezone.now(), **values):
        raise RequestLost(f"request {request.pk} is not ours any more")


@contextmanager
def heartbeat(request: TranslationRequest) -> Iterator[None]:
    """Keep the request's heartbeat going from a thread."""

    def beat() -> int:
        return _ours(request).update(heartbeat_at=timezone.now())

    with workers.heartbeat(beat, f"request {request.pk}"):
        yield


def _ours(request: TranslationRequest) -> QuerySet[TranslationRequest]:
    return TranslationRequest.objects.working().filter(pk=request.pk, owner=request.owner)
