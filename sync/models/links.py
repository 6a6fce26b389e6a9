"""What listings are tied to: the variants of a model, and products that are to arrive."""

from django.db import models

from catalogs.models import Channel
from sync.models.listings import Listing


class ListingVariant(models.Model):
    """A variant of the model that a listing is about: it is listed while one of these is."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="variants")
    uuid = models.CharField(max_length=36, help_text="The variant's uuid in the PIM.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["listing", "uuid"]
        constraints = [
            models.UniqueConstraint(fields=["uuid", "listing"], name="one_variant_of_a_listing"),
        ]

    def __str__(self) -> str:
        return self.uuid


class AwaitedLink(models.Model):
    """A product that another one links to and that is not on the channel yet.

    Once it arrives, the other one is sent again.
    """

    channel = models.ForeignKey(
        Channel, models.CASCADE, related_name="awaited_links", db_index=False
    )
    key = models.CharField(max_length=255, help_text="Of the product that links.")
    awaited = models.CharField(max_length=255, help_text="Key of the one it links to.")
    has_arrived = models.BooleanField(
        default=False, help_text="The one it links to is there: it is to be sent once more."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["channel", "awaited"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "awaited", "key"], name="one_awaited_link_per_pair"
            ),
        ]
        indexes = [
            # Serves forgetting what a product waits for, when it was sent again or is gone.
            models.Index(fields=["channel", "key"], name="awaited_link_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.key} → {self.awaited}"
