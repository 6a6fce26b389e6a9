"""Connection and PimUser: which PIMs the app is linked to, and who came from there."""

import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone

from connections.fields import EncryptedTextField

CLIENT_ID_LENGTH = 100


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def connected(self) -> "ConnectionQuerySet":
        return self.filter(state=Connection.State.CONNECTED)


class Connection(models.Model):
    """One PIM: known by its address, then authorized by one of its users.

    `token` has no expiry and no refresh; it dies when the app is disconnected in the PIM or when
    somebody grants other scopes (pim-contract.md 1.5).
    """

    class State(models.TextChoices):
        REGISTERED = "registered", "Registered, not connected yet"
        CONNECTED = "connected", "Connected"
        DISCONNECTED = "disconnected", "Disconnected"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pim_url = models.CharField("PIM address", max_length=500, unique=True)
    state = models.CharField(max_length=12, choices=State, default=State.REGISTERED)
    client_id = models.CharField(
        max_length=CLIENT_ID_LENGTH,
        blank=True,
        help_text="Of a custom app created in this PIM. Empty: the published app's is used.",
    )
    client_secret = EncryptedTextField(blank=True)
    token = EncryptedTextField(blank=True)
    scopes = models.JSONField(
        default=list, blank=True, help_text="What the PIM granted at the last authorization."
    )
    problem = models.TextField(blank=True, help_text="Why the connection was lost, in words.")
    connected_at = models.DateTimeField(null=True, blank=True)
    disconnected_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["pim_url"]

    def __str__(self) -> str:
        return self.host

    @property
    def host(self) -> str:
        return self.pim_url.split("://", 1)[-1]

    @property
    def is_connected(self) -> bool:
        return self.state == self.State.CONNECTED


class PimUser(models.Model):
    """A person of one PIM, known by a verified ID token. Never a staff account.

    Names and e-mail are what the person typed into the PIM: shown, never used to recognise
    anybody (pim-contract.md 1.8).
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="people")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    iss = models.CharField(max_length=500)
    sub = models.CharField(max_length=255)
    firstname = models.CharField(max_length=255, blank=True)
    lastname = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=320, blank=True)
    last_seen_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "PIM user"
        ordering = ["lastname", "firstname", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["iss", "sub"], name="one_pim_user_per_identity"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.firstname} {self.lastname}".strip() or "A PIM user"


class AuthorizationQuerySet(models.QuerySet["Authorization"]):
    def expired(self, now: datetime | None = None) -> "AuthorizationQuerySet":
        return self.filter(expires_at__lt=now or timezone.now())


class Authorization(models.Model):
    """An authorization under way: what the `state` of one activation stands for.

    Refusing in the PIM never comes back to us (pim-contract.md 1.3), so these expire by
    themselves. Only digests are kept: the row is no use to whoever reads the table.
    """

    state_digest = models.CharField(max_length=64, unique=True, editable=False)
    browser_digest = models.CharField(max_length=64, editable=False)
    pim_url = models.CharField(max_length=500)
    next_path = models.CharField(max_length=500, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AuthorizationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # Serves AuthorizationQuerySet.expired(), asked by the hourly tidying.
            models.Index(fields=["expires_at"], name="authorization_expires"),
        ]

    def __str__(self) -> str:
        return f"Authorization for {self.pim_url}"

    def __repr__(self) -> str:
        return f"<Authorization {self.pk}>"


class FailedAuthorization(models.Model):
    """One refused activation or callback; counted per address, kept for an hour."""

    address = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # Serves rate_limit.exhausted(), asked by every activation and callback.
            models.Index(fields=["address", "created_at"], name="failures_of_an_address"),
        ]

    def __str__(self) -> str:
        return f"{self.address} at {self.created_at:%Y-%m-%d %H:%M:%S}"
