"""Look: what a few products of a catalog look like, before any of them is sent."""

from django.db import models

from sync.models.runs import Run


class Look(models.Model):
    """What a run of mode SAMPLE found; kept until the next one of the catalog went well."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="look")
    total = models.PositiveIntegerField(
        null=True, blank=True, help_text="Products of the catalog; empty: the PIM does not count."
    )
    sampled = models.PositiveIntegerField(default=0, help_text="Products that were looked at.")
    seconds = models.FloatField(default=0, help_text="What reading so many of the listing takes.")
    is_mapped = models.BooleanField(
        default=True, help_text="Any of them has a value that the PIM does not fill in by itself."
    )
    missing = models.JSONField(
        default=dict, help_text="Needed target to how many of them arrive without it."
    )
    incomplete = models.PositiveIntegerField(
        default=0, help_text="Of them, not complete in the PIM, in a catalog that asks for it."
    )
    examples = models.JSONField(
        default=list,
        help_text="A few as the channel gets them: key, names, price, picture and fields.",
    )
    first = models.JSONField(
        default=list, help_text="Those to be sent first, the best in front: key and names."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"look of {self.run}"
