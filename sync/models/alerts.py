"""How people hear of notices: their address and choices, the webhook, and each message."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog
from connections import workers
from connections.fields import EncryptedTextField
from connections.models import Connection, PimUser
from sync.models.notices import Notice

MOST_OF_ADDRESS = 320


class How(models.TextChoices):
    NOW = "now", _("At once")
    DAILY = "daily", _("Once a day, together")
    NEVER = "never", _("Not at all")


class AlertSettings(models.Model):
    """Where and how one person is told. Without a confirmed address nothing is sent to them.

    `how` is for whatever concerns the whole connection, and for catalogs without an AlertChoice.
    """

    user = models.OneToOneField(PimUser, models.CASCADE, related_name="alert_settings")
    address = models.EmailField(max_length=MOST_OF_ADDRESS, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirming = models.CharField(
        max_length=43,
        blank=True,
        editable=False,
        help_text="What the signed link in the mail to the address holds, until another is sent.",
    )
    stop_key = models.UUIDField(
        default=uuid.uuid4,
        unique=True,
        editable=False,
        help_text="What links to stop the mails hold; another one with each new address.",
    )
    how = models.CharField(max_length=5, choices=How, default=How.NOW)
    hour = models.PositiveSmallIntegerField(
        default=8,
        validators=[MaxValueValidator(23)],
        help_text="Of the daily mail, on this person's clock.",
    )
    language = models.CharField(max_length=10, default=settings.LANGUAGE_CODE)
    problem = models.TextField(blank=True, help_text="Why the last mail was refused.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["user"]
        verbose_name_plural = "alert settings"

    def __str__(self) -> str:
        return f"Alerts of {self.user}"

    @property
    def is_confirmed(self) -> bool:
        return bool(self.address) and self.confirmed_at is not None

    @property
    def is_told_nothing(self) -> bool:
        """Whether the person chose so, of everything and of each catalog. A query at most."""
        return self.how == How.NEVER and not self.choices.exclude(how=How.NEVER).exists()


class AlertChoice(models.Model):
    """How one person is told of one catalog, where that differs from the rest."""

    reader = models.ForeignKey(AlertSettings, models.CASCADE, related_name="choices")
    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="alert_choices")
    how = models.CharField(max_length=5, choices=How)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["reader", "catalog"]
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "catalog"], name="one_alert_choice_per_catalog"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_how_display()}: {self.catalog}"


class AlertWebhook(models.Model):
    """Where a connection's alerts are posted as signed JSON, besides all mail."""

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="alert_webhook")
    url = models.CharField("address", max_length=500)
    secret = EncryptedTextField(help_text="What calls are signed with.")
    problem = models.TextField(blank=True, help_text="Why the last call failed.")
    answered_at = models.DateTimeField(null=True, blank=True, help_text="The last call it took.")
    not_before = models.DateTimeField(
        null=True, blank=True, help_text="It failed: nothing is sent before."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["connection"]

    def __str__(self) -> str:
        return f"Webhook of {self.connection}"


class AlertMessageQuerySet(models.QuerySet["AlertMessage"]):
    def unsent(self) -> "AlertMessageQuerySet":
        return self.filter(sent_at=None, given_up_at=None)

    def in_nobodys_hands(self, now: datetime) -> "AlertMessageQuerySet":
        """Those that no process is sending; one that died with some held them for a LEASE."""
        return self.filter(Q(owner="") | Q(claimed_at__lt=now - AlertMessage.LEASE))

    def due(self, now: datetime) -> "AlertMessageQuerySet":
        ready = Q(not_before=None) | Q(not_before__lte=now)
        return self.unsent().in_nobodys_hands(now).filter(ready, due_at__lte=now)

    def by_mail(self) -> "AlertMessageQuerySet":
        return self.filter(webhook=None)


class AlertMessage(models.Model):
    """One message to one receiver: a person, a webhook or a member of staff.

    Made in the transaction of its notice, once for each receiver, kind and day; sent by a worker.
    Those of one person that are `in_digest` go out together, in one mail.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", _("Something happened")
        REPEATED = "repeated", _("It still waits")
        OVER = "over", _("All is well again")
        CONFIRM = "confirm", _("Confirm an address")
        TEST = "test", _("A test")

    # Longer than any mail or call takes: each of their steps has a timeout of seconds.
    LEASE = timedelta(minutes=5)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey(
        Connection,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="alert_messages",
        help_text="Empty: it is about the installation, and for its staff.",
    )
    reader = models.ForeignKey(
        AlertSettings, models.CASCADE, null=True, blank=True, related_name="messages"
    )
    webhook = models.ForeignKey(
        AlertWebhook, models.CASCADE, null=True, blank=True, related_name="messages"
    )
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    notice = models.ForeignKey(
        Notice, models.CASCADE, null=True, blank=True, related_name="messages"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    day = models.CharField(
        max_length=10, blank=True, help_text="Of what is repeated: which day's it is."
    )
    in_digest = models.BooleanField(default=False)
    due_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(null=True, blank=True, help_text="Of the next try.")
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="Why the last try failed.")
    owner = models.CharField(max_length=workers.OWNER_LENGTH, blank=True, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AlertMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-pk"]
        permissions = [("hear_alertmessage", "Can be told when the installation is not well")]
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "notice", "kind", "day"],
                condition=Q(notice__isnull=False),
                name="one_alert_per_person",
            ),
            models.UniqueConstraint(
                fields=["webhook", "notice", "kind", "day"],
                condition=Q(notice__isnull=False),
                name="one_alert_per_webhook",
            ),
            models.UniqueConstraint(
                fields=["staff", "notice", "kind", "day"],
                condition=Q(notice__isnull=False),
                name="one_alert_per_member_of_staff",
            ),
        ]
        indexes = [
            # Serves AlertMessageQuerySet.due(), asked every half minute.
            models.Index(
                fields=["due_at"],
                condition=Q(sent_at=None, given_up_at=None),
                name="alert_due",
            ),
            # Serves the list in admin, and the look for what is old.
            models.Index(fields=["-due_at", "-id"], name="alert_by_time"),
        ]

    def __str__(self) -> str:
        return (
            f"{self.get_kind_display()}: {self.notice}"
            if self.notice
            else str(self.get_kind_display())
        )
