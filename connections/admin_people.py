"""People of PIMs in admin: who came, and what they may do here."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from connections.admin_base import ReadOnlyAdmin, link_to
from connections.models import PimUser
from connections.people import change_role, end_sessions
from outbound.errors import ConfigurationError

_Role = PimUser.Role


@admin.register(PimUser)
class PimUserAdmin(ReadOnlyAdmin):
    """Rows that sign-ins write; staff change the role, and end sessions."""

    list_display = ("name", "email", "pim", "role", "last_seen_at")
    list_filter = ("role", "connection", "last_seen_at")
    search_fields = ("firstname", "lastname", "email", "connection__pim_url")
    list_select_related = ("connection",)
    ordering = ("-last_seen_at", "pk")
    fields = ("name", "email", "pim", "role", "iss", "sub", "last_seen_at", "created_at")
    readonly_fields = ("pim",)
    actions: Any = ("make_manager", "make_editor", "make_viewer", "sign_out_everywhere")
    object_actions: ClassVar[Any] = actions

    @admin.display(description="PIM", ordering="connection__pim_url")
    def pim(self, row: PimUser) -> SafeString | str:
        return link_to(row.connection)

    def get_object_actions(self, request: HttpRequest, row: PimUser) -> list[str]:
        return [name for name in self.object_actions if name != f"make_{row.role}"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Rows cannot be edited, so this is what the permission to change them is for."""
        return request.user.has_perm("connections.change_pimuser")

    @admin.action(description="Make manager", permissions=["operate"])
    def make_manager(self, request: HttpRequest, queryset: QuerySet[PimUser]) -> None:
        self._make(request, queryset, _Role.MANAGER)

    @admin.action(description="Make editor", permissions=["operate"])
    def make_editor(self, request: HttpRequest, queryset: QuerySet[PimUser]) -> None:
        self._make(request, queryset, _Role.EDITOR)

    @admin.action(description="Make viewer", permissions=["operate"])
    def make_viewer(self, request: HttpRequest, queryset: QuerySet[PimUser]) -> None:
        self._make(request, queryset, _Role.VIEWER)

    @admin.action(description="Sign out everywhere", permissions=["operate"])
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet[PimUser]) -> None:
        for user in queryset.select_related("connection"):
            end_sessions(user)
            self.message_user(request, f"{user} is signed out everywhere.", messages.SUCCESS)

    def _make(self, request: HttpRequest, queryset: QuerySet[PimUser], role: _Role) -> None:
        for user in queryset:
            try:
                change_role(user, role)
            except ConfigurationError as error:
                self.message_user(request, error.message, messages.ERROR)
            else:
                self.message_user(request, f"{user} is now {role.value}.", messages.SUCCESS)
