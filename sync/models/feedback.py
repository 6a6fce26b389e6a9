"""Feedback: where a catalog writes into the PIM how its products stand on the channel."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from catalogs.models import Catalog
from connections import workers
from connections.models import Connection
from sync.models.runs import Run

_CODE = 255


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def of(self, connection: Connection) -> "FeedbackQuerySet":
        return self.filter(catalog__channel__connection=connection)

    def codes(self) -> frozenset[str]:
        """All attributes in which they say something."""
        return frozenset(code for row in self for code in row.attributes.values())

    def due(self) -> "FeedbackQuerySet":
        """Those whose catalog had a run since, and has none that works at present."""
        runs = Run.objects.filter(catalog=OuterRef("catalog"), dry_run=False).order_by()
        ended = Exists(runs.filter(finished_at__isnull=False))
        ended_since = Exists(runs.filter(finished_at__gt=OuterRef("told_until")))
        return self.filter(
            Q(ended, told_until=None) | Q(ended_since),
            ~Exists(runs.filter(status__in=Run.LIVE, not_before=None)),
            Q(not_before=None) | Q(not_before__lte=timezone.now()),
            catalog__archived_at=None,
            catalog__removing_since=None,
            catalog__unconfirmed_since=None,
        )


class Feedback(models.Model):
    """The attributes in which a catalog says how its products stand on the channel.

    Those of SAYS are codes of attributes, or empty: that is not said. What changed since
    `told_until` is said next; without it everything is.
    """

    catalog = models.OneToOneField(Catalog, models.CASCADE, related_name="feedback")
    status = models.CharField(max_length=_CODE, blank=True)
    date = models.CharField(max_length=_CODE, blank=True)
    address = models.CharField(max_length=_CODE, blank=True)
    problem = models.CharField("last problem", max_length=_CODE, blank=True)
    told_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="What changed until then was looked at."
    )
    without_place = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="Attribute to how many products had no place for it, when looked at last.",
    )
    trouble = models.TextField(
        blank=True, editable=False, help_text="Why it did not work, and the way out."
    )
    not_before = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it is tried again."
    )
    owner = models.CharField(max_length=workers.OWNER_LENGTH, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    SAYS = ("status", "date", "address", "problem")

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["catalog"]
        verbose_name_plural = "feedback"

    def __str__(self) -> str:
        return f"Feedback of {self.catalog}"

    @property
    def attributes(self) -> dict[str, str]:
        """What is said, by the code of the attribute."""
        return {name: code for name in self.SAYS if (code := getattr(self, name))}
