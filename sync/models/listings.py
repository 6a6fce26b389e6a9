"""Listing and Document: wanted and sent."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from catalogs.models import Catalog, Channel
from connections.models import PimUser
from connections.names import folded
from outbound.errors import FailureKind

if TYPE_CHECKING:
    from sync.models.runs import Run


class Document(models.Model):
    """What a listing wants the channel to hold, stored once for each content.

    Two rows are no content: UNKNOWN stands for what we do not know, HIDDEN for a product that the
    channel has and does not show.
    """

    UNKNOWN = "unknown"
    HIDDEN = "hidden"
    MARKERS = (UNKNOWN, HIDDEN)

    digest = models.CharField(max_length=64, editable=False)
    body = models.TextField(help_text="JSON, to the letter as the PIM sent it.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["digest"],
                name="one_document_per_digest",
                violation_error_message="This content is stored already.",
            ),
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class ListingQuerySet(models.QuerySet["Listing"]):
    def visible_to(self, user: PimUser) -> "ListingQuerySet":
        return self.filter(channel__connection=user.connection_id)

    def about(self, *products: str) -> "ListingQuerySet":
        """Those with one of these keys, and models that have a variant with one as its uuid."""
        # Two looks into an index: one condition with "or" would look at every row.
        listings = Listing.objects.order_by().filter(key__in=products).values("pk")
        models = Listing.objects.order_by().filter(variants__uuid__in=products).values("pk")
        return self.filter(pk__in=listings.union(models))

    def of_run_over(self, catalog: Catalog) -> "ListingQuerySet":
        """What a run over this catalog sends: its own, and what it handed over to a sibling."""
        return self.filter(catalog=catalog) | self.handed_over_by(catalog)

    def handed_over_by(self, catalog: Catalog) -> "ListingQuerySet":
        """But not to a sibling that waits for a person after a reconnection."""
        return self.filter(handed_over_by=catalog, catalog__unconfirmed_since=None)

    def due(self, now: datetime | None = None) -> "ListingQuerySet":
        """Waiting, its time has come, and no sibling listing of the product is in flight."""
        sibling_in_flight = Listing.objects.filter(
            channel=OuterRef("channel"), key=OuterRef("key"), status=Listing.Status.IN_FLIGHT
        )
        return self.filter(
            ~Exists(sibling_in_flight),
            status=Listing.Status.WAITING,
            next_attempt_at__lte=now or timezone.now(),
        )

    def of_run(self, run: "Run") -> "ListingQuerySet":
        """What this run sends: one that is about single products leaves the others waiting."""
        return self.of_run_over(run.catalog).meant_by(run)

    def meant_by(self, run: "Run") -> "ListingQuerySet":
        return self.filter(key__in=run.keys) if run.is_of_products else self

    def in_care(self) -> "ListingQuerySet":
        """What the catalog holds in the PIM, as far as was read.

        Wanted on the channel, or not, because a person undid the run that first sent it. Not what
        left the catalog and is wanted only because a person undid its withdrawal.
        """
        held = Q(wanted__isnull=False) | ~Q(set_aside="")
        return self.filter(held).exclude(set_aside=Listing.ABSENT)

    def incomplete(self) -> "ListingQuerySet":
        """Known and not wanted, because they are not complete in the PIM."""
        return self.filter(left_because=Listing.Left.INCOMPLETE, wanted__isnull=True, set_aside="")

    def left_on_channel(self) -> "ListingQuerySet":
        """What left its catalog and stays by its settings, kept or hidden; not by a person's no."""
        stays = [Listing.Status.KEPT, Listing.Status.HIDDEN]
        return self.filter(status__in=stays, set_aside="", wanted__isnull=True)

    def set_aside_by_person(self) -> "ListingQuerySet":
        """Those for which an undone version stands, and not what the PIM says."""
        return self.exclude(set_aside="")

    def to_push(self) -> "ListingQuerySet":
        return self.filter(wanted__isnull=False)

    def to_withdraw(self) -> "ListingQuerySet":
        return self.filter(wanted__isnull=True, sent__isnull=False)

    def to_hide(self) -> "ListingQuerySet":
        """Of those to withdraw: what its catalog hides, by the reason why it left."""
        return self.to_withdraw().filter(_hidden_by_its_catalog())

    def not_to_hide(self) -> "ListingQuerySet":
        return self.to_withdraw().exclude(_hidden_by_its_catalog())

    def on_channel(self) -> "ListingQuerySet":
        return self.filter(sent__isnull=False)

    def parked(self) -> "ListingQuerySet":
        return self.filter(status=Listing.Status.PARKED)

    def held(self) -> "ListingQuerySet":
        return self.filter(status=Listing.Status.HELD)

    def held_because(self, kind: str) -> "ListingQuerySet":
        """Those that are held for this reason; without any, because they left."""
        kinds = [kind, ""] if kind == Listing.Held.LEFT else [kind]
        return self.held().filter(held_because__in=kinds)

    def new(self) -> "ListingQuerySet":
        """Wanted on the channel, and not there yet."""
        return self.filter(wanted__isnull=False, sent__isnull=True)

    def in_step(self) -> "ListingQuerySet":
        return self.filter(wanted__isnull=False, wanted=F("sent"))


def _hidden_by_its_catalog() -> Q:
    hide = Catalog.OnLeaving.HIDE
    return (
        Q(left_because="disabled", catalog__when_disabled=hide)
        | Q(left_because="absent", catalog__when_absent=hide)
        | Q(left_because="deselected", catalog__when_deselected=hide)
        | Q(left_because="incomplete", catalog__when_incomplete=hide)
    )


class Listing(models.Model):
    """One product's place on one channel, as one catalog sees it.

    `wanted` is what the PIM wants there now, `sent` what the channel last accepted, or the unknown
    document after a call whose outcome was never learned. Pulling writes only the first, pushing
    moves the second towards it. Of the listings of one product on one channel at most one has
    `sent`: the one that carries it. `last_known` is what it held before that became unknown, or
    hidden.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("product", "Waiting to be sent")
        IN_FLIGHT = "in_flight", pgettext_lazy("product", "Being sent")
        LISTED = "listed", pgettext_lazy("product", "On the channel")
        CARRIED = "carried", pgettext_lazy("product", "Carried by another catalog")
        PARKED = "parked", pgettext_lazy("product", "Needs attention")
        HELD = "held", pgettext_lazy("product", "Waiting for a confirmation")
        KEPT = "kept", pgettext_lazy("product", "Left the catalog, kept on the channel")
        HIDDEN = "hidden", pgettext_lazy("product", "Left the catalog, hidden on the channel")
        GONE = "gone", pgettext_lazy("product", "Not on the channel any more")

    class Left(models.TextChoices):
        """Why it is not in the catalog any more, as the PIM said then."""

        DISABLED = "disabled", "Disabled in the PIM"
        ABSENT = "absent", "Deleted in the PIM, or not permitted to this app any more"
        DESELECTED = "deselected", "Not selected by the catalog any more"
        INCOMPLETE = "incomplete", "Not complete in the PIM"

    class Held(models.TextChoices):
        """What was suspicious about so many of them at once."""

        LEFT = "left", pgettext_lazy("product", "Left the catalog with many others")
        EMPTIED = "emptied", pgettext_lazy("product", "Loses a value that many others lose too")
        GREW = "grew", pgettext_lazy("product", "New, with more than the catalog had")

    ABSENT = "absent"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Without indexes of their own: those of Meta begin with them, and each costs every write.
    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="listings", db_index=False)
    channel = models.ForeignKey(
        Channel,
        models.CASCADE,
        related_name="listings",
        db_index=False,
        help_text="The catalog's, repeated here.",
    )
    key = models.CharField(
        max_length=255,
        help_text="The product's uuid in the PIM; of a model with variants its code.",
    )
    identifier = models.CharField(max_length=255, blank=True)
    label = models.CharField(max_length=255, blank=True)
    wanted = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    sent = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    last_known = models.ForeignKey(
        Document,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        help_text="What the channel held for certain before that became unknown, or hidden.",
    )
    seen_digest = models.CharField(
        max_length=32,
        blank=True,
        editable=False,
        help_text="Of the bytes last read: equal bytes need no second look.",
    )
    set_aside = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Digest of the PIM's content, or “absent”, that a person undid: it comes back "
        "only when the PIM says something else.",
    )
    left_because = models.CharField(max_length=10, choices=Left, blank=True)
    held_because = models.CharField(max_length=7, choices=Held, blank=True)
    let_through = models.BooleanField(
        default=False, help_text="A person confirmed the document that was held."
    )
    external_id = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    failure = models.CharField(
        max_length=13, blank=True, choices=[(kind.value, kind.value) for kind in FailureKind]
    )
    problem = models.TextField(blank=True)
    attempt_count = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    handed_over_by = models.ForeignKey(
        Catalog,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The catalog that carried the product before, and whose run sends it now.",
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        ordering = ["next_attempt_at", "pk"]
        permissions = [("retry_listing", "Can send refused products again")]
        constraints = [
            models.UniqueConstraint(
                fields=["catalog", "key"],
                name="one_listing_per_product",
                violation_error_message="This product is already listed for this catalog.",
            ),
            models.UniqueConstraint(
                fields=["channel", "key"],
                condition=Q(sent__isnull=False),
                name="one_carrier_per_product_on_a_channel",
                violation_error_message="Another catalog carries this product on the channel.",
            ),
        ]
        indexes = [
            # Serves ListingQuerySet.due(), asked for every batch: in its order, so that a database
            # without statistics of the table does not sort all that waits.
            models.Index(
                fields=["catalog", "next_attempt_at", "id"],
                condition=Q(status="waiting"),
                name="listing_due",
            ),
            # Serves the same for what a sibling handed over.
            models.Index(
                fields=["handed_over_by"],
                condition=Q(handed_over_by__isnull=False),
                name="listing_handed_over",
            ),
            # Serves the lists by status on the pages, and admin's, newest first.
            models.Index(fields=["catalog", "status", "id"], name="listing_by_status"),
            # Serves admin's lists of what waits for a person, over all catalogs.
            models.Index(
                fields=["status", "id"],
                condition=Q(status__in=["held", "parked"]),
                name="listing_for_people",
            ),
            # Serves settle_carriers(), and about(), which knows no channel.
            models.Index(fields=["key", "channel"], name="listing_by_key"),
            # Serve find_page(), which goes on from a row: many may be called alike.
            models.Index("catalog", folded("identifier"), "id", name="listing_by_identifier"),
            models.Index("catalog", folded("label"), "id", name="listing_by_label"),
            # Serves admin's search: which product is this one of the shop's?
            models.Index(
                fields=["external_id"],
                condition=~Q(external_id=""),
                name="listing_by_external_id",
            ),
            # Serves deleting documents, which must not be in use; few rows have one.
            models.Index(
                fields=["last_known"],
                condition=Q(last_known__isnull=False),
                name="listing_last_known",
            ),
            # Serves the look for what went without a file, in each run; few rows have a remark.
            models.Index(
                fields=["catalog"],
                condition=Q(status="listed") & ~Q(problem=""),
                name="listing_with_remark",
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.identifier or self.key

    def be_waiting(self, now: datetime) -> None:
        """Forget earlier tries; unsaved."""
        self.status = self.Status.WAITING
        self.failure = self.problem = ""
        self.attempt_count = 0
        self.next_attempt_at = now


LISTING_STATE: list[Any] = [
    "status",
    "failure",
    "problem",
    "attempt_count",
    "next_attempt_at",
    "updated_at",
]
