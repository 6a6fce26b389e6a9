"""MediaFile: a file of the PIM that was downloaded once and is kept."""

from django.db import models
from django.utils import timezone

from connections.models import Connection


class MediaFile(models.Model):
    """What stands behind one address of a PIM. Files with equal content are kept once.

    The PIM gives a changed file a new address, so an address is asked for once (pim-contract.md
    3.10). Without a digest it could not be had: after `failures` tries in a row that failed for a
    passing reason, or, if those are none, because the PIM does not have it, or not for this app.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="media", db_index=False)
    address = models.CharField(max_length=700, help_text="In the PIM, without its host.")
    digest = models.CharField(max_length=64, blank=True, help_text="Of the content; empty: gone.")
    name = models.CharField(max_length=255, blank=True)
    mime_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    failures = models.PositiveIntegerField(
        default=0, help_text="Runs in a row that could not have it, for a reason that may pass."
    )
    is_lost = models.BooleanField(
        default=False, help_text="The content is kept no more, or damaged: it is to be had again."
    )
    problem = models.TextField(blank=True, help_text="Why it could not be had, for people.")
    seen_at = models.DateTimeField(
        default=timezone.now, help_text="When it was last known to be needed."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "file"
        ordering = ["connection", "address"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "address"], name="one_file_per_address_of_a_pim"
            ),
        ]
        indexes = [
            models.Index(fields=["digest"], name="media_by_digest"),
            # Asked by every run, which finds none as a rule.
            models.Index(
                fields=["connection"], condition=models.Q(is_lost=True), name="media_lost"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.address
