"""Who tells the PIM how a catalog's products stand: whoever claimed it, until it is gone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from connections import workers
from sync.models import Feedback


class FeedbackLost(Exception):
    """Somebody else does it now, or its settings were changed: stop without another write."""


def claim(feedback: Feedback) -> bool:
    """Make it ours to tell. A lost race is normal and returns False."""
    if not is_free(feedback):
        return False
    won = Feedback.objects.filter(pk=feedback.pk, owner=feedback.owner).update(
        owner=workers.new_owner(), heartbeat_at=timezone.now()
    )
    if not won:
        return False
    feedback.refresh_from_db()
    return True


def is_free(feedback: Feedback) -> bool:
    """Return whether nobody tells it (any more)."""
    return workers.is_free(feedback.owner, feedback.heartbeat_at)


def let_go(feedback: Feedback, **values: object) -> None:
    """Store how it ended, and let go of it. Raises FeedbackLost."""
    mine = Feedback.objects.filter(pk=feedback.pk, owner=feedback.owner)
    if not mine.update(owner="", updated_at=timezone.now(), **values):
        raise FeedbackLost(f"feedback {feedback.pk} is not ours any more")


@contextmanager
def heartbeat(feedback: Feedback) -> Iterator[threading.Event]:
    """Keep its heartbeat going from a thread; the event is set once it is lost."""

    def beat() -> int:
        ours = Feedback.objects.filter(pk=feedback.pk, owner=feedback.owner)
        return ours.update(heartbeat_at=timezone.now())

    with workers.heartbeat(beat, f"feedback {feedback.pk}") as lost:
        yield lost
