"""Sources in admin: where values come from, when each is looked at, and which files were seen."""

from collections.abc import Sequence
from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from connections.admin_base import ReadOnlyAdmin, Table, changelist_url, link, link_to
from connections.audit import present_actor
from enrichment.models import Source, SourceFile
from enrichment.sources import look_now, set_paused, why_not_looked_at


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "pim", "location", "every", "is_paused", "looked_at", "why")
    list_filter = ("kind", "is_paused", "connection")
    search_fields = ("name", "location")
    list_select_related = ("connection",)
    ordering = ("name", "pk")
    actions = ("pause", "resume", "look")
    object_actions: ClassVar[Sequence[str]] = actions
    fields = (
        *("name", "kind", "pim", "location", "every", "is_paused"),
        *("approved", "may_create", "may_create_options", "empty_erases"),
        *("looked_at", "next_look_at", "problem", "created_at"),
    )
    readonly_fields = ("pim",)

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("enrichment.change_source"))

    def get_object_actions(self, request: HttpRequest, row: Source) -> Sequence[str]:
        if row.is_paused:
            return ("resume",)
        return ("pause", "look") if row.is_looked_at else ("pause",)

    def get_tables(self, request: HttpRequest, row: Source) -> list[Table]:
        url = changelist_url(SourceFile, source__id__exact=row.pk)
        rows = [
            ("Seen", f"{row.files.count():,}"),
            ("With a problem", f"{row.files.exclude(problem='').count():,}"),
        ]
        return [Table("Its files", ("Files", "Number"), rows, link(url, "All files"))]

    @admin.action(description="Pause", permissions=["steer"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        self._set_paused(request, queryset, to=True)

    @admin.action(description="Resume", permissions=["steer"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        self._set_paused(request, queryset, to=False)

    @admin.action(description="Look now", permissions=["steer"])
    def look(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        for source in queryset.select_related("connection"):
            why_not = why_not_looked_at(source)
            if why_not:
                self.message_user(request, f"“{source}” is not looked at. {why_not}", messages.INFO)
                continue
            look_now(source, by=present_actor().name)
            self.message_user(request, f"“{source}” is looked at in a moment.", messages.SUCCESS)

    def _set_paused(self, request: HttpRequest, queryset: QuerySet[Source], *, to: bool) -> None:
        for source in queryset.select_related("connection"):
            set_paused(source, to=to)
            said = f"“{source}” is {'paused' if to else 'looked at again'}."
            self.message_user(request, said, messages.SUCCESS)

    @admin.display(description="PIM", ordering="connection")
    def pim(self, row: Source) -> SafeString | str:
        return link_to(row.connection)

    @admin.display(description="problem")
    def why(self, row: Source) -> str:
        return Truncator(row.problem).chars(80)


@admin.register(SourceFile)
class SourceFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "source", "size", "is_read", "read_at", "seen_at", "why")
    list_filter = ("is_read", "source")
    search_fields = ("name", "digest")
    list_select_related = ("source",)
    ordering = ("source", "name")
    fields = (
        *("name", "source_link", "size", "unchanged_since", "seen_at"),
        *("is_read", "read_at", "offer_link", "tries", "problem", "digest"),
    )
    readonly_fields = ("source_link", "offer_link")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "source__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="source")
    def source_link(self, row: SourceFile) -> SafeString | str:
        return link_to(row.source)

    @admin.display(description="offer")
    def offer_link(self, row: SourceFile) -> SafeString | str:
        return link_to(row.offer)

    @admin.display(description="problem")
    def why(self, row: SourceFile) -> str:
        return Truncator(row.problem).chars(80)
