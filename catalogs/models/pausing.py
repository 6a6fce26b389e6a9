"""What a person pauses."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Pausable(models.Model):
    """What a person pauses: for a while, or until somebody resumes it."""

    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    pause_ends_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Empty: when somebody resumes it."
    )
    pause_reason = models.CharField(max_length=200, blank=True, editable=False)
    paused_by = models.CharField(max_length=255, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_paused(self) -> bool:
        """A pause with a date ends by itself, also before anybody has tidied it away."""
        if self.paused_at is None:
            return False
        return self.pause_ends_at is None or self.pause_ends_at > timezone.now()


def pause_holds() -> Q:
    """Return the condition for `is_paused`."""
    in_force = Q(pause_ends_at=None) | Q(pause_ends_at__gt=timezone.now())
    return Q(paused_at__isnull=False) & in_force
