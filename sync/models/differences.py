"""Difference: what a dry run would have changed about one product."""

from django.db import models

from connections.names import begins_with, folded, searchable
from sync.models.batches import Action
from sync.models.runs import Run


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def about(self, words: str) -> "DifferenceQuerySet":
        """Those whose product's name or identifier begins like that, or whose key it is."""
        if not words:
            return self
        if not (text := searchable(words)):
            return self.none()
        # Looks into an index each: one condition with "or" would look at every row of the run.
        by_key = models.Q(key__in=[text, text.lower()])
        ways = (by_key, begins_with("identifier", text), begins_with("label", text))
        first, *others = [self.order_by().filter(way).values("pk") for way in ways]
        return self.filter(pk__in=first.union(*others))


class Difference(models.Model):
    """What a dry run found for one product: what would be sent, against what the channel holds."""

    # Without an index of its own: those of Meta begin with it.
    run = models.ForeignKey(Run, models.CASCADE, related_name="differences", db_index=False)
    key = models.CharField(max_length=255, help_text="As of a listing.")
    identifier = models.CharField(max_length=255, blank=True)
    label = models.CharField(max_length=255, blank=True)
    action = models.CharField(max_length=8, choices=Action)
    fields = models.JSONField(
        default=list,
        help_text="[field, before, after] each: JSON texts to the letter, or null for no value.",
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "key"],
                name="one_difference_per_product",
                violation_error_message="The run has a difference of this product already.",
            ),
        ]
        indexes = [
            # Serves the page of a run, which goes on from a row.
            models.Index(fields=["run", "id"], name="difference_of_run"),
            # Serve about().
            models.Index("run", folded("identifier"), name="difference_by_identifier"),
            models.Index("run", folded("label"), name="difference_by_label"),
        ]

    def __str__(self) -> str:
        return self.label or self.identifier or self.key
