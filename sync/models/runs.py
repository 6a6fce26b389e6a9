"""Run, Checkpoint, KeyPage: one execution, and where it resumes."""

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog
from connections import workers
from connections.models import PimUser
from connections.periods import PeriodsQuerySet


class RunQuerySet(PeriodsQuerySet["Run"]):
    def visible_to(self, user: PimUser) -> "RunQuerySet":
        return self.filter(catalog__channel__connection=user.connection_id)

    def live(self) -> "RunQuerySet":
        return self.filter(status__in=Run.LIVE)

    def read_well(self) -> "RunQuerySet":
        """Those that read all of their catalog, or what changed in it, and ended well."""
        reading = (Run.Mode.FULL, Run.Mode.DELTA)
        return self.filter(mode__in=reading, status__in=Run.ENDED_WELL)

    def of_events(self) -> "RunQuerySet":
        """Those of the single products that events named."""
        return self.filter(mode=Run.Mode.PRODUCT, trigger=Run.Trigger.EVENT)

    def unfinished_and_silent(self) -> "RunQuerySet":
        """Live runs that nobody seems to work on: candidates for being taken up."""
        silent = self.live().filter(heartbeat_at__lt=timezone.now() - Run.STALE_AFTER)
        return silent.filter(not_before=None)


class Run(models.Model):
    """One execution over a catalog."""

    STALE_AFTER = workers.STALE_AFTER

    class Mode(models.TextChoices):
        FULL = "full", "Everything"
        DELTA = "delta", "What changed"
        PUSH = "push", "What waits, without reading the PIM"
        PRODUCT = "product", "Single products"
        UNDO = "undo", "What was there before another run"
        SAMPLE = "sample", "A look at a few products"

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", "By schedule"
        MANUAL = "manual", "By a person"
        EVENT = "event", "By an event of the PIM"

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        HELD = "held", "Done, something waits for a confirmation"
        STOPPED = "stopped", "Stopped, someone must act"
        FAILED = "failed", "Failed"

    class Phase(models.TextChoices):
        STARTING = "starting", _("Asking the PIM about the catalog")
        LISTING = "listing", _("Listing the products")
        READING = "reading", _("Reading the products")
        RECONCILING = "reconciling", _("Comparing with the channel")
        FETCHING = "fetching", _("Downloading pictures and other files")
        PUSHING = "pushing", _("Sending to the channel")
        FINISHING = "finishing", _("Finishing")

    LIVE = (Status.QUEUED, Status.RUNNING)
    ENDED_WELL = (Status.SUCCEEDED, Status.HELD)
    ENDED_BADLY = (Status.STOPPED, Status.FAILED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="runs")
    mode = models.CharField(max_length=7, choices=Mode)
    keys = models.JSONField(
        default=list, blank=True, help_text="Of single products: which it is about, and no others."
    )
    undoes = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="undone_by",
        help_text="The run that this one undoes.",
    )
    trigger = models.CharField(max_length=8, choices=Trigger)
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    phase = models.CharField(max_length=11, choices=Phase, default=Phase.STARTING)
    dry_run = models.BooleanField(default=False)
    started_by = models.CharField(max_length=255, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True, help_text="Products to read.")
    listed = models.PositiveIntegerField(default=0, help_text="Products in the PIM's listing.")
    pulled = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    files = models.PositiveIntegerField(default=0, help_text="Files downloaded from the PIM.")
    to_send = models.PositiveIntegerField(
        default=0,
        help_text="Listings that waited when sending began. Of a dry run: that would be sent.",
    )
    pushed = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    leaving = models.PositiveIntegerField(
        default=0, help_text="Of a dry run: products that would be withdrawn."
    )
    problem = models.TextField(blank=True)
    is_refused = models.BooleanField(
        "refused by the channel",
        default=False,
        help_text="It stopped because the channel takes nothing from us, such as a wrong password.",
    )
    note = models.TextField(blank=True, help_text="What it waits for right now.")
    owner = models.CharField(max_length=workers.OWNER_LENGTH, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(
        null=True, blank=True, help_text="It was put off: no worker takes it up before."
    )
    setbacks = models.PositiveIntegerField(
        default=0, help_text="How often it was put off since it last got on."
    )
    watermark = models.DateTimeField(
        null=True, blank=True, help_text="Changes up to here have been read, once reading is done."
    )
    since = models.DateTimeField(
        null=True, blank=True, help_text="A delta reads changes from here."
    )
    read_at = models.DateTimeField(null=True, blank=True, help_text="When reading was complete.")
    stop_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="Somebody wants it to end at its next step."
    )
    stop_asked_by = models.CharField(max_length=255, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["catalog"],
                condition=Q(status__in=["queued", "running"], dry_run=False),
                name="one_live_run_per_catalog",
                violation_error_message="Another run of this catalog is under way.",
            ),
            # Each reads the whole catalog, and forgets what those before it found. A look at a few
            # products does neither.
            models.UniqueConstraint(
                fields=["catalog"],
                condition=Q(status__in=["queued", "running"], dry_run=True) & ~Q(mode="sample"),
                name="one_live_dry_run_per_catalog",
                violation_error_message="Another dry run of this catalog is under way.",
            ),
        ]
        indexes = [
            # Serves the run history of a catalog and the look for its watermark.
            models.Index(fields=["catalog", "-created_at"], name="run_history"),
            # Serves the list in admin and the figures of its first page.
            models.Index(fields=["-created_at", "-id"], name="run_by_time"),
            # Serves RunQuerySet.live() and unfinished_and_silent().
            models.Index(
                fields=["heartbeat_at"],
                condition=Q(status__in=["queued", "running"]),
                name="run_live",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.catalog}"

    def get_absolute_url(self) -> str:
        return reverse("pages:run", args=[self.uuid])

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    @property
    def is_of_products(self) -> bool:
        """Whether it is about single products, and leaves all others waiting."""
        return self.mode == self.Mode.PRODUCT

    @property
    def is_of_events(self) -> bool:
        """Whether it is about the single products that events named: no person chose them."""
        return self.is_of_products and self.trigger == self.Trigger.EVENT

    @property
    def reads(self) -> bool:
        """Whether it reads anything from the PIM."""
        return self.mode not in (self.Mode.PUSH, self.Mode.UNDO)

    @property
    def is_put_off(self) -> bool:
        return self.status == self.Status.QUEUED and self.not_before is not None

    @property
    def was_stopped(self) -> bool:
        """Whether a person ended it, so that nothing is wrong with it."""
        return self.status == self.Status.STOPPED and self.stop_asked_at is not None

    @property
    def seconds(self) -> float:
        if self.started_at is None:
            return 0.0
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()


class Checkpoint(models.Model):
    """Where a run reads on: the PIM's own `next` link, moved with the rows of its page.

    One for the listing of uuids, and one for each range of products: ranges begin behind a uuid of
    the listing, are read at the same time, and each follows the PIM's links from there. Of a
    catalog of models one for those, and one for the uuids of what changed.
    """

    class Part(models.TextChoices):
        LISTING = "listing", "Listing of uuids"
        PRODUCTS = "products", "Products"
        CHANGED = "changed", "Listing of what changed"
        MODELS = "models", "Models"
        VARIANTS = "variants", "Variants"

    run = models.ForeignKey(Run, models.CASCADE, related_name="checkpoints")
    part = models.CharField(max_length=8, choices=Part)
    after = models.CharField(
        max_length=255, blank=True, help_text="The key behind which the range begins."
    )
    until = models.CharField(
        max_length=255, blank=True, help_text="The range's last key; empty: to the end."
    )
    link = models.TextField(blank=True, help_text="Empty before the first page.")
    pages = models.PositiveIntegerField(default=0)
    is_done = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["run", "part", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "part", "after"], name="one_checkpoint_per_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} of run {self.run_id}"


class KeyPage(models.Model):
    """The keys of one page that a run has read, packed; gone after the run.

    Uuids in 16 bytes each, codes of models as text (sync.keys).
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="key_pages")
    part = models.CharField(max_length=8, choices=Checkpoint.Part)
    packed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.part} of run {self.run_id}"
