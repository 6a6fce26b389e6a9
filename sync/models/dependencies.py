"""What products refer to, as it stood at the last look; and what is to be read because of it."""

import zlib

import msgspec
from django.db import models
from django.db.models import Q

from catalogs.models import Catalog
from connections.models import Connection
from sync.models.runs import Run

_seen = msgspec.json.Decoder(dict[str, list[str]])


class Watched(models.Model):
    """One kind of things in a PIM that products refer to: how they stood when last looked at.

    `of` is the attribute whose options they are, the family of assets, the reference entity.
    """

    class Kind(models.TextChoices):
        MODELS = "models", "Product models"
        OPTIONS = "options", "Options of an attribute"
        CATEGORIES = "categories", "Categories"
        ASSETS = "assets", "Assets of a family"
        RECORDS = "records", "Records of a reference entity"
        LINKED = "linked", "Products whose assets or records changed"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="watched")
    kind = models.CharField(max_length=10, choices=Kind)
    of = models.CharField(max_length=255, blank=True)
    packed = models.BinaryField(default=bytes, help_text="Code to what is remembered of it.")
    watermark = models.DateTimeField(help_text="What changed until then is known.")
    looked_at = models.DateTimeField()
    problem = models.TextField(blank=True, help_text="Why it could not be looked at.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["connection", "kind", "of"]
        verbose_name_plural = "watched"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "kind", "of"], name="one_row_per_watched_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.of}".strip()

    @property
    def seen(self) -> dict[str, list[str]]:
        """Of options the digest of their labels, of categories that and the parent; else the date.

        Of models, assets and records only those whose date may come up once more.
        """
        packed = bytes(self.packed)
        return _seen.decode(zlib.decompress(packed)) if packed else {}

    @seen.setter
    def seen(self, seen: dict[str, list[str]]) -> None:
        self.packed = zlib.compress(msgspec.json.encode(seen))

    @property
    def seen_before(self) -> dict[str, list[str]] | None:
        """What `seen` says; None if no look succeeded yet, and nothing is known to compare with."""
        return self.seen if self.packed else None


class ToRead(models.Model):
    """A listing that the next delta reads although no date of it moved; EVERYTHING: all of them.

    A run claims these rows before it reads anything, and deletes them once it has read everything.
    What is noted meanwhile is another row, for the run after it.
    """

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="to_read", db_index=False)
    key = models.CharField(max_length=255, blank=True)
    run = models.ForeignKey(Run, models.CASCADE, null=True, blank=True, related_name="to_read")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    EVERYTHING = ""

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "to read"
        constraints = [
            models.UniqueConstraint(
                fields=["catalog", "key"],
                condition=Q(run=None),
                name="one_unclaimed_row_per_listing",
            ),
        ]
        indexes = [
            # Serves the look whether a catalog is due to be read as a whole, and the claim.
            models.Index(fields=["catalog", "key"], name="to_read_by_key"),
        ]

    def __str__(self) -> str:
        return self.key or "everything"
