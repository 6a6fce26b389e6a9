"""Connection and PimUser: which PIMs the app is linked to, and who came from there."""

import uuid
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from connections.fields import EncryptedTextField

CLIENT_ID_LENGTH = 100


@cache
def _zone_names() -> frozenset[str]:
    """Asked for once: each look goes through all files of the time zone database."""
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    if name not in _zone_names():
        raise ValidationError(_("There is no time zone “%(name)s”."), params={"name": name})


def time_zone_choices() -> list[tuple[str, str]]:
    """Return every time zone, after that of the installation."""
    usual = ("", gettext("As installed (%(zone)s)") % {"zone": settings.TIME_ZONE})
    return [usual, *((name, name) for name in sorted(_zone_names()))]


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def connected(self) -> "ConnectionQuerySet":
        return self.filter(state=Connection.State.CONNECTED)


class Connection(models.Model):
    """One PIM: known by its address, then authorized by one of its users.

    `token` has no expiry and no refresh; it dies when the app is disconnected in the PIM or when
    somebody grants other scopes (pim-contract.md 1.5).
    """

    class State(models.TextChoices):
        REGISTERED = "registered", _("Registered, not connected yet")
        CONNECTED = "connected", _("Connected")
        DISCONNECTED = "disconnected", _("Disconnected")

    class EndedBy(models.TextChoices):
        PIM = "pim", "In the PIM"
        US = "us", "Here"

    class Environment(models.TextChoices):
        PRODUCTION = "production", _("Production")
        SANDBOX = "sandbox", _("Sandbox")

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
    enriched_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When somebody allowed values to be written into it. Empty: it is only read.",
    )
    may_create_attributes = models.BooleanField(default=False, editable=False)
    problem = models.TextField(blank=True, help_text="Why the connection was lost, in words.")
    ended_by = models.CharField(
        max_length=3,
        choices=EndedBy,
        blank=True,
        editable=False,
        help_text="Where it was disconnected: in the PIM, which forgot the app, or here.",
    )
    forgotten_token = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Digest of the token that was forgotten here; the PIM may give it once more.",
    )
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text="Of its people, for example Europe/Paris. Empty: that of the installation.",
    )
    environment = models.CharField(
        max_length=10,
        blank=True,
        choices=Environment,
        help_text="In earnest, or for trying things. Empty: what its address says.",
    )
    schema_version = models.CharField(
        max_length=10,
        blank=True,
        editable=False,
        help_text="The newest version of mapping schemas that the PIM took; empty: not known.",
    )
    schema_version_at = models.DateTimeField(null=True, blank=True, editable=False)
    connected_at = models.DateTimeField(null=True, blank=True)
    disconnected_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["pim_url"]
        permissions = [("export_connection", "Can export everything of a connection")]

    def __str__(self) -> str:
        return self.host

    @property
    def host(self) -> str:
        return self.pim_url.split("://", 1)[-1]

    @property
    def is_connected(self) -> bool:
        return self.state == self.State.CONNECTED

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of timetables, and of every time that is shown to people of the PIM."""
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)

    @property
    def app_url(self) -> str:
        """Where the PIM shows the app to whoever may manage apps (pim-contract.md 1.2)."""
        client_id = self.client_id or settings.AKENEO_CLIENT_ID
        return f"{self.pim_url}/connect/apps/v1/connected_app/{client_id}"

    @property
    def app_store_url(self) -> str:
        """Where the PIM lists its custom apps, with *Connect* beside each."""
        return f"{self.pim_url}/#/connect/app-store"

    @property
    def connected_apps_url(self) -> str:
        return f"{self.pim_url}/#/connect/connected-apps"


class PimUserQuerySet(models.QuerySet["PimUser"]):
    def managers_of(self, connection: Connection) -> "PimUserQuerySet":
        return self.filter(connection=connection, role=PimUser.Role.MANAGER)


class PimUser(models.Model):
    """A person of one PIM, known by a verified ID token. Never a staff account.

    Names and e-mail are what the person typed into the PIM: shown, never used to recognise
    anybody (pim-contract.md 1.8).
    """

    class Role(models.TextChoices):
        """What somebody may do here; each may do what those before it may."""

        VIEWER = "viewer", _("Viewer: looks at everything")
        EDITOR = "editor", _("Editor: syncs, tries again, previews")
        MANAGER = "manager", _("Manager: changes settings, decides what is held, disconnects")

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="people")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    iss = models.CharField(max_length=500)
    sub = models.CharField(max_length=255)
    firstname = models.CharField(max_length=255, blank=True)
    lastname = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=320, blank=True)
    role = models.CharField(max_length=7, choices=Role, default=Role.EDITOR)
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text="Of the times on the pages. Empty: that of the connection.",
    )
    asked_again_for = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="Scopes that were missing when this person asked the PIM for them once more.",
    )
    sessions_ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Earlier sign-ins do not count any more."
    )
    notices_seen_at = models.DateTimeField(
        default=timezone.now, help_text="What happened later is news to this person."
    )
    last_seen_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PimUserQuerySet.as_manager()

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

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the times that this person sees."""
        return ZoneInfo(self.time_zone) if self.time_zone else self.connection.zone

    @property
    def may_edit(self) -> bool:
        return self.role in (self.Role.EDITOR, self.Role.MANAGER)

    @property
    def may_manage(self) -> bool:
        return self.role == self.Role.MANAGER
