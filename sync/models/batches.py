"""Batch, Change: what went out."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from catalogs.models import Channel
from sync.models.listings import Document, Listing
from sync.models.runs import Run


class Action(models.TextChoices):
    PUSH = "push", pgettext_lazy("product", "Sent")
    WITHDRAW = "withdraw", pgettext_lazy("product", "Withdrawn")
    HIDE = "hide", pgettext_lazy("product", "Hidden")


class Batch(models.Model):
    """What one call to a channel carries; committed before the call.

    A retry or a takeover sends the same body under the same key. When a listing has changed
    meanwhile the batch is dissolved, and a new one gets a new key.
    """

    class State(models.TextChoices):
        OPEN = "open", "Under way"
        SETTLED = "settled", "Settled"
        DISSOLVED = "dissolved", "Dissolved"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(Run, models.CASCADE, related_name="batches")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="batches")
    action = models.CharField(max_length=8, choices=Action)
    items = models.JSONField(help_text="In order: [listing id, document id or null] each.")
    digest = models.CharField(max_length=64, help_text="Of what is sent, in order.")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    tries = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "batches"
        indexes = [
            # Serves the search for batches that a dead process left open.
            models.Index(fields=["channel"], condition=Q(state="open"), name="batch_open"),
            # Serves the search for a batch that was given up and may be sent again.
            models.Index(fields=["digest"], condition=Q(state="dissolved"), name="batch_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of {len(self.items)} ({self.state})"


class Change(models.Model):
    """What was sent for one product, before and after; never changed, pruned by age."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("product", "Accepted")
        REFUSED = "refused", pgettext_lazy("product", "Refused")
        UNANSWERED = "unanswered", pgettext_lazy("product", "Not answered")

    # Its index is the one below.
    run = models.ForeignKey(Run, models.CASCADE, related_name="changes", db_index=False)
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="changes")
    action = models.CharField(max_length=8, choices=Action)
    before = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome)
    message = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # Serves what a run did, and undoing it product by product.
            models.Index(fields=["run", "listing"], name="change_of_run"),
            # Serves the list of what a run's channel refused, and admin's of all refusals.
            models.Index(
                fields=["run", "listing"],
                condition=Q(outcome__in=["refused", "unanswered"]),
                name="change_not_accepted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.get_outcome_display()}"
