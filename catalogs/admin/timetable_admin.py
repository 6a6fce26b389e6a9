"""Timetables in admin: hours and freezes are added and taken out, through the same functions as on
the pages."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from catalogs.admin.labels import ChannelField
from catalogs.models import Channel, Freeze, Window
from catalogs.timetables import add_freeze, add_window, remove
from catalogs.wording import DAYS, on_the_clock
from connections.admin_base import label, link_to
from connections.admin_forms import StoringAdmin, StoringForm, clock_field, moment_field


class _TimetableForm(StoringForm):
    channel = ChannelField(
        Channel.objects.filter(removing_since=None).select_related("connection"),
        empty_label="Choose a channel",
        widget=UnfoldAdminSelect2Widget,
    )


class WindowForm(_TimetableForm):
    allows = forms.TypedChoiceField(
        label="In these hours",
        coerce=lambda value: value == "yes",
        choices=[("yes", "Send only in these hours"), ("no", "Send nothing in these hours")],
        widget=forms.RadioSelect,
        initial="yes",
    )
    days = forms.TypedMultipleChoiceField(
        label="On these days",
        coerce=int,
        choices=list(enumerate(DAYS, start=1)),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day of the week."},
    )
    begins = clock_field(label="From", help_text="In the time zone of the PIM.")
    ends = clock_field(label="To", help_text="A time before “from” is on the next day.")

    class Meta:
        model = Window
        fields: tuple[str, ...] = ()

    def store(self) -> Model:
        return add_window(**self.cleaned_data)


class FreezeForm(_TimetableForm):
    reason = forms.CharField(
        max_length=200,
        label="What for",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    )
    begins_at = moment_field(label="From (UTC)", help_text="", required=True)
    ends_at = moment_field(label="To (UTC)", help_text="", required=True)

    class Meta:
        model = Freeze
        fields: tuple[str, ...] = ()

    def store(self) -> Model:
        return add_freeze(**self.cleaned_data)


class _TimetableAdmin(StoringAdmin):
    search_fields: ClassVar[Any] = ("channel__name", "channel__connection__pim_url")
    list_filter: ClassVar[Any] = ("channel", "channel__connection")
    list_select_related = ("channel__connection",)
    ordering: ClassVar[Any] = ("channel__name", "channel", "pk")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Take it out and add another: so the audit trail tells both."""
        return False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        remove(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset.select_related("channel__connection"):
            remove(row)

    @admin.display(description="channel", ordering="channel__name")
    def channel_link(self, row: Window | Freeze) -> SafeString | str:
        return link_to(row.channel)

    @admin.display(description="time zone")
    def zone(self, row: Window | Freeze) -> str:
        return str(row.channel.connection.zone)


@admin.register(Window)
class WindowAdmin(_TimetableAdmin):
    list_display = ("hours", "channel_link", "zone")
    list_filter = ("allows", *_TimetableAdmin.list_filter)
    readonly_fields = ("hours", "channel_link", "zone", "created_at")

    def get_storing_form(self, request: HttpRequest, row: Window | None) -> type[StoringForm]:
        return WindowForm

    def get_readonly_fields(self, request: HttpRequest, obj: Window | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Window | None = None) -> Any:
        fields = self.readonly_fields if obj else ("channel", "allows", "days", "begins", "ends")
        return [(None, {"fields": fields})]

    @admin.display(description="hours")
    def hours(self, row: Window) -> str:
        return str(row)


@admin.register(Freeze)
class FreezeAdmin(_TimetableAdmin):
    list_display = ("reason", "channel_link", "begins", "ends", "standing")
    search_fields = ("reason", *_TimetableAdmin.search_fields)
    ordering = ("-begins_at", "pk")
    readonly_fields = ("reason", "channel_link", "begins", "ends", "standing", "created_at")

    def get_storing_form(self, request: HttpRequest, row: Freeze | None) -> type[StoringForm]:
        return FreezeForm

    def get_readonly_fields(self, request: HttpRequest, obj: Freeze | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Freeze | None = None) -> Any:
        fields = self.readonly_fields if obj else ("channel", "reason", "begins_at", "ends_at")
        return [(None, {"fields": fields})]

    @admin.display(description="from", ordering="begins_at")
    def begins(self, row: Freeze) -> str:
        return on_the_clock(row.begins_at, row.channel.connection.zone)

    @admin.display(description="to", ordering="ends_at")
    def ends(self, row: Freeze) -> str:
        return on_the_clock(row.ends_at, row.channel.connection.zone)

    @admin.display(description="note")
    def standing(self, row: Freeze) -> SafeString | str:
        return label("In force", "warning") if row.is_in_force else ""
