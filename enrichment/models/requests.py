"""RequestedTranslation: what people of a PIM asked to have translated, and what became of it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connections.models import PimUser
from enrichment.models.proposals import Addressed
from enrichment.models.sources import Source


class RequestedTranslationQuerySet(models.QuerySet["RequestedTranslation"]):
    def visible_to(self, user: PimUser) -> "RequestedTranslationQuerySet":
        return self.filter(source__connection=user.connection_id)

    def in_progress(self) -> "RequestedTranslationQuerySet":
        return self.filter(state=RequestedTranslation.State.IN_PROGRESS)


class RequestedTranslation(models.Model):
    """One product or model that was flagged, and one language that it was asked for in.

    `items` are what its texts wait for, as [subject, key]: itself, models above it, what is below.
    As long as the PIM's own date of it is `pim_updated`, a flag that still stands is the same one,
    and was seen to.
    """

    class State(models.TextChoices):
        IN_PROGRESS = "in_progress", "In progress"
        TRANSLATED = "translated", "Translated"
        REFUSED = "refused", "Not translated"

    source = models.ForeignKey(Source, models.CASCADE, related_name="requests")
    subject = models.CharField(max_length=7, choices=Addressed.Subject)
    key = models.CharField(max_length=255)
    locale = models.CharField(max_length=100, help_text="As it was asked for.")
    identifier = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=11, choices=State, default=State.IN_PROGRESS)
    problem = models.TextField(blank=True, help_text="Why it was not translated, and the way out.")
    items = models.JSONField(default=list, blank=True, editable=False)
    pim_updated = models.CharField(max_length=40, blank=True, editable=False)
    asked_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(default=timezone.now, help_text="When its texts were read.")

    objects = RequestedTranslationQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "subject", "key", "locale"], name="requested_translation_once"
            )
        ]
        indexes = [
            # Serves those of a page, newest first.
            models.Index(fields=["source", "-asked_at", "-id"], name="request_by_date"),
            # Serves each look: what may have come to its end.
            models.Index(
                fields=["source", "id"], name="request_open", condition=Q(state="in_progress")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.identifier or self.key} in {self.locale}"
