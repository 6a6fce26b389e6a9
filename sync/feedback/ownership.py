"""Who tells the PIM how a catalog's products stand: whoever claimed it, until it is gone."""

from django.utils import timezone

from connections.workers import claim, heartbeat, is_free
from sync.models import Feedback

__all__ = ["FeedbackLost", "claim", "heartbeat", "is_free", "let_go"]


class FeedbackLost(Exception):
    """Somebody else does it now, or its settings were changed: stop without another write."""


def let_go(feedback: Feedback, **values: object) -> None:
    """Store how it ended, and let go of it. Raises FeedbackLost."""
    mine = Feedback.objects.filter(pk=feedback.pk, owner=feedback.owner)
    if not mine.update(owner="", updated_at=timezone.now(), **values):
        raise FeedbackLost(f"feedback {feedback.pk} is not ours any more")
