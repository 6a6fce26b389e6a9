"""Proposal: one value offered to the PIM; and what we wrote there last."""

from django.db import models
from django.db.models import Q

from connections.models import Connection, PimUser
from connections.names import folded
from enrichment.models.offers import Offer

DIGEST_LENGTH = 32

ADDRESS = ["connection", "subject", "key", "attribute", "locale", "scope", "part"]


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, user: PimUser) -> "ProposalQuerySet":
        return self.filter(connection=user.connection_id)

    def open(self) -> "ProposalQuerySet":
        return self.filter(state__in=Proposal.OPEN)


class Addressed(models.Model):
    """A place for a value in a PIM.

    `key` is the product's uuid, the model's code, or an asset's family and code with a slash
    between. `attribute` is an attribute's code or one of
    the product's own properties (`categories`, `family`, `parent`, `enabled`: no attribute may be
    called so). `part` is the currency of a price, which changes alone.
    """

    class Subject(models.TextChoices):
        ASSET = "asset", "Asset"  # first of all: products are linked to them
        MODEL = "model", "Product model"  # before products: its variants may need it
        PRODUCT = "product", "Product"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="+")
    subject = models.CharField(max_length=7, choices=Subject)
    key = models.CharField(max_length=255)
    attribute = models.CharField(max_length=255)
    locale = models.CharField(max_length=20, blank=True)
    scope = models.CharField(max_length=100, blank=True)
    part = models.CharField(max_length=10, blank=True)

    class Meta:
        abstract = True


class Proposal(Addressed):
    """A value offered to the PIM.

    `value` is what the PIM shall hold, in the PIM's own form (pim-contract.md 3.8); None for
    nothing. Of a part of a price it is the amount, as a text. `before` is what it held when it was
    offered, and what an undo puts back. Digests are those of `enrichment.values`: equal for what
    the PIM takes as equal.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waiting for approval"
        APPROVED = "approved", "To be written"
        WRITTEN = "written", "Written"
        UNCHANGED = "unchanged", "The PIM had it already"
        REFUSED = "refused", "Refused by the PIM"
        OUTDATED = "outdated", "Edited in the PIM meanwhile"
        EARLIER = "earlier", "Translation of an earlier text"  # its original was changed
        REJECTED = "rejected", "Rejected"
        REPLACED = "replaced", "Replaced by a later offer"

    OPEN = (State.PROPOSED, State.APPROVED)
    OVERTAKEN = (State.OUTDATED, State.EARLIER)  # by an edit: written only if a person says so

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="proposals", db_index=False)
    identifier = models.CharField(max_length=255, blank=True)
    creates = models.BooleanField(default=False, help_text="Whether the product is a new one.")
    type = models.CharField(
        max_length=60, blank=True, help_text="Of the attribute; empty for a property."
    )
    value = models.JSONField(null=True)
    value_digest = models.CharField(max_length=DIGEST_LENGTH)
    before = models.JSONField(null=True)
    before_digest = models.CharField(max_length=DIGEST_LENGTH)
    source_locale = models.CharField(
        max_length=20, blank=True, help_text="Of a translation: the language that it is from."
    )
    source_digest = models.CharField(max_length=DIGEST_LENGTH, blank=True, editable=False)
    source_text = models.TextField(
        blank=True, help_text="Of a translation: the text that it was made from."
    )
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    anyway = models.BooleanField(
        default=False, help_text="A person said to write it over whatever the PIM holds then."
    )
    problem = models.TextField(blank=True)
    replaced_by = models.ForeignKey(
        Offer, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    line = models.PositiveIntegerField(default=0)
    column = models.CharField(max_length=255, blank=True)
    decided_by = models.CharField(max_length=255, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was about to be sent: it may have been written."
    )
    written_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=ADDRESS,
                condition=Q(state__in=["proposed", "approved"]),
                name="open_proposal_once",
            )
        ]
        indexes = [
            models.Index(fields=["offer", "state", "id"], name="proposal_by_state"),
            models.Index(fields=["offer", "subject", "key"], name="proposal_by_key"),
            # Serves enrichment.reviewing.tally_of, which is read from the index alone.
            models.Index(fields=["offer", "state", "attribute", "locale"], name="proposal_counted"),
            models.Index(folded("identifier"), "offer", name="proposal_by_identifier"),
            models.Index(fields=["connection", "key"], name="proposal_of_product"),
            # Serves enrichment.replacing.restore_replaced, and the removal of an offer.
            models.Index(
                fields=["replaced_by", "id"],
                name="proposal_replaced",
                condition=Q(replaced_by__isnull=False),
            ),
            models.Index(
                fields=["connection", "id"],
                name="proposal_to_decide",
                condition=Q(state="proposed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attribute} of {self.identifier or self.key}"


class WrittenValue(Addressed):
    """What we wrote last at this place: an edit after it is respected by the same offer."""

    digest = models.CharField(max_length=DIGEST_LENGTH)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=ADDRESS, name="written_value_once")]

    def __str__(self) -> str:
        return f"{self.attribute} of {self.key}"
