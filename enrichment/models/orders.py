"""TranslationOrder: texts that somebody wants as a file, or translated by a service."""

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from connections import workers
from connections.models import Connection, PimUser
from enrichment.models.offers import Offer
from enrichment.models.proposals import DIGEST_LENGTH


class TranslationOrderQuerySet(models.QuerySet["TranslationOrder"]):
    def visible_to(self, user: PimUser) -> "TranslationOrderQuerySet":
        return self.filter(connection=user.connection_id)

    def working(self) -> "TranslationOrderQuerySet":
        return self.filter(state=TranslationOrder.State.WORKING)

    def being_sent(self) -> "TranslationOrderQuerySet":
        """Those whose texts go to a service, since somebody confirmed it."""
        return self.working().exclude(confirmed_at=None)


class TranslationOrder(models.Model):
    """What somebody wants to have translated, and what a worker made of it.

    Of a file the texts that are in it are counted. What is for a service is counted first, and
    waits (COUNTED) until somebody confirms that it be sent; then it becomes an offer.

    `attributes`, `scopes`, `only` are as in `enrichment.translations.choosing.Asked`.
    """

    class Kind(models.TextChoices):
        FILE = "file", "File for translators"
        SERVICE = "service", "Translation by a service"

    class State(models.TextChoices):
        WORKING = "working", "Under way"
        COUNTED = "counted", "Waiting for a yes"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    UNDER_WAY = (State.WORKING, State.COUNTED)

    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="translation_orders", db_index=False
    )
    offer = models.ForeignKey(
        Offer,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="What the service translated.",
    )
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=7, choices=Kind)
    state = models.CharField(max_length=7, choices=State, default=State.WORKING)
    source_locale = models.CharField(max_length=20)
    target_locale = models.CharField(max_length=20)
    attributes = models.JSONField(default=list, blank=True)
    scopes = models.JSONField(default=list, blank=True)
    identifiers = models.JSONField(default=list, blank=True)
    only = models.CharField(max_length=7)
    pim_catalog_id = models.CharField(max_length=100, blank=True)
    catalog_name = models.CharField(max_length=255, blank=True)
    digest = models.CharField(
        max_length=DIGEST_LENGTH, editable=False, help_text="The same for what asks for the same."
    )
    read = models.PositiveIntegerField(default=0, help_text="Texts in the source language.")
    texts = models.PositiveIntegerField(
        default=0, help_text="Those in the file; of a service, those to be sent or that were."
    )
    characters = models.PositiveBigIntegerField(default=0, help_text="Of what goes to a service.")
    remembered = models.PositiveIntegerField(
        default=0, help_text="Texts that the service had translated before."
    )
    sent_texts = models.PositiveIntegerField(
        default=0, editable=False, help_text="That a service was given, by however many workers."
    )
    sent_characters = models.PositiveBigIntegerField(default=0, editable=False)
    file = models.UUIDField(null=True, blank=True, help_text="Its name in the folder of uploads.")
    size = models.PositiveBigIntegerField(default=0, help_text="Of the file, in bytes.")
    problem = models.TextField(blank=True)
    asked_by = models.CharField(max_length=255, blank=True)
    confirmed_by = models.CharField(max_length=255, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    setbacks = models.PositiveSmallIntegerField(default=0, editable=False)
    not_before = models.DateTimeField(null=True, blank=True)
    owner = models.CharField(max_length=workers.OWNER_LENGTH, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TranslationOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "digest"],
                condition=Q(state__in=["working", "counted"]),
                name="one_order_for_the_same",
            )
        ]
        indexes = [
            # Serves the page that lists them, newest first.
            models.Index(fields=["connection", "-id"], name="order_by_connection"),
            # Serves working(), asked every half minute.
            models.Index(fields=["state"], name="order_working", condition=Q(state="working")),
        ]

    def __str__(self) -> str:
        return f"{self.source_locale} → {self.target_locale}"

    def get_absolute_url(self) -> str:
        return reverse("pages:texts", args=[self.uuid])

    @property
    def is_of_file(self) -> bool:
        return self.kind == self.Kind.FILE

    @property
    def is_under_way(self) -> bool:
        """Whether a worker has something to do with it."""
        return self.state == self.State.WORKING
