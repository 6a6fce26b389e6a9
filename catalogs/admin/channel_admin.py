"""Channels in admin: their settings go in through the form that their kind declares."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from catalogs.admin.labels import PauseFilter, pim_state_label
from catalogs.admin.pausing import FIELDS as PAUSE_FIELDS
from catalogs.admin.pausing import PausingForm
from catalogs.channels import change_channel, check_channel, create_channel
from catalogs.forms import entered_settings, fields_in_groups, setting_fields, show_error
from catalogs.models import Catalog, Channel, pause_holds
from catalogs.own_fields import first_look
from catalogs.pauses import pause, resume
from catalogs.timetables import closing_of, freeze_in_words, present_freezes
from channels.base import ChannelAdapter
from channels.field_types import type_in_words
from channels.registry import KINDS, adapter_class, kinds
from channels.targets import GONE
from connections.admin_base import Table, changelist_url, label, link, link_to, may_either, once
from connections.admin_forms import StoringAdmin, StoringForm, dress
from connections.models import Connection
from outbound.errors import OutboundError


class ChannelForm(PausingForm):
    """Subclassed for each kind, with the fields of its settings."""

    kind: type[ChannelAdapter]
    any_folder: bool  # of this server, and not only those below FILE_CHANNEL_FOLDERS

    name = forms.CharField(
        max_length=100,
        help_text="What people call the shop or feed.",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    )

    class Meta:
        model = Channel
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("name", self.instance.name)

    def store(self) -> Model:
        channel: Channel = self.instance
        values = entered_settings(self.kind, self.cleaned_data)
        change_channel(
            channel, name=self.cleaned_data["name"], values=values, by_staff=self.any_folder
        )
        self.store_pause(channel)
        return channel

    def show_refusal(self, error: OutboundError) -> None:
        show_error(self, error)


class NewChannelForm(ChannelForm):
    # A channel is not paused from the start.
    paused = pause_reason = pause_ends_at = None  # type: ignore[assignment]  # Django's way
    connection = forms.ModelChoiceField(
        Connection.objects.all(),
        label="PIM",
        empty_label="Choose a PIM",
        help_text="Where its products come from. This cannot be changed later.",
        widget=UnfoldAdminSelectWidget,
    )

    def store(self) -> Model:
        return create_channel(
            self.cleaned_data["connection"],
            name=self.cleaned_data["name"],
            kind=self.kind.kind,
            values=entered_settings(self.kind, self.cleaned_data),
            by_staff=self.any_folder,
        )


def _fields(row: Channel) -> list[Table]:
    """Its own fields, if it has any; managers change them on the channel's page."""
    rows = [
        (one.title, one.code, type_in_words(one), GONE.strip("()") if one.is_gone else "")
        for one in row.targets
    ]
    return [Table("Its own fields", ("Field", "Code", "What it holds", ""), rows)] if rows else []


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return kinds()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Channel]) -> QuerySet[Channel]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Channel)
class ChannelAdmin(StoringAdmin):
    list_display = ("name", "kind_label", "pim", "catalog_count", "created_at", "standing")
    list_filter = (
        KindFilter,
        PauseFilter,
        "connection",
        ("removing_since", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "connection__pim_url", "catalogs__name")
    list_select_related = ("connection",)
    ordering = ("name", "pk")
    readonly_fields = ("pim", "kind_label", "stored", "sending", "created_at", "updated_at")
    actions = ("check_channels", "pause_channels", "resume_channels")
    object_actions = ("check_channels",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(catalog_number=Count("catalogs"))

    def has_change_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        is_going = obj is not None and obj.removing_since is not None
        return super().has_change_permission(request, obj) and not is_going

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        """Only where it is known what stands on the channel: a higher room decides."""
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Ask for the kind first: it says what there is to fill in."""
        if request.GET.get("kind") in KINDS or not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        chosen = {key: request.GET[key] for key in ("connection",) if key in request.GET}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Add channel",
            "kinds": [
                {
                    "label": adapter.label,
                    "description": adapter.description,
                    "url": f"{request.path}?{urlencode({**chosen, 'kind': kind})}",
                }
                for kind, adapter in KINDS.items()
            ],
        }
        return TemplateResponse(request, "admin/catalogs/channel/choose_kind.html", context)

    def get_storing_form(self, request: HttpRequest, row: Channel | None) -> type[StoringForm]:
        kind = adapter_class(row.kind if row else request.GET["kind"])
        base = ChannelForm if row else NewChannelForm
        fields = {name: dress(field) for name, field in setting_fields(kind, row).items()}
        # A file in the wrong folder is a way to everything: that is for who has everything.
        any_folder = bool(getattr(request.user, "is_superuser", False))
        known = {"kind": kind, "any_folder": any_folder}
        return cast(type[StoringForm], type(base.__name__, (base,), {**known, **fields}))

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        """The form has stored it; a new one is asked for its own fields."""
        if not change and (look := first_look(obj)).remark:
            self.message_user(request, look.remark, messages.WARNING)

    def get_fieldsets(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        kind = adapter_class(obj.kind if obj else request.GET["kind"])
        settings = [
            (
                group.label if group else kind.label,
                {"fields": names, "classes": ["collapse"] if group and group.for_some else []},
            )
            for group, names in fields_in_groups(kind)
        ]
        if obj is None:
            about = {"fields": ["connection", "name"], "description": kind.description}
            return [(None, about), *settings]
        if self.has_change_permission(request, obj):
            return [
                (None, {"fields": ["name", "pim", "kind_label"]}),
                ("When it is sent", {"fields": ["sending", *PAUSE_FIELDS]}),
                *settings,
            ]
        return [(None, {"fields": ["name", "pim", "kind_label", "stored", "removing_since"]})]

    def get_tables(self, request: HttpRequest, row: Channel) -> list[Table]:
        catalogs = row.catalogs.order_by("position", "pk")
        rows = [
            (number, link_to(one), pim_state_label(one))
            for number, one in enumerate(catalogs, start=1)
        ]
        more = ""
        if row.removing_since is None and request.user.has_perm("catalogs.add_catalog"):
            url = f"{reverse('admin:catalogs_catalog_add')}?{urlencode({'channel': row.pk})}"
            more = link(url, "Add a catalog")
        headers = ("Order", "Catalog", "In the PIM")
        catalogs_table = Table("Catalogs that feed it", headers, rows, more)
        return [catalogs_table, *_fields(row), self._timetable(request, row)]

    def has_check_permission(self, request: HttpRequest) -> bool:
        return may_either(request, "catalogs.check_channel", "catalogs.change_channel")

    @admin.action(description="Check that it can be reached", permissions=["check"])
    def check_channels(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        reached = 0
        for channel in queryset:
            try:
                remark = check_channel(channel)
            except OutboundError as error:
                self.message_user(request, f"{channel}: {error.message}", messages.ERROR)
            else:
                reached += 1
                if remark:
                    self.message_user(request, f"{channel}: {remark}", messages.WARNING)
        if reached:
            sentence = ngettext(
                "%d channel can be reached and accepts this app.",
                "%d channels can be reached and accept this app.",
                reached,
            )
            self.message_user(request, sentence % reached, messages.SUCCESS)

    @admin.action(description="Pause", permissions=["change"])
    def pause_channels(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        channels = list(queryset.exclude(pause_holds()).filter(removing_since=None))
        for channel in channels:
            pause(channel)
        sentence = ngettext("%d channel was paused.", "%d channels were paused.", len(channels))
        level = messages.SUCCESS if channels else messages.INFO
        self.message_user(request, sentence % len(channels), level)

    @admin.action(description="Resume", permissions=["change"])
    def resume_channels(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        resumed = sum(resume(channel) for channel in queryset.filter(pause_holds()))
        sentence = ngettext("%d channel was resumed.", "%d channels were resumed.", resumed)
        level = messages.SUCCESS if resumed else messages.INFO
        self.message_user(request, sentence % resumed, level)

    def _timetable(self, request: HttpRequest, row: Channel) -> Table:
        rows = [
            *((link_to(window), "") for window in row.windows.all()),
            *(
                (link_to(freeze), freeze_in_words(freeze))
                for freeze in present_freezes().filter(channel=row)
            ),
        ]
        more: list[SafeString] = []
        if row.removing_since is None and request.user.has_perm("catalogs.add_window"):
            url = f"{reverse('admin:catalogs_window_add')}?{urlencode({'channel': row.pk})}"
            more.append(link(url, "Add hours"))
        if row.removing_since is None and request.user.has_perm("catalogs.add_freeze"):
            url = f"{reverse('admin:catalogs_freeze_add')}?{urlencode({'channel': row.pk})}"
            more.append(link(url, "Add a freeze"))
        links = format_html_join(" · ", "{}", ((one,) for one in more))
        return Table("Its timetable", ("Hours and freezes", "When"), rows, links)

    @admin.display(description="sending")
    @once
    def sending(self, row: Channel) -> str:
        closing = closing_of(row)
        return closing.sentence if closing else "Changes are sent at present."

    @admin.display(description="kind", ordering="kind")
    def kind_label(self, row: Channel) -> str:
        return dict(kinds()).get(row.kind, row.kind)

    @admin.display(description="PIM", ordering="connection__pim_url")
    def pim(self, row: Channel) -> SafeString | str:
        return link_to(row.connection)

    @admin.display(description="catalogs", ordering="catalog_number")
    def catalog_count(self, row: Any) -> SafeString | str:
        if not row.catalog_number:
            return "0"
        return link(changelist_url(Catalog, channel__id__exact=row.pk), row.catalog_number)

    @admin.display(description="note")
    def standing(self, row: Channel) -> SafeString | str:
        if row.removing_since:
            return label("Being removed", "warning")
        return label("Paused", "warning") if row.is_paused else ""

    @admin.display(description="settings")
    def stored(self, row: Channel) -> str:
        """What is stored, of secrets only which there are."""
        lines = []
        for setting in adapter_class(row.kind).settings:
            value = row.settings.get(setting.name, setting.default)
            if setting.secret:
                value = "stored, never shown" if row.secrets.get(setting.name) else "none"
            lines.append(f"{setting.label}: {value or '–'}")
        return "\n".join(lines)
