"""Authorization, Invitation, FailedAuthorization, Refusal: ways in, under way or refused."""

from datetime import datetime

from django.db import models
from django.utils import timezone

from connections.fields import EncryptedTextField


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
    client_secret = EncryptedTextField(
        blank=True,
        editable=False,
        help_text="One that somebody entered and the PIM has yet to prove right; stored with it.",
    )
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


class Invitation(models.Model):
    """A link with which a PIM administrator enters the credentials of one custom app, once.

    Only the digest of its token is kept. Whoever used it may correct what they entered, in the
    same browser, until it expires or the PIM is connected.
    """

    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    pim_url = models.CharField(
        "PIM address",
        max_length=500,
        blank=True,
        help_text="The PIM it is for; empty until somebody used it, if it is for any.",
    )
    browser_digest = models.CharField(max_length=64, blank=True, editable=False)
    created_by = models.CharField(max_length=255, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Invitation for {self.pim_url or 'a PIM'}"

    def __repr__(self) -> str:
        return f"<Invitation {self.pk}>"


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


class Refusal(models.Model):
    """What somebody was told who clicked Connect or Open app and did not get in.

    For staff who are asked about it; without the visitor's address.
    """

    pim_url = models.CharField(
        "PIM address", max_length=500, blank=True, help_text="As it was given, if it was."
    )
    message = models.TextField(help_text="What the page said.")
    detail = models.TextField(blank=True, help_text="What else is known.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            # Serves the list of one PIM in admin, its export and its erasing.
            models.Index(fields=["pim_url", "-created_at"], name="refusals_of_a_pim"),
            # Serves the list in admin and the hourly tidying.
            models.Index(fields=["-created_at"], name="refusals_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.pim_url or 'no PIM'} at {self.created_at:%Y-%m-%d %H:%M}"
