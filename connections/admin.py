"""Connections in admin: which PIMs there are, with which credentials, and who came from there."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from connections import audit
from connections.abilities import missing_abilities
from connections.admin_audit import AuditRecordAdmin
from connections.admin_authorizations import AuthorizationAdmin, RefusalAdmin, refusals_of
from connections.admin_base import (
    Table,
    changelist_url,
    label,
    link,
    link_to,
    moment,
)
from connections.admin_connection_forms import CredentialsForm, RegistrationForm
from connections.admin_forms import StoringAdmin, StoringForm
from connections.admin_installation import InstallationAdmin
from connections.admin_invitations import invite_and_tell
from connections.admin_people import PimUserAdmin
from connections.audit import Action
from connections.connections import disconnect
from connections.enriching import switch_off, switch_on
from connections.environments import environment_of, of_environment
from connections.models import Connection, PimUser
from connections.models.connections import ConnectionQuerySet
from connections.scope_changes import announce_scopes
from outbound.errors import OutboundError

__all__ = [  # registered there
    "AuditRecordAdmin",
    "AuthorizationAdmin",
    "InstallationAdmin",
    "PimUserAdmin",
    "RefusalAdmin",
]

_PEOPLE_SHOWN = 10
_State = Connection.State
_COLOURS = {
    _State.CONNECTED: "success",
    _State.REGISTERED: "info",
    _State.DISCONNECTED: "danger",
}


class CredentialsFilter(admin.SimpleListFilter):
    title = "credentials"
    parameter_name = "credentials"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("custom", "Custom app"), ("published", "Published app")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Connection]
    ) -> QuerySet[Connection]:
        match self.value():
            case "custom":
                return queryset.exclude(client_id="")
            case "published":
                return queryset.filter(client_id="")
        return queryset


class EnvironmentFilter(admin.SimpleListFilter):
    title = "environment"
    parameter_name = "environment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Connection.Environment.choices

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Connection]
    ) -> QuerySet[Connection]:
        value = self.value()
        if value not in Connection.Environment.values:
            return queryset
        return queryset.filter(of_environment(Connection.Environment(value)))


@admin.register(Connection)
class ConnectionAdmin(StoringAdmin):
    list_display: Any = (
        "host",
        "environment_label",
        "state_label",
        "credentials",
        "connected_at",
        "short_problem",
    )
    list_filter = ("state", EnvironmentFilter, CredentialsFilter)
    search_fields = (
        "pim_url",
        "client_id",
        "people__email",
        "people__firstname",
        "people__lastname",
    )
    list_before_template = "admin/connections/invite.html"
    ordering = ("pim_url",)
    actions: Any = ("invite", "announce", "enrich", "only_read")
    object_actions: ClassVar[Sequence[str]] = ("invite", "announce", "enrich", "only_read")
    readonly_fields = (
        "pim_url",
        "environment_label",
        "activate_url",
        "callback_url",
        "state_label",
        "problem",
        "connected_at",
        "disconnected_at",
        "granted",
        "not_granted",
        "enrichment",
        "credentials",
        "created_at",
    )
    _in_akeneo = (
        "In Akeneo",
        {
            "fields": ("activate_url", "callback_url"),
            "description": (
                "Create a custom app in Akeneo under Connect → App Store and paste these two "
                "addresses there. Enter above the client id and the secret that it shows. Then "
                "click Connect in Akeneo."
            ),
        },
    )

    def get_storing_form(self, request: HttpRequest, row: Connection | None) -> type[StoringForm]:
        return CredentialsForm if row else RegistrationForm

    def get_readonly_fields(
        self, request: HttpRequest, obj: Connection | None = None
    ) -> tuple[str, ...]:
        return self.readonly_fields if obj else ("activate_url", "callback_url")

    def get_fieldsets(self, request: HttpRequest, obj: Connection | None = None) -> Any:
        if obj is None:
            about = ("pim_url", "which_environment", "in_time_zone")
            fields: tuple[str, ...] = (*about, "client_id", "new_secret")
            return [(None, {"fields": fields}), self._in_akeneo]
        may_change = self.has_change_permission(request, obj)
        own = ("client_id", "new_secret") if may_change else ("credentials", "client_id")
        in_time_zone = "in_time_zone" if may_change else "time_zone"
        which_environment = "which_environment" if may_change else "environment_label"
        what = (which_environment, in_time_zone)
        when = ("connected_at", "disconnected_at") if obj.disconnected_at else ("connected_at",)
        why = ("problem",) if obj.problem else ()
        return [
            (None, {"fields": ("pim_url", "state_label", *why, *when, *what)}),
            ("What the PIM granted", {"fields": ("granted", "not_granted", "enrichment")}),
            ("Custom app", {"fields": own}),
            self._in_akeneo,
        ]

    def get_tables(self, request: HttpRequest, row: Connection) -> list[Table]:
        people = row.people.order_by("-last_seen_at", "pk")
        number = people.count()
        rows = [
            (link_to(one), one.email, one.get_role_display(), moment(one.last_seen_at))
            for one in people[:_PEOPLE_SHOWN]
        ]
        url = changelist_url(PimUser, connection__id__exact=row.pk)
        more = link(url, f"All {number} people") if number > _PEOPLE_SHOWN else ""
        title = "People who opened the app from this PIM"
        headers = ("Name", "Email", "Role", "Last seen")
        return [Table(title, headers, rows, more), *refusals_of(row)]

    def get_object_actions(self, request: HttpRequest, row: Connection) -> Sequence[str]:
        announce = ("announce",) if row.is_connected else ()
        return ("invite", *announce, "enrich" if row.enriched_since is None else "only_read")

    @admin.action(description="Tell the PIM which scopes are wanted", permissions=["change"])
    def announce(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        for connection in queryset:
            try:
                announce_scopes(connection)
            except OutboundError as error:
                self.message_user(request, f"{connection}: {error.message}", messages.ERROR)
            else:
                said = f"{connection} was told; its app managers are asked if anything is new."
                self.message_user(request, said, messages.SUCCESS)

    @admin.action(description="Let values be written into it", permissions=["change"])
    def enrich(self, request: HttpRequest, queryset: ConnectionQuerySet) -> None:
        for connection in queryset:
            if connection.enriched_since is None:  # else it may create attributes no more
                switch_on(connection)
            said = (
                f"Enrichment is on for {connection}. Somebody who manages apps there has to open "
                "Ferry once and approve what it asks for."
            )
            self.message_user(request, said, messages.SUCCESS)
        self.announce(request, queryset.connected())

    @admin.action(description="Only read from it", permissions=["change"])
    def only_read(self, request: HttpRequest, queryset: ConnectionQuerySet) -> None:
        for connection in queryset:
            switch_off(connection)
            said = f"Enrichment is off for {connection}: nothing is written there any more."
            self.message_user(request, said, messages.SUCCESS)
        self.announce(request, queryset.connected())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """People go with their PIM, though nobody may delete them one by one."""
        rows, counts, missing, protected = super().get_deleted_objects(objs, request)
        missing.discard(PimUser._meta.verbose_name)
        return rows, counts, missing, protected

    def delete_model(self, request: HttpRequest, obj: Connection) -> None:
        """The token goes with it, so whoever reads the audit trail is told of both."""
        disconnect(obj)
        audit.record(Action.ERASED, obj, obj.host)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        with transaction.atomic():
            for connection in queryset:
                self.delete_model(request, connection)

    @admin.action(description="Invite its administrator", permissions=["change"])
    def invite(self, request: HttpRequest, queryset: QuerySet[Connection]) -> HttpResponse:
        """Make a link with which the PIM's administrator enters its credentials."""
        return invite_and_tell(request, list(queryset.order_by("pk")))

    @admin.display(description="PIM", ordering="pim_url")
    def host(self, row: Connection) -> str:
        return row.host

    @admin.display(description="state", ordering="state")
    def state_label(self, row: Connection) -> SafeString:
        return label(row.get_state_display(), _COLOURS[_State(row.state)])

    @admin.display(description="environment")
    def environment_label(self, row: Connection) -> SafeString:
        environment = environment_of(row)
        is_sandbox = environment == Connection.Environment.SANDBOX
        return label(environment.label, "warning" if is_sandbox else "")

    @admin.display(description="credentials", ordering="client_id")
    def credentials(self, row: Connection) -> str:
        return "Custom app" if row.client_id else "Published app"

    @admin.display(description="problem")
    def short_problem(self, row: Connection) -> str:
        return Truncator(row.problem).chars(80)

    @admin.display(description="Activate URL")
    def activate_url(self, row: Connection) -> SafeString:
        return _address("connections:activate")

    @admin.display(description="Callback URL")
    def callback_url(self, row: Connection) -> SafeString:
        return _address("connections:callback")

    @admin.display(description="granted scopes")
    def granted(self, row: Connection) -> str:
        return ", ".join(row.scopes) or "None yet."

    @admin.display(description="values are written into it")
    def enrichment(self, row: Connection) -> str:
        if row.enriched_since is None:
            return "No: it is only read."
        attributes = " Attributes may be created." if row.may_create_attributes else ""
        return f"Since {moment(row.enriched_since)}.{attributes}"

    @admin.display(description="what does not work")
    def not_granted(self, row: Connection) -> SafeString | str:
        if not row.is_connected:
            return "Nothing works until it is connected."
        missing = missing_abilities(row)
        if not missing:
            return "Everything was granted."
        lines = format_html_join(
            "", "<li>{}: {}</li>", ((ability.label, ability.without) for ability in missing)
        )
        return format_html(
            "<ul>{}</ul>Somebody who manages apps in the PIM has to open the app once and approve "
            "what it asks for.",
            lines,
        )


def _address(view: str) -> SafeString:
    """An address of ours that a click selects as a whole, to be pasted into Akeneo."""
    url = f"{settings.BASE_URL}{reverse(view)}"
    return format_html('<code style="user-select: all">{}</code>', url)
