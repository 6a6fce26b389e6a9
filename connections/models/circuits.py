"""Circuit: a PIM or a channel that does not answer."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext

from connections.models.connections import Connection


class CircuitQuerySet(models.QuerySet["Circuit"]):
    def open(self) -> "CircuitQuerySet":
        return self.filter(failures__gte=Circuit.OPEN_AFTER)

    def of(self, connection: Connection, *channels: Any) -> "CircuitQuerySet":
        """The PIM's own, and those of these channels."""
        return self.filter(
            connection=connection, channel__in=["", *(str(one.uuid) for one in channels)]
        )


class Circuit(models.Model):
    """A PIM or a channel whose last calls failed; there is no row for one that answers.

    Workers leave it alone until `retry_at`; then one of them at a time tries. It is open, and told
    to people, after OPEN_AFTER failures without a success in between.
    """

    OPEN_AFTER = 5

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="circuits")
    channel = models.CharField(
        max_length=36, blank=True, help_text="The channel's uuid; empty: the PIM itself."
    )
    name = models.CharField(max_length=500, help_text="What does not answer.")
    problem = models.TextField(help_text="How the last call failed.")
    failures = models.PositiveIntegerField(default=0, help_text="Without a success in between.")
    failing_since = models.DateTimeField()
    retry_at = models.DateTimeField(help_text="No worker calls before.")
    probe_until = models.DateTimeField(
        null=True, blank=True, help_text="One worker tries; the others wait for it until then."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CircuitQuerySet.as_manager()

    class Meta:
        ordering = ["-failing_since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "channel"],
                name="one_circuit_for_each_side",
                violation_error_message="There is a circuit for this already.",
            ),
        ]

    def __str__(self) -> str:
        said = gettext(
            "%(name)s has not answered since %(since)s; the next try is at %(next)s UTC."
        )
        return said % {**self._silence, "next": _clock(self.next_try_at)}

    @property
    def since(self) -> str:
        """The same without what will be."""
        return gettext("%(name)s has not answered since %(since)s UTC.") % self._silence

    @property
    def _silence(self) -> dict[str, str]:
        return {"name": self.name, "since": _clock(self.failing_since)}

    @property
    def is_open(self) -> bool:
        return self.failures >= self.OPEN_AFTER

    @property
    def next_try_at(self) -> datetime:
        return max(self.retry_at, self.probe_until or self.retry_at)


def _clock(moment: datetime) -> str:
    """The time of the day, with the day if that was not today."""
    if abs(timezone.now() - moment) < timedelta(hours=18):
        return f"{moment:%H:%M}"
    return format_date(moment, "j F, H:i")
