"""What left a catalog in the PIM, while a run works it out; and what changes would take away."""

from django.db import models

from sync.models.listings import Listing
from sync.models.runs import Checkpoint, Run


class Departure(models.Model):
    """A listing that the run's complete listing of uuids does not have; gone after the run."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="departures")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="departures")
    because = models.CharField(max_length=10, choices=Listing.Left, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.listing_id} ({self.because or 'not known why'})"


class EmptiedTarget(models.Model):
    """A target that the channel has a value for, and the document that is wanted there has not.

    Written when the document is recorded; it counts as long as the listing waits or is held, and
    longer where events brought it (sync.fuse).
    """

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="emptied_targets")
    target = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            # Serves the count of each target's listings.
            models.Index(fields=["target"], name="emptied_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.target} of {self.listing_id}"


class ReadKey(models.Model):
    """A key that a run has read; a temporary table of one transaction (sync.keys.gather)."""

    key = models.CharField(max_length=255, primary_key=True)
    part = models.CharField(max_length=8, choices=Checkpoint.Part)

    class Meta:
        managed = False
        db_table = "sync_read_key"

    def __str__(self) -> str:
        return self.key
