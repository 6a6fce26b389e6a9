"""Channel: one external destination, and what it calls things."""

import uuid

from django.db import models
from django.urls import reverse

from catalogs.models.pausing import Pausable
from channels.targets import Target, from_json
from connections.fields import EncryptedJSONField
from connections.models import Connection, PimUser


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, user: PimUser) -> "ChannelQuerySet":
        return self.filter(connection=user.connection_id)


class Channel(Pausable):
    """One external destination of one connection: a shop, a feed, any HTTP service."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="channels")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=30)
    settings = models.JSONField(default=dict, blank=True)
    secrets = EncryptedJSONField(default=dict, blank=True)
    fields = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="Its own targets beside those of its kind (channels.targets.as_json).",
    )
    left_alone_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Nobody calls the channel before: it asked for that (Retry-After).",
    )
    files_moved_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Files have other addresses since then; products with some are still to be sent.",
    )
    removing_since = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        permissions = [("check_channel", "Can check that a channel can be reached")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pages:channel", args=[self.uuid])

    @property
    def values(self) -> dict[str, str]:
        """All settings, secrets included: for the adapter, never for a page."""
        return {**self.settings, **self.secrets}

    @property
    def targets(self) -> tuple[Target, ...]:
        """Its own targets, beside those of its kind."""
        return from_json(self.fields)


class ChannelId(models.Model):
    """What a channel calls something: a product, a variant, an asset, a category, an option.

    `kind` is the word of the channel's adapter for that sort of things, `key` our name of it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="ids", db_index=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["channel", "kind", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "kind", "key"], name="one_id_per_thing_on_a_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
