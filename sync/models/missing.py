"""MissingTarget: what the channel needs of a product, and the product did not bring."""

from django.db import models

from sync.models.listings import Listing


class MissingTarget(models.Model):
    """A target that the channel needs and that was empty when the product was to be sent.

    Written when that is settled; it counts as long as the listing is parked.
    """

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="missing_targets")
    target = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "target"], name="one_row_per_missing_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} of {self.listing_id}"
