"""A channel that asks to be left alone (`Retry-After`) is left alone by every run.

Not to be confused with what people pause: `catalogs/pauses.py`.
"""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from catalogs.models import Channel
from outbound.errors import NotSent

_LONGEST = timedelta(hours=1)  # nobody should be able to silence a channel for days


def leave_alone(channel_id: int, seconds: float) -> None:
    """Let no run call the channel for so long; a longer pause that already holds stays."""
    until = timezone.now() + min(timedelta(seconds=min(seconds, 1e6)), _LONGEST)
    shorter = Q(left_alone_until=None) | Q(left_alone_until__lt=until)
    Channel.objects.filter(shorter, pk=channel_id).update(left_alone_until=until)


def refuse_while_left_alone(channel_id: int) -> None:
    """Raise NotSent, with the seconds that are left, while the channel is left alone."""
    channels = Channel.objects.filter(pk=channel_id)
    until = channels.values_list("left_alone_until", flat=True).first()
    left = (until - timezone.now()).total_seconds() if until else 0.0
    if left > 0:
        raise NotSent(
            f"The channel asked to be left alone for another {max(1, round(left))} s.",
            retry_after=left,
        )
