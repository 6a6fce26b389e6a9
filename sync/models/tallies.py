"""Tally: how many listings stand where, kept by the database itself with every write."""

from collections import Counter

from django.db import models
from django.db.models import Sum

from catalogs.models import Catalog
from sync.models.listings import Listing


class TallyQuerySet(models.QuerySet["Tally"]):
    """Named as the sets of listings that they count (ListingQuerySet)."""

    def total(self) -> int:
        """Return how many listings these rows count. One query, of few rows."""
        return self.aggregate(total=Sum("number"))["total"] or 0

    def by_status(self) -> Counter[tuple[int, str]]:
        """Return how many listings they count, by catalog and status. One query, of few rows."""
        rows = self.order_by().values_list("catalog_id", "status").annotate(sum=Sum("number"))
        return Counter({(catalog_id, status): number for catalog_id, status, number in rows})

    def on_channel(self) -> "TallyQuerySet":
        return self.filter(is_sent=True)

    def in_care(self) -> "TallyQuerySet":
        return self.filter(is_in_care=True)

    def parked(self) -> "TallyQuerySet":
        return self.filter(status=Listing.Status.PARKED)

    def held(self) -> "TallyQuerySet":
        return self.filter(status=Listing.Status.HELD)

    def held_because(self, kind: str) -> "TallyQuerySet":
        kinds = [kind, ""] if kind == Listing.Held.LEFT else [kind]
        return self.held().filter(held_because__in=kinds)


class Tally(models.Model):
    """How many listings of a catalog stand in one way; the rows of one way add up.

    Triggers write it in the transaction that writes the listings (sync.tally_triggers), so that it
    is right whoever writes. On PostgreSQL a statement adds rows of differences and changes none:
    nobody waits for anybody. sync.tallying adds them up now and then.
    """

    # No rule of the database's: a catalog is deleted after its listings, whose last differences
    # still name it. They come to nothing.
    catalog = models.ForeignKey(
        Catalog, models.DO_NOTHING, related_name="+", db_constraint=False, editable=False
    )
    status = models.CharField(max_length=10, choices=Listing.Status)
    held_because = models.CharField(max_length=7, choices=Listing.Held, blank=True)
    is_sent = models.BooleanField(help_text="The channel has it.")
    is_in_care = models.BooleanField(help_text="As ListingQuerySet.in_care().")
    number = models.BigIntegerField(help_text="May be less than nothing: a difference.")

    objects = TallyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.number} {self.status}"
