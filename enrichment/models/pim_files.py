"""PimFile: a file in a PIM, by what is in it: so nothing goes up twice."""

from django.db import models
from django.db.models import Q

from enrichment.models.offers import Offer
from enrichment.models.proposals import Addressed

CONTENT_LENGTH = 64  # of a SHA-256 in hexadecimal


class PimFile(Addressed):
    """A file that a PIM has under a code, and the digest of its bytes. PIMs never change a file.

    Without a code it is on its way: `offer` is sending it, for the value at this place. Whoever
    finds it so after a crash looks there whether it arrived.
    """

    class Store(models.TextChoices):
        MEDIA = "media", "Media files"
        ASSETS = "assets", "Files of assets"

    store = models.CharField(max_length=6, choices=Store, default=Store.MEDIA)
    code = models.CharField(max_length=500, blank=True)
    content = models.CharField(max_length=CONTENT_LENGTH)
    ending = models.CharField(max_length=20, help_text="Of its name, in small letters.")
    size = models.PositiveBigIntegerField(help_text="In bytes.")
    offer = models.ForeignKey(Offer, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "store", "code"],
                condition=~Q(code=""),
                name="pim_file_once",
            ),
            models.UniqueConstraint(
                fields=["connection", "store", "content", "ending"],
                condition=Q(code=""),
                name="sent_by_one_at_once",
            ),
        ]
        indexes = [
            # Serves enrichment.media.contents: which code this content has.
            models.Index(fields=["connection", "store", "content"], name="pim_file_by_content"),
        ]

    def __str__(self) -> str:
        return self.code or f"{self.attribute} of {self.key}"
