"""When a channel is sent to."""

from django.db import models
from django.utils import timezone

from catalogs.models.channels import Channel
from catalogs.wording import hours_in_words


class Window(models.Model):
    """Hours of every week in which a channel is sent to, or is not."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="windows")
    allows = models.BooleanField("sending is allowed", default=True)
    days = models.JSONField(help_text="On which it begins: 1 is Monday, 7 is Sunday.")
    begins = models.TimeField("from")
    ends = models.TimeField("to", help_text="Not later than from: on the day after.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-allows", "begins", "pk"]

    def __str__(self) -> str:
        return hours_in_words(self.days, self.begins, self.ends, allows=self.allows)


class Freeze(models.Model):
    """A time in which nothing is sent to a channel, such as the days around Black Friday."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="freezes")
    begins_at = models.DateTimeField("from")
    ends_at = models.DateTimeField("to")
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["begins_at", "pk"]

    def __str__(self) -> str:
        return self.reason

    @property
    def is_in_force(self) -> bool:
        return self.begins_at <= timezone.now() < self.ends_at
