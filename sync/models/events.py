"""What a PIM tells us of its changes: to what we subscribed there, and what arrived."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog
from connections.fields import EncryptedTextField
from connections.models import Connection

KEY_LENGTH = 43  # what 32 random bytes take
EVENT_ID_LENGTH = 100
_KEY = 255  # of a product or model


def new_secret() -> str:
    """Return what nobody guesses: the key of an address, or a secret to sign with."""
    return secrets.token_urlsafe(32)


class EventSubscription(models.Model):
    """That a PIM's changes are told to us, by Akeneo's Event Platform (pim-contract.md 4.2).

    `key` is what tells our address from others'; who knows it can send nothing without a secret.
    Events are signed with `primary_secret`, and with `secondary_secret`, which was the primary one
    before; notices about the subscription itself with `notice_secret`.
    """

    class State(models.TextChoices):
        OFF = "off", _("Off")
        STARTING = "starting", _("Being switched on")
        ACTIVE = "active", _("On")
        SUSPENDED = "suspended", _("Suspended")
        REVOKED = "revoked", _("Ended, because the app was disconnected")

    class Obstacle(models.TextChoices):
        """Why it is not on, where it is wanted."""

        NONE = "", _("None that is known")
        BOX = "box", _("The box in the PIM is not ticked")
        EDITION = "edition", _("This PIM has no Event Platform")
        AKENEO = "akeneo", _("Akeneo suspended it")
        OTHER = "other", _("Something else")

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="event_subscription")
    is_wanted = models.BooleanField(
        default=False, help_text="Whether somebody switched it on; it is put back if it is gone."
    )
    state = models.CharField(max_length=9, choices=State, default=State.OFF)
    since = models.DateTimeField(default=timezone.now, help_text="When the state began.")
    obstacle = models.CharField(max_length=7, choices=Obstacle, blank=True, default=Obstacle.NONE)
    reason = models.TextField(blank=True, help_text="Why it is not on, as far as it was told.")
    noticed_reason = models.TextField(
        blank=True, help_text="What Akeneo’s last notice of a suspension gave as its reason."
    )
    paused_by = models.CharField(
        max_length=255, blank=True, help_text="Who suspended it here; nobody, if it is empty."
    )
    has_gap = models.BooleanField(
        default=False, help_text="Whether changes were not told that a delta has still to read."
    )
    silent_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when runs find changes that no event named."
    )
    key = models.CharField(max_length=KEY_LENGTH, unique=True, default=new_secret, editable=False)
    primary_secret = EncryptedTextField(default=new_secret, editable=False)
    secondary_secret = EncryptedTextField(blank=True, editable=False)
    notice_secret = EncryptedTextField(default=new_secret, editable=False)
    secrets_are_told = models.BooleanField(
        default=False, editable=False, help_text="Whether the platform has these secrets."
    )
    secret_changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the old secret became the secondary one."
    )
    subscriber_id = models.CharField(max_length=100, blank=True, editable=False)
    subscription_id = models.CharField(max_length=100, blank=True, editable=False)
    looked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the platform was asked last."
    )
    busy_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Somebody changes it at the platform now."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["connection"]

    def __str__(self) -> str:
        return f"Events of {self.connection}"

    @property
    def is_paused(self) -> bool:
        """Whether somebody here wants nothing to be sent for a while."""
        return bool(self.paused_by)

    @property
    def url(self) -> str:
        """Where events go."""
        return f"{settings.BASE_URL}/webhooks/akeneo/{self.key}"

    @property
    def notices_url(self) -> str:
        """Where it is told what becomes of the subscription."""
        return f"{self.url}/status"


class ReceivedEventQuerySet(models.QuerySet["ReceivedEvent"]):
    def waiting(self) -> "ReceivedEventQuerySet":
        """Those that nobody has worked on yet, oldest first."""
        return self.filter(worked_at=None).order_by("pk")

    def since(self, moment: datetime) -> "ReceivedEventQuerySet":
        return self.filter(received_at__gte=moment)

    def old(self, age: timedelta) -> "ReceivedEventQuerySet":
        return self.filter(received_at__lt=timezone.now() - age)


class ReceivedEvent(models.Model):
    """One event as it arrived: stored first, worked on later, kept to know it when it comes again.

    It names what changed, and says nothing else: the PIM is asked. Who changed it is not kept, but
    whether that was this app.
    """

    class Entity(models.TextChoices):
        PRODUCT = "product", "Product"
        MODEL = "model", "Product model"
        OTHER = "other", "Something else"

    # Its constraint below begins with it, and is index enough.
    subscription = models.ForeignKey(
        EventSubscription, models.CASCADE, related_name="events", db_index=False
    )
    event_id = models.CharField(max_length=EVENT_ID_LENGTH)
    type = models.CharField(max_length=100)
    entity = models.CharField(max_length=7, choices=Entity)
    key = models.CharField(max_length=_KEY, blank=True, help_text="The uuid or code of it.")
    is_own = models.BooleanField(default=False, help_text="Whether this app wrote it.")
    happened_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now, db_index=True)  # for pruning
    worked_at = models.DateTimeField(null=True, blank=True)

    objects = ReceivedEventQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # The platform sends an event at least once.
            models.UniqueConstraint(
                fields=["subscription", "event_id"], name="one_event_of_each_id"
            ),
        ]
        indexes = [
            # Serves waiting(), asked after each arrival.
            models.Index(
                fields=["subscription", "id"], condition=Q(worked_at=None), name="event_waiting"
            ),
            # Serves since(), asked by the page of events and by silence.
            models.Index(fields=["subscription", "received_at"], name="event_arrived"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    @property
    def moment(self) -> datetime:
        return self.happened_at or self.received_at


class ChangedKey(models.Model):
    """A product or model that the PIM says has changed, and that a catalog has still to read.

    ALL_THAT_CHANGED: what was not told, and a delta finds. Deleted when a run that reads it is
    created, or one that reads all that changed.
    """

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="changed_keys")
    is_model = models.BooleanField(default=False)
    key = models.CharField(max_length=_KEY)
    created_at = models.DateTimeField(auto_now_add=True)

    ALL_THAT_CHANGED = ""

    class Meta:
        ordering = ["catalog", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["catalog", "is_model", "key"], name="each_changed_key_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key or 'all that changed'} of {self.catalog}"
