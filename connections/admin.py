"""Connections in admin: which PIMs there are, with which credentials, and who came from there."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextInputWidget,
)

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
from connections.admin_forms import StoringAdmin, StoringForm
from connections.admin_installation import InstallationAdmin
from connections.admin_invitations import invite_and_tell
from connections.admin_people import PimUserAdmin
from connections.connections import change_credentials, register, set_time_zone
from connections.models import Connection, PimUser, time_zone_choices
from connections.scope_changes import announce_scopes
from outbound.errors import AddressRefused, OutboundError
from pim.urls import InvalidPimUrl, normalize_pim_url

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


class CredentialsForm(StoringForm):
    """The credentials of a PIM's custom app. The secret goes in and never comes out."""

    client_id = forms.CharField(
        max_length=100,
        required=False,
        label="Client id",
        help_text=(
            "Akeneo shows it when the custom app is created. Empty: the published app's is used, "
            "and a secret stored here is forgotten."
        ),
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "spellcheck": "false"}),
    )
    # Not named as the model's field: whoever may only look sees the model's value of a field.
    new_secret = forms.CharField(
        max_length=500,
        required=False,
        label="Client secret",
        widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password"}),
    )

    in_time_zone = forms.ChoiceField(
        required=False,
        label="Time zone",
        choices=time_zone_choices,
        help_text="Of its timetables, and of the times that its people see.",
        widget=UnfoldAdminSelect2Widget,
    )

    class Meta:
        model = Connection
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("client_id", self.instance.client_id)
        self.initial.setdefault("in_time_zone", self.instance.time_zone)
        self.fields["new_secret"].help_text = (
            "One is stored and never shown. Leave this empty to keep it."
            if self.instance.client_id
            else "Shown by Akeneo together with the client id. It is stored encrypted."
        )

    def store(self) -> Model:
        connection: Connection = self.instance
        change_credentials(
            connection,
            client_id=self.cleaned_data["client_id"],
            client_secret=self.cleaned_data["new_secret"],
        )
        set_time_zone(connection, self.cleaned_data["in_time_zone"])
        return connection

    def show_refusal(self, error: OutboundError) -> None:
        about_address = isinstance(error, (AddressRefused, InvalidPimUrl))
        self.add_error("pim_url" if about_address else "new_secret", error.message)


class RegistrationForm(CredentialsForm):
    """A PIM that is not known yet."""

    pim_url = forms.CharField(
        label="PIM address",
        help_text="Such as https://my-company.cloud.akeneo.com. It cannot be changed later.",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "spellcheck": "false"}),
    )

    field_order = ("pim_url", "client_id", "new_secret")

    def clean_pim_url(self) -> str:
        try:
            pim_url = normalize_pim_url(self.cleaned_data["pim_url"])
        except InvalidPimUrl as error:
            raise forms.ValidationError(error.message) from error
        if Connection.objects.filter(pim_url=pim_url).exists():
            raise forms.ValidationError(
                "This PIM is registered already. Open it in the list to change its credentials."
            )
        return pim_url

    def store(self) -> Model:
        connection = register(
            self.cleaned_data["pim_url"],
            client_id=self.cleaned_data["client_id"],
            client_secret=self.cleaned_data["new_secret"],
        )
        set_time_zone(connection, self.cleaned_data["in_time_zone"])
        return connection


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


@admin.register(Connection)
class ConnectionAdmin(StoringAdmin):
    list_display: Any = (
        "host",
        "state_label",
        "credentials",
        "connected_at",
        "short_problem",
    )
    list_filter = ("state", CredentialsFilter)
    search_fields = ("pim_url", "client_id", "people__email", "people__lastname")
    list_before_template = "admin/connections/invite.html"
    ordering = ("pim_url",)
    actions: Any = ("invite", "announce")
    object_actions: ClassVar[Sequence[str]] = ("invite", "announce")
    readonly_fields = (
        "pim_url",
        "activate_url",
        "callback_url",
        "state_label",
        "problem",
        "connected_at",
        "disconnected_at",
        "granted",
        "not_granted",
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
            fields: tuple[str, ...] = ("pim_url", "in_time_zone", "client_id", "new_secret")
            return [(None, {"fields": fields}), self._in_akeneo]
        may_change = self.has_change_permission(request, obj)
        own = ("client_id", "new_secret") if may_change else ("credentials", "client_id")
        time_zone = "in_time_zone" if may_change else "time_zone"
        when = ("connected_at", "disconnected_at") if obj.disconnected_at else ("connected_at",)
        why = ("problem",) if obj.problem else ()
        return [
            (None, {"fields": ("pim_url", "state_label", *why, *when, time_zone)}),
            ("What the PIM granted", {"fields": ("granted", "not_granted")}),
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
        return ("invite", "announce") if row.is_connected else ("invite",)

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

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """People go with their PIM, though nobody may delete them one by one."""
        rows, counts, missing, protected = super().get_deleted_objects(objs, request)
        missing.discard(PimUser._meta.verbose_name)
        return rows, counts, missing, protected

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

    @admin.display(description="what does not work")
    def not_granted(self, row: Connection) -> SafeString | str:
        if not row.is_connected:
            return "Nothing works until it is connected."
        missing = missing_abilities(row.scopes)
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
