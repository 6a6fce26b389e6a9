"""Catalog: which products go to a channel, how often, and in what form."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalogs.models.channels import Channel
from catalogs.models.pausing import Pausable, pause_holds
from connections.models import Connection, PimUser

DEFAULT_EVERY = 30  # minutes


class CatalogQuerySet(models.QuerySet["Catalog"]):
    def visible_to(self, user: PimUser) -> "CatalogQuerySet":
        return self.filter(channel__connection=user.connection_id)

    def active(self) -> "CatalogQuerySet":
        """Catalogs that carry products: not archived, not being removed."""
        return self.filter(archived_at=None, removing_since=None)

    def started(self) -> "CatalogQuerySet":
        """Those that sync by themselves: people have finished setting them up."""
        return self.filter(started_at__isnull=False)

    def not_paused(self) -> "CatalogQuerySet":
        return self.exclude(pause_holds())


class Catalog(Pausable):
    """A selection of products that this app created in the PIM and its users configure there."""

    class PimState(models.TextChoices):
        UNKNOWN = "unknown", "Not looked at yet"
        DISABLED = "disabled", "Disabled in the PIM"
        ENABLED = "enabled", "Enabled in the PIM"
        GONE = "gone", "Deleted in the PIM"

    class OnShop(models.TextChoices):
        LEAVE = "leave", _("Leave the products on the shop")
        WITHDRAW = "withdraw", _("Withdraw all products from the shop")

    class OnLeaving(models.TextChoices):
        WITHDRAW = "withdraw", _("Take it off the channel")
        HIDE = "hide", _("Hide it on the channel")
        LEAVE = "leave", _("Leave it as it is")

    class Shape(models.TextChoices):
        FLAT = "flat", "Products side by side"
        MODELS = "models", "Models with their variants"

    class OnMissing(models.TextChoices):
        DEFAULT = "default", _("Use the text of the default locale")
        EMPTY = "empty", _("Leave it empty")
        KEEP = "keep", _("Keep what the shop has")

    class SetWhen(models.TextChoices):
        ALWAYS = "always", _("Always")
        NEW = "new", _("Only when the product is new")
        EMPTY = "empty", _("Only when the shop has nothing there")

    class InPim(models.TextChoices):
        KEEP = "keep", _("Keep the catalog and its mapping in the PIM")
        DELETE = "delete", _("Delete the catalog and its mapping in the PIM")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="catalogs")
    name = models.CharField(max_length=255)
    pim_catalog_id = models.CharField("id in the PIM", max_length=100)
    pim_state = models.CharField(max_length=10, choices=PimState, default=PimState.UNKNOWN)
    raw = models.BooleanField(
        default=False, help_text="Products go out as the PIM stores them, without a mapping."
    )
    shape = models.CharField(
        max_length=6,
        choices=Shape,
        default=Shape.FLAT,
        help_text="Of what is mapped: products side by side, or models with their variants.",
    )
    locale = models.CharField(
        "default locale",
        max_length=20,
        blank=True,
        help_text="Of the PIM: fills in where a text is missing in another one.",
    )
    locales = models.JSONField(
        default=dict,
        blank=True,
        help_text="Locale of the PIM to language of the channel; empty: they go out as they are.",
    )
    when_missing = models.JSONField(
        "when a text is missing",
        default=dict,
        blank=True,
        help_text="Language of the channel to what becomes of it there (OnMissing).",
    )
    currencies = models.JSONField(
        default=list, blank=True, help_text="Those that prices are given in; empty: all."
    )
    complete_for = models.CharField(
        "only when complete for",
        max_length=100,
        blank=True,
        help_text="A channel of the PIM, for which a product has to be complete; empty: none.",
    )
    set_when = models.JSONField(
        "when targets are set",
        default=dict,
        blank=True,
        help_text="Target to when it is set on the channel (SetWhen); without a word, always.",
    )
    category_root = models.CharField(
        max_length=255,
        blank=True,
        help_text="The category whose tree becomes the channel's navigation; empty: none.",
    )
    relations = models.JSONField(
        default=dict, blank=True, help_text="Association type to what the channel makes of it."
    )
    shops = models.JSONField(
        default=dict, blank=True, help_text="Value of the target “shops” to the shop's id."
    )
    schema_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Of the channel's mapping schema that the PIM has; another now: to be sent.",
    )
    content_changed_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="What products carry was set then: everything is to be read again.",
    )
    arranged = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="The root and the digest of the tree that the channel's navigation follows.",
    )
    every = models.PositiveIntegerField(
        "sync every (minutes)",
        null=True,
        blank=True,
        default=DEFAULT_EVERY,
        validators=[MinValueValidator(1)],
        help_text="Empty: only when somebody asks.",
    )
    position = models.PositiveIntegerField(
        default=0,
        help_text="On its channel: a product in several catalogs is carried by the first.",
    )
    when_disabled = models.CharField(
        _("when a product is disabled"), max_length=8, choices=OnLeaving, default=OnLeaving.WITHDRAW
    )
    when_absent = models.CharField(
        _("when a product is deleted"),
        max_length=8,
        choices=OnLeaving,
        default=OnLeaving.WITHDRAW,
        help_text=_("Or not permitted to Ferry any more: the PIM answers both alike."),
    )
    when_deselected = models.CharField(
        _("when a product leaves the selection"),
        max_length=8,
        choices=OnLeaving,
        default=OnLeaving.WITHDRAW,
    )
    when_incomplete = models.CharField(
        _("when a product is incomplete"),
        max_length=8,
        choices=OnLeaving,
        default=OnLeaving.WITHDRAW,
        help_text=_("Of those that have to be complete."),
    )
    fuse_percent = models.PositiveSmallIntegerField(
        _("ask first above this share (%)"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("When more of the products leave, or lose a value, a person is asked first."),
    )
    fuse_count = models.PositiveIntegerField(
        _("and above this number of products"),
        default=20,
        help_text=_("Fewer than that are never asked about, whatever their share."),
    )
    growth_count = models.PositiveIntegerField(
        _("ask first above this number of new products"),
        default=1000,
        help_text=_("When a catalog more than doubles, and by more than that."),
    )
    waits_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="A run could not send then; another does once the channel is open again.",
    )
    skipped_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The schedule's last run that was skipped: another was still working.",
    )
    skipped_for = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When that other run was started."
    )
    started_at = models.DateTimeField(
        null=True,
        blank=True,
        default=timezone.now,
        editable=False,
        help_text="It syncs by itself since then; empty: people are still setting it up.",
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    removing_since = models.DateTimeField(null=True, blank=True, editable=False)
    unconfirmed_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Reconnected then: nothing goes out until somebody confirmed a dry run.",
    )
    made_again_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Made again in the PIM, which had lost it: without selection and mapping.",
    )
    small_pages = models.BooleanField(
        default=False,
        editable=False,
        help_text="The PIM refused large pages of products when all were read last.",
    )
    on_shop = models.CharField(max_length=10, choices=OnShop, blank=True, editable=False)
    in_pim = models.CharField(max_length=10, choices=InPim, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CatalogQuerySet.as_manager()

    class Meta:
        ordering = ["channel", "position", "pk"]
        permissions = [("check_catalog", "Can ask the PIM whether a catalog is enabled")]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "pim_catalog_id"],
                name="one_catalog_per_pim_catalog_on_a_channel",
                violation_error_message="This catalog of the PIM is on the channel already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pages:catalog", args=[self.uuid])

    @property
    def connection(self) -> Connection:
        return self.channel.connection

    @property
    def configure_url(self) -> str:
        """Where a PIM user enables and maps it (pim-contract.md 2.7)."""
        return f"{self.connection.pim_url}/connect/apps/v1/catalogs/{self.pim_catalog_id}"

    @property
    def unknown_shops(self) -> list[str]:
        """Values that products name as shops, and that no shop is chosen for."""
        return sorted(value for value, shop in self.shops.items() if not shop)

    @property
    def locales_in_order(self) -> list[str]:
        """The PIM's locales that it carries, the default one first."""
        return sorted(self.locales, key=lambda locale: (locale != self.locale, locale))

    def on_leaving(self, because: str) -> OnLeaving:
        """What becomes of a product on the channel that left for this reason of a listing.

        Where the reason is not known, the most careful of what is set.
        """
        set_for = {
            "disabled": self.when_disabled,
            "absent": self.when_absent,
            "deselected": self.when_deselected,
            "incomplete": self.when_incomplete,
        }
        if because:
            return self.OnLeaving(set_for[because])
        careful = (self.OnLeaving.LEAVE, self.OnLeaving.HIDE, self.OnLeaving.WITHDRAW)
        return next(each for each in careful if each in set_for.values())

    @property
    def has_models(self) -> bool:
        """Whether it holds models with their variants, and not all products side by side."""
        return not self.raw and self.shape == self.Shape.MODELS

    @property
    def is_active(self) -> bool:
        return self.archived_at is None and self.removing_since is None

    @property
    def is_started(self) -> bool:
        """Whether it syncs by itself, and is not still being set up."""
        return self.started_at is not None

    @property
    def is_unconfirmed(self) -> bool:
        return self.unconfirmed_since is not None


class Exemption(models.Model):
    """A product that somebody sends now, although its channel is not sent to at this time.

    Used up by the next run that ends.
    """

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="exemptions")
    key = models.CharField(max_length=255)
    asked_by = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["catalog", "key"], name="one_exemption_per_product"),
        ]

    def __str__(self) -> str:
        return self.key
