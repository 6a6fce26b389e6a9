"""The files that offers are read from: at the location of a source, or sent by people."""

import uuid

from django.db import models
from django.utils import timezone

from enrichment.models.offers import Offer
from enrichment.models.sources import Source

NAME_LENGTH = 255  # of a file; no usual file system has longer ones


class SourceFile(models.Model):
    """A file at the location of a source: how it was seen last, and what was read of it.

    `size` and `modified` are as it was seen last, and `is_read` whether that was read. `digest` and
    `read_at` are of the content that was read last, which may be an earlier one.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="files")
    offer = models.ForeignKey(
        Offer,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="What was read of it last, or is being read.",
    )
    name = models.CharField(max_length=NAME_LENGTH)
    size = models.BigIntegerField(help_text="Bytes.")
    modified = models.BigIntegerField(help_text="As its server dates it, nanoseconds since 1970.")
    unchanged_since = models.DateTimeField(
        default=timezone.now, help_text="Since when it is seen with this size and date."
    )
    is_read = models.BooleanField(default=False)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what was read.")
    read_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(
        default=0, help_text="Of readings that were begun and never came to an end."
    )
    problem = models.TextField(blank=True)
    seen_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["source", "name"]
        constraints = [
            models.UniqueConstraint(fields=["source", "name"], name="source_file_once"),
        ]
        indexes = [
            # Serves enrichment.looking, which asks whether another file had the same content.
            models.Index(fields=["source", "digest"], name="source_file_by_digest"),
        ]

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """A file that somebody sent, until a worker has read it into its offer.

    It lies in the folder of uploads under its uuid.
    """

    offer = models.OneToOneField(Offer, models.CASCADE, related_name="upload")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.uuid)
