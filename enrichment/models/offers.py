"""Offer: everything that one source, file or person proposes at once."""

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from connections import workers
from connections.models import Connection, PimUser
from enrichment.models.sources import Source


class OfferQuerySet(models.QuerySet["Offer"]):
    def visible_to(self, user: PimUser) -> "OfferQuerySet":
        return self.filter(connection=user.connection_id)

    def under_way(self) -> "OfferQuerySet":
        return self.filter(state__in=Offer.UNDER_WAY)


class Offer(models.Model):
    """One reading of a source, and what becomes of its proposals.

    It is read to its end before anything of it is written: one whose reading died is offered again,
    and nothing of it is left. Writing goes on where it died, whoever takes it up.

    `read`, `unchanged` and `invalid` count values (files, of media) as long as it was read; what
    became of the rest is told by its proposals.
    """

    class Kind(models.TextChoices):
        VALUES = "values", "Values"
        TRANSLATIONS = "translations", "Translations"
        MEDIA = "media", "Images and files"
        ANSWERS = "answers", "Answers to requests"  # how far they are, and that they were seen
        FEEDBACK = "feedback", "Feedback"
        UNDO = "undo", "What was there before"

    class State(models.TextChoices):
        READING = "reading", "Being compared with the PIM"
        WAITING = "waiting", "Waiting for approval"
        WRITING = "writing", "Being written"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    UNDER_WAY = (State.READING, State.WRITING)

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="offers")
    source = models.ForeignKey(
        Source, models.SET_NULL, null=True, blank=True, related_name="offers"
    )
    undoes = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="undone_by"
    )
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=255, help_text="Of the file, or what was looked through.")
    state = models.CharField(max_length=8, choices=State, default=State.READING)
    problem = models.TextField(blank=True, help_text="Why it stopped, and the way out.")
    read = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)
    offered_by = models.CharField(max_length=255, blank=True)
    owner = models.CharField(max_length=workers.OWNER_LENGTH, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(default=timezone.now, editable=False)
    not_before = models.DateTimeField(
        null=True, blank=True, help_text="When writing is tried again after the PIM was unwell."
    )
    setbacks = models.PositiveSmallIntegerField(default=0, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["connection", "-created_at"], name="offer_by_connection"),
            models.Index(
                fields=["state"],
                name="offer_under_way",
                condition=Q(state__in=["reading", "writing"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pages:offer", args=[self.uuid])

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def was_of_no_use(self) -> bool:
        """Whether it was read to its end, and nothing in it could be used."""
        return self.state == self.State.DONE and 0 < self.invalid >= self.read


class OfferProblem(models.Model):
    """One thing that is wrong with what was offered, where it stands, in a sentence.

    `line` is the physical line where the row starts (in XLSX the row); 0 for what is about all.
    `place` names the file, of media and of several files.
    """

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField(default=0)
    column = models.CharField(max_length=255, blank=True)
    place = models.CharField(max_length=500, blank=True)
    message = models.TextField()

    class Meta:
        ordering = ["offer", "line", "pk"]
        indexes = [models.Index(fields=["offer", "line", "id"], name="problem_by_line")]

    def __str__(self) -> str:
        return self.message
