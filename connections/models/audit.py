"""AuditRecord: who did what that a reviewer asks about later. Append-only."""

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone

from connections.periods import PeriodsQuerySet


class AuditRecordQuerySet(PeriodsQuerySet["AuditRecord"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("audit records are never changed")

    def delete(self) -> NoReturn:
        raise TypeError("audit records are never deleted, but with all that is known of a PIM")

    def erase(self, pim_url: str) -> int:
        """Delete what is recorded of this PIM and its people, because they ask for it."""
        number, _ = super().filter(pim_url=pim_url)._erase()
        return number

    def forget_actor(self, key: str, nobody: str) -> None:
        """Take a person's name out of what they did, because they ask for it; the acts stay."""
        self.filter(actor_key=key)._rename(actor=nobody, actor_key="")

    def forget_subject(self, name: str, nobody: str) -> None:
        """The same of what was done to them."""
        self.filter(subject=name)._rename(subject=nobody)

    def _rename(self, **names: str) -> int:
        return super().update(**names)

    def _erase(self) -> tuple[int, dict[str, int]]:
        return super().delete()


class AuditRecord(models.Model):
    """One act, as it was known when it happened: names are copied, so that they outlive rows.

    Written in the transaction of the act by `connections.audit.record`.
    """

    class ActorKind(models.TextChoices):
        PIM_USER = "pim_user", "PIM user"
        STAFF = "staff", "Staff"
        COMMAND = "command", "Command"
        FERRY = "ferry", "Ferry itself"

    class Action(models.TextChoices):
        PIM_REGISTERED = "pim_registered", "PIM registered"
        CREDENTIALS_CHANGED = "credentials_changed", "Credentials changed"
        INVITED = "invited", "Administrator of a PIM invited"
        INVITATION_USED = "invitation_used", "Invitation used"
        CONNECTED = "connected", "Connected"
        GRANTED = "granted", "Other scopes granted"
        SCOPES_ANNOUNCED = "scopes_announced", "Wanted scopes announced to the PIM"
        LOST = "lost", "Found disconnected in the PIM"
        DISCONNECTED = "disconnected", "Disconnected here"
        SIGNED_IN = "signed_in", "Signed in"
        SESSIONS_ENDED = "sessions_ended", "Signed out everywhere"
        ROLE_CHANGED = "role_changed", "Role changed"
        TIME_ZONE_CHANGED = "time_zone_changed", "Time zone changed"
        ENVIRONMENT_CHANGED = "environment_changed", "Production or sandbox decided"
        CHANNEL_CREATED = "channel_created", "Channel created"
        CHANNEL_CHANGED = "channel_changed", "Channel changed"
        CHANNEL_REMOVED = "channel_removed", "Channel removed"
        CATALOG_CREATED = "catalog_created", "Catalog created"
        CATALOG_STARTED = "catalog_started", "Catalog set up, syncs by itself"
        CATALOG_CHANGED = "catalog_changed", "Catalog changed"
        CATALOG_REMOVED = "catalog_removed", "Catalog removed"
        CATALOG_MADE_AGAIN = "catalog_made_again", "Catalog made again in the PIM"
        PAUSED = "paused", "Paused"
        RESUMED = "resumed", "Resumed"
        TIMETABLE_CHANGED = "timetable_changed", "Timetable changed"
        SENT_NOW = "sent_now", "Product sent outside of the timetable"
        TAKEN_UP_AGAIN = "taken_up_again", "Dry run after reconnecting confirmed"
        WITHDRAWAL_CONFIRMED = "withdrawal_confirmed", "Withdrawal confirmed"
        WITHDRAWAL_REFUSED = "withdrawal_refused", "Withdrawal refused"
        CHANGE_CONFIRMED = "change_confirmed", "Held change confirmed"
        CHANGE_REFUSED = "change_refused", "Held change refused"
        REFUSALS_READ = "refusals_read", "Refusal report read"
        FEED_ADDRESS_MADE = "feed_address_made", "Address of a feed made"
        FEED_ADDRESS_REMOVED = "feed_address_removed", "Address of a feed removed"
        RUN_STOPPED = "run_stopped", "Run stopped"
        EARLIER_SENT = "earlier_sent", "Earlier version of a product sent"
        RUN_UNDONE = "run_undone", "Run undone"
        PIM_VERSION_TAKEN = "pim_version_taken", "The PIM's version taken again"
        ENRICHMENT_ON = "enrichment_on", "Enrichment switched on"
        ENRICHMENT_OFF = "enrichment_off", "Enrichment switched off"
        EVENTS_ON = "events_on", "Events of the PIM switched on"
        EVENTS_OFF = "events_off", "Events of the PIM switched off"
        EVENTS_SUSPENDED = "events_suspended", "Events of the PIM suspended"
        EVENTS_RESUMED = "events_resumed", "Events of the PIM resumed"
        EVENT_SECRET_CHANGED = "event_secret_changed", "Events are signed with a new secret"
        SOURCE_CREATED = "source_created", "Source of values created"
        SOURCE_CHANGED = "source_changed", "Source of values changed"
        SOURCE_REMOVED = "source_removed", "Source of values removed"
        VALUES_APPROVED = "values_approved", "Offered values approved"
        VALUES_REJECTED = "values_rejected", "Offered values rejected"
        WRITTEN_ANYWAY = "written_anyway", "Outdated values approved all the same"
        OFFER_UNDONE = "offer_undone", "Offer undone"
        WEBHOOK_CHANGED = "webhook_changed", "Webhook for alerts changed"
        WEBHOOK_REMOVED = "webhook_removed", "Webhook for alerts removed"
        EXPORTED = "exported", "Everything of a PIM exported"
        ERASED = "erased", "Everything of a PIM erased"
        PERSON_EXPORTED = "person_exported", "Data of a person exported"
        PERSON_ERASED = "person_erased", "Person erased"
        KEYS_ROTATED = "keys_rotated", "Encryption keys rotated"
        INSTALLATION_DECIDED = "installation_decided", "Production or copy decided"

    at = models.DateTimeField(default=timezone.now, editable=False)
    pim_url = models.CharField("PIM address", max_length=500, blank=True)
    actor_kind = models.CharField("kind of actor", max_length=8, choices=ActorKind)
    actor = models.CharField(max_length=255, help_text="The name at that time.")
    actor_key = models.CharField(
        max_length=255, blank=True, help_text="The uuid of a PIM user, the user name of staff."
    )
    action = models.CharField(max_length=20, choices=Action)
    subject = models.CharField(max_length=255, blank=True, help_text="What it was done to.")
    details = models.JSONField(default=dict, blank=True)

    objects = AuditRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            # Serves the list in admin, the export and the erasing of one PIM.
            models.Index(fields=["pim_url", "-at"], name="audit_of_a_pim"),
            # Serves the list in admin of all PIMs, and its search by date.
            models.Index(fields=["-at", "-id"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.subject or self.pim_url}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("audit records are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("audit records are never deleted")
