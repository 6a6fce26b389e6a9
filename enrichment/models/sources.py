"""Source: who offers values to a PIM, again and again, and what it may do there."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connections import workers
from connections.fields import EncryptedTextField
from connections.models import Connection, PimUser

_CLOCKS_DIFFER = timedelta(minutes=1)  # at most, of the machines of one installation


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: PimUser) -> "SourceQuerySet":
        return self.filter(connection=user.connection_id)

    def of_files(self) -> "SourceQuerySet":
        """Those that read files, as against requests in the PIM itself."""
        return self.exclude(kind=Source.Kind.TRANSLATIONS)

    def due(self, now: datetime) -> "SourceQuerySet":
        """Those whose time has come; also where a clock ran ahead when they were looked at last."""
        is_time = Q(next_look_at__lte=now) | Q(
            next_look_at__isnull=False, looked_at__gt=now + _CLOCKS_DIFFER
        )
        return self.filter(is_time, is_paused=False)


class Source(models.Model):
    """Where values for a PIM come from: an ERP's files, a translation service, our own channels.

    `location` is where it is read: empty for what people upload, a folder, or sftp://user@host/path;
    and for translations, whose requests stand in the PIM (`enrichment.translations.by_attributes`).
    `settings` are those of its kind, as the module that reads it declares them.
    """

    class Kind(models.TextChoices):
        VALUES = "values", "Values from a file"
        TRANSLATIONS = "translations", "Translations"
        MEDIA = "media", "Images and files"
        FEEDBACK = "feedback", "Feedback from a channel"

    ALL = "*"  # in `approved`: every attribute

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="sources")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=100)
    location = models.CharField(max_length=500, blank=True)
    secret = EncryptedTextField(blank=True, help_text="The password or key for its location.")
    settings = models.JSONField(default=dict, blank=True)
    every = models.PositiveIntegerField(
        null=True, blank=True, help_text="Minutes between two looks. Empty: when somebody asks."
    )
    is_paused = models.BooleanField(default=False)
    approved = models.JSONField(
        default=list,
        blank=True,
        help_text="Codes of the attributes whose values need nobody's approval; * for all.",
    )
    may_create = models.BooleanField("may create products", default=False)
    may_create_options = models.BooleanField("may create options", default=False)
    empty_erases = models.BooleanField(
        default=False, help_text="Whether an empty cell empties the value in the PIM."
    )
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_look_at = models.DateTimeField(null=True, blank=True, editable=False)
    problem = models.TextField(blank=True, editable=False)
    owner = models.CharField(max_length=workers.OWNER_LENGTH, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "name"],
                name="source_name_once",
                violation_error_message="There is a source of this name already.",
            )
        ]
        indexes = [
            # Serves SourceQuerySet.due(), asked every half minute.
            models.Index(
                fields=["next_look_at"], name="source_due", condition=Q(next_look_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_looked_at(self) -> bool:
        """Whether Ferry reads there by itself; what people upload it does not."""
        return bool(self.location) or self.kind == self.Kind.TRANSLATIONS

    def approves(self, attribute: str) -> bool:
        """Whether its values for this attribute are written without anybody's approval."""
        return self.ALL in self.approved or attribute in self.approved
