"""Installation: where this database is at home."""

from django.db import models


class Installation(models.Model):
    """The address under which this database sends, and what staff said about it.

    One row, written when the first PIM is connected. Read by `connections.installation`.
    """

    ONLY = 1  # the key of the only row

    class Decision(models.TextChoices):
        PRODUCTION = "production", "This is production"
        COPY = "copy", "This is a copy"

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    base_url = models.CharField(
        "address", max_length=500, help_text="BASE_URL of the production that this is, or was."
    )
    decision = models.CharField(
        max_length=10,
        choices=Decision,
        blank=True,
        help_text="Empty: nobody had to decide yet.",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "installation"  # there is only one
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pk=1),
                name="only_one_installation",
                violation_error_message="A database belongs to one installation.",
            ),
        ]

    def __str__(self) -> str:
        return self.base_url
