"""Notice: something that the people of a PIM should know."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog, Channel
from connections.models import Connection, PimUser


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: PimUser) -> "NoticeQuerySet":
        theirs = self.filter(connection=user.connection_id)
        return theirs if user.may_manage else theirs.exclude(kind__in=Notice.FOR_MANAGERS)

    def open(self) -> "NoticeQuerySet":
        return self.filter(ended_at=None)

    def news_since(self, moment: datetime) -> "NoticeQuerySet":
        return self.filter(changed_at__gt=moment)


class Notice(models.Model):
    """One cause: it is open until all is well again, however often it is looked at.

    It is about a catalog, else about a channel, else about the connection, else about the
    installation.

    What happened once and calls for nothing, such as a first sync that ended, is never open.
    """

    class Kind(models.TextChoices):
        DISCONNECTED = "disconnected", _("Disconnected")
        SCOPES_MISSING = "scopes_missing", _("Authorizations are missing")
        GONE = "gone", _("Catalog deleted in Akeneo")
        RECONNECTED = "reconnected", _("Waits after reconnecting")
        DISABLED = "disabled", _("Catalog disabled in Akeneo")
        STOPPED = "stopped", _("Run stopped")
        FAILED = "failed", _("Run failed")
        HELD = "held", _("Waits for a decision")
        PARKED = "parked", _("Products need attention")
        VALUES_WAIT = "values_wait", _("Values wait for approval")
        VALUES_REFUSED = "values_refused", _("Values were refused by Akeneo")
        VALUES_EDITED = "values_edited", _("Values were edited in Akeneo meanwhile")
        OFFER_STOPPED = "offer_stopped", _("Writing values stopped")
        EVENTS_STOPPED = "events_stopped", _("Akeneo tells of no changes")
        FIRST_SYNC = "first_sync", _("First sync finished")
        CHANNEL_REFUSED = "channel_refused", _("Channel refuses Ferry")
        OVERDUE = "overdue", _("No successful run")
        SOURCE_TROUBLE = "source_trouble", _("A source cannot be read")
        FEEDBACK_TROUBLE = "feedback_trouble", _("Feedback cannot be written")
        WEBHOOK_FAILING = "webhook_failing", _("Webhook takes no alerts")
        # Of the installation, for its staff.
        WORKER_SILENT = "worker_silent", "Worker silent"
        SCHEDULER_SILENT = "scheduler_silent", "Scheduler silent"
        QUEUE_OLD = "queue_old", "Tasks wait for long"
        DISK_SHORT = "disk_short", "Disk nearly full"
        MAIL_DOWN = "mail_down", "Mail is not sent"

    # Nobody else can see the page where it is solved.
    FOR_MANAGERS = (Kind.WEBHOOK_FAILING,)

    connection = models.ForeignKey(
        Connection,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notices",
        help_text="Empty: it is about the installation, and for its staff.",
    )
    channel = models.ForeignKey(
        Channel, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    catalog = models.ForeignKey(
        Catalog, models.CASCADE, null=True, blank=True, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=16, choices=Kind)
    said = models.TextField(
        blank=True, help_text="What the run, the PIM or the channel said, in its words."
    )
    number = models.PositiveIntegerField(
        default=0, help_text="Of products or values, where it is about some."
    )
    opened_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(
        default=timezone.now, help_text="When there was something new about it."
    )
    told_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it was told last, by mail and webhook. Empty: nobody need hear of it yet.",
    )
    told_number = models.PositiveIntegerField(default=0, help_text="Of which it was told then.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="All was well again then.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["catalog", "kind"],
                condition=Q(ended_at=None),
                name="one_open_notice_per_catalog_and_cause",
            ),
            models.UniqueConstraint(
                fields=["connection", "kind"],
                condition=Q(ended_at=None, catalog=None, channel=None),
                name="one_open_notice_per_connection_and_cause",
            ),
            models.UniqueConstraint(
                fields=["channel", "kind"],
                condition=Q(ended_at=None),
                name="one_open_notice_per_channel_and_cause",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(ended_at=None, connection=None),
                name="one_open_notice_per_cause_of_installation",
            ),
        ]
        indexes = [
            # Serves the bell on every page, and the page behind it.
            models.Index(fields=["connection", "-changed_at"], name="notice_news"),
            models.Index(fields=["catalog"], name="notice_of_catalog"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_open(self) -> bool:
        return self.ended_at is None
