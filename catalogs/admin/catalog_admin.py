"""Catalogs in admin: created, renamed and set here, and in the PIM with it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalogs.admin.catalog_forms import CatalogForm, NewCatalogForm
from catalogs.admin.labels import PauseFilter, pim_state_label
from catalogs.admin.pausing import FIELDS as PAUSE_FIELDS
from catalogs.catalogs import (
    archive,
    look_at,
    restore,
)
from catalogs.content import CONTENT
from catalogs.models import Catalog, pause_holds
from catalogs.pauses import pause, paused_in_words, resume
from catalogs.wording import interval
from connections.admin_base import label, link_to, may_either, once
from connections.admin_forms import StoringAdmin, StoringForm
from connections.clients import client_for
from outbound.errors import OutboundError


class LifeFilter(admin.SimpleListFilter):
    title = "whether it is active"
    parameter_name = "life"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("active", "Active"),
            ("setting_up", _("Being set up")),
            ("archived", "Archived"),
            ("removing", "Being removed"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> QuerySet[Catalog]:
        match self.value():
            case "active":
                return queryset.filter(archived_at=None, removing_since=None)
            case "setting_up":
                active = queryset.filter(archived_at=None, removing_since=None)
                return active.filter(started_at=None)
            case "archived":
                return queryset.filter(archived_at__isnull=False)
            case "removing":
                return queryset.filter(removing_since__isnull=False)
        return queryset


@admin.register(Catalog)
class CatalogAdmin(StoringAdmin):
    list_display: Any = (
        "name",
        "channel_link",
        "pim",
        "pim_state_label",
        "schedule",
    )
    list_filter: ClassVar[Any] = (
        "pim_state",
        PauseFilter,
        LifeFilter,
        "channel",
        "channel__connection",
    )
    search_fields = ("name", "pim_catalog_id", "channel__name", "channel__connection__pim_url")
    ordering = ("channel__name", "channel", "position", "pk")
    list_select_related = ("channel__connection",)
    actions: Any = (
        "look_at_catalogs",
        "pause_catalogs",
        "resume_catalogs",
        "archive_catalogs",
        "restore_catalogs",
    )
    object_actions: ClassVar[Any] = ("look_at_catalogs",)
    standing_fields: ClassVar[Any] = ("pim_state_label", "configure")
    readonly_fields: ClassVar[Any] = (
        "channel_link",
        "pim",
        "pim_state_label",
        "configure",
        "pim_catalog_id",
        "place",
        "raw",
        "shape",
        "every",
        "pause_in_force",
        "started_at",
        "archived_at",
        "removing_since",
        "created_at",
    )

    def has_change_permission(self, request: HttpRequest, obj: Catalog | None = None) -> bool:
        is_going = obj is not None and obj.removing_since is not None
        return super().has_change_permission(request, obj) and not is_going

    def has_delete_permission(self, request: HttpRequest, obj: Catalog | None = None) -> bool:
        """Only where it is known what stands on the shop: a higher room decides."""
        return False

    def get_storing_form(self, request: HttpRequest, row: Catalog | None) -> type[StoringForm]:
        return CatalogForm if row else NewCatalogForm

    def get_readonly_fields(self, request: HttpRequest, obj: Catalog | None = None) -> Any:
        if obj is not None and self.has_change_permission(request, obj):
            own = ("every",)
            return [name for name in self.readonly_fields if name not in own]
        return self.readonly_fields if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Catalog | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("channel", "name", "every", "raw", "models")})]
        may_change = self.has_change_permission(request, obj)
        life = "archived" if may_change else "archived_at"
        pausing = PAUSE_FIELDS if may_change else ("pause_in_force",)
        going = ("removing_since",) if obj.removing_since else ()
        return [
            (None, {"fields": ("name", "every", *pausing, life, *going)}),
            ("Where it stands", {"fields": self.standing_fields}),
            *([("Content", {"fields": CONTENT})] if may_change and not obj.raw else []),
            ("From where to where", {"fields": ("pim", "channel_link", "place", "raw", "shape")}),
        ]

    def has_check_permission(self, request: HttpRequest) -> bool:
        return may_either(request, "catalogs.check_catalog", "catalogs.change_catalog")

    @admin.action(description="Ask the PIM whether enabled", permissions=["check"])
    def look_at_catalogs(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        asked = 0
        for catalog in queryset:
            try:
                look_at(catalog, client_for(catalog.connection, stop=lambda: True))
            except OutboundError as error:
                self.message_user(request, f"{catalog}: {error.message}", messages.ERROR)
            else:
                asked += 1
        if asked:
            sentence = ngettext(
                "The PIM was asked about %d catalog.", "The PIM was asked about %d catalogs.", asked
            )
            self.message_user(request, sentence % asked, messages.SUCCESS)

    @admin.action(description="Pause", permissions=["change"])
    def pause_catalogs(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        self._do(request, queryset.exclude(pause_holds()), pause, "paused")

    @admin.action(description="Resume", permissions=["change"])
    def resume_catalogs(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        self._do(request, queryset.filter(pause_holds()), resume, "resumed")

    @admin.action(description="Archive", permissions=["change"])
    def archive_catalogs(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        self._do(request, queryset.filter(archived_at=None), archive, "archived")

    @admin.action(description="Restore", permissions=["change"])
    def restore_catalogs(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        self._do(request, queryset.exclude(archived_at=None), restore, "restored")

    def _do(
        self,
        request: HttpRequest,
        catalogs: QuerySet[Catalog],
        change: Callable[[Catalog], Any],
        done: str,
    ) -> None:
        """Change those that are not on their way out; say how many, and keep a record."""
        changed = list(catalogs.filter(removing_since=None))
        for catalog in changed:
            change(catalog)
            self.log_change(request, catalog, done.capitalize())
        sentence = ngettext("%d catalog was %s.", "%d catalogs were %s.", len(changed))
        level = messages.SUCCESS if changed else messages.INFO
        self.message_user(request, sentence % (len(changed), done), level)

    @admin.display(description="channel", ordering="channel__name")
    def channel_link(self, row: Catalog) -> SafeString | str:
        return link_to(row.channel)

    @admin.display(description="PIM", ordering="channel__connection__pim_url")
    def pim(self, row: Catalog) -> SafeString | str:
        return link_to(row.connection)

    @admin.display(description="in the PIM", ordering="pim_state")
    def pim_state_label(self, row: Catalog) -> SafeString:
        return pim_state_label(row, in_short=True)

    @admin.display(description="schedule", ordering="every")
    def schedule(self, row: Catalog) -> SafeString | str:
        if life := self._life(row):
            return life
        if row.is_paused:
            return label("Paused", "warning")
        return interval(row.every).capitalize() if row.every else "When somebody asks"

    @admin.display(description="pause")
    def pause_in_force(self, row: Catalog) -> str:
        return capfirst(paused_in_words(row)) if row.is_paused else "None"

    def _life(self, row: Catalog) -> SafeString | str:
        """Say why no schedule applies to it; nothing if one does."""
        if row.removing_since is not None:
            return label("Being removed", "warning")
        if row.archived_at is not None:
            return label("Archived")
        return "" if row.is_started else label(gettext("Being set up"))

    @admin.display(description="place on the channel")
    @once
    def place(self, row: Catalog) -> str:
        order = list(row.channel.catalogs.order_by("position", "pk").values_list("pk", flat=True))
        place = f"{order.index(row.pk) + 1} of {len(order)}"
        if len(order) == 1:
            return place
        return f"{place}: a product in several catalogs is carried by the first."

    @admin.display(description="selection and mapping")
    def configure(self, row: Catalog) -> SafeString:
        return format_html(
            '<a href="{}" class="text-link" target="_blank" rel="noopener">Configure in Akeneo</a>',
            row.configure_url,
        )
