"""Feed, FeedFile, FeedEntry: channels that are written as a whole, and what was written."""

from django.db import models

from catalogs.models import Channel
from sync.models.listings import Document
from sync.models.runs import Run


class Feed(models.Model):
    """For channels that publish all they hold at once: is what was settled out already?"""

    channel = models.OneToOneField(Channel, models.CASCADE, related_name="feed")
    version = models.PositiveBigIntegerField(default=0, help_text="Grows with what is settled.")
    published_version = models.PositiveBigIntegerField(default=0)
    publisher = models.ForeignKey(
        Run, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Writing it now."
    )
    published_at = models.DateTimeField(null=True, blank=True)
    number = models.PositiveBigIntegerField(
        default=0, help_text="Of the last edition; one that failed has used one up."
    )
    edition = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Of what kind the last edition was."
    )
    place = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Digest of the folder and the name under which it is written.",
    )
    place_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="What lies there from before is not ours."
    )
    file_name = models.CharField(max_length=255, blank=True, help_text="Of the last edition.")
    products = models.PositiveBigIntegerField(default=0, help_text="In the last edition.")
    size = models.PositiveBigIntegerField(default=0, help_text="Of the last edition, in bytes.")
    address_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Of the key in its address: whoever has the key may fetch the feed.",
    )
    report_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Of the last refusal report read."
    )
    written = models.JSONField(
        default=list, blank=True, editable=False, help_text="Begin and end of the last editions."
    )
    reports = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="When the last refusal reports were read first, by their digests.",
    )
    report_problem = models.TextField(
        blank=True, editable=False, help_text="Why the last refusal report could not be read."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["channel"]
        constraints = [
            # Its index serves whoever fetches the feed.
            models.UniqueConstraint(
                fields=["address_digest"],
                condition=~models.Q(address_digest=""),
                name="one_feed_per_address",
            ),
        ]

    def __str__(self) -> str:
        return f"feed of {self.channel}"


class FeedFile(models.Model):
    """A file that a feed wrote at its place, or is about to. What else lies there is not served."""

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="files", db_index=False)
    name = models.CharField(max_length=255)
    mark = models.CharField(max_length=64, help_text="Of that very content (mark_of).")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["feed", "name", "mark"]
        constraints = [
            # Its index serves whoever fetches the feed.
            models.UniqueConstraint(
                fields=["feed", "name", "mark"], name="one_row_per_file_of_a_feed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.feed}"


class FeedEntry(models.Model):
    """What the editions of a feed of changes said last about one product.

    `document`: as it stands with whoever fetches them; nothing before the first edition with it.
    `staged`: what the edition that is being written says, nothing for a product it takes away.
    """

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="entries", db_index=False)
    key = models.CharField(max_length=255, help_text="As of a listing.")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    staged = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    is_staged = models.BooleanField(default=False)
    is_refused = models.BooleanField(
        default=False,
        help_text="Whoever fetched it refused it: once it is tried again it goes out.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["feed", "key"]
        verbose_name_plural = "feed entries"
        constraints = [
            models.UniqueConstraint(fields=["feed", "key"], name="one_entry_per_product_of_a_feed"),
        ]
        indexes = [
            # Serves writing an edition, in its order.
            models.Index(
                fields=["feed", "key"],
                condition=models.Q(is_staged=True),
                name="feed_entry_staged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} in {self.feed}"
