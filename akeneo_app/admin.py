"""The admin of packages we use, in the look of ours: sign-ins, staff, and schedules beside it."""

from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from akeneo_app.admin_schedules import PeriodicTaskAdmin
from connections.admin_base import ReadOnlyAdmin, UnfoldAdmin, label, register_anew
from connections.paging import BoundedPaginator

__all__ = ["PeriodicTaskAdmin"]  # registered there

if TYPE_CHECKING:
    DjangoAdmin = admin.ModelAdmin[Any]
    DjangoUserAdmin = auth_admin.UserAdmin[User]
else:
    DjangoAdmin = object
    DjangoUserAdmin = auth_admin.UserAdmin


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Failed sign-ins of staff. Deleting one lets the person try again at once.

    What was typed is not shown: some type a password where the name belongs.
    """

    list_display = ("username", "ip_address", "attempt_time", "failures_since_start", "standing")
    list_filter = ("attempt_time",)
    date_hierarchy = "attempt_time"
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = (
        "username",
        "ip_address",
        "user_agent",
        "path_info",
        "attempt_time",
        "failures_since_start",
        "standing",
    )
    readonly_fields = ("standing",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return UnfoldAdmin.has_delete_permission(self, request, obj)

    @admin.display(description="standing")
    def standing(self, row: Any) -> SafeString:
        if row.failures_since_start >= settings.AXES_FAILURE_LIMIT:
            return label("Locked out", "danger")
        return label("May try again")


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin):
    list_display = ("username", "ip_address", "attempt_time", "logout_time")
    list_filter = ("attempt_time",)
    date_hierarchy = "attempt_time"
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = ("username", "ip_address", "user_agent", "path_info", "attempt_time", "logout_time")


class OnlyForSuperusers(DjangoAdmin):
    """Whoever may give permissions could give all of them, to themselves as well."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


@register_anew(User)
class UserAdmin(OnlyForSuperusers, DjangoUserAdmin, UnfoldAdmin):
    list_display = ("username", "email", "first_name", "last_name", "roles", "is_active")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    paginator = BoundedPaginator
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    # Django's two lists beside each other cannot be used by everybody. People get roles; what a
    # role may do stands with the role.
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (
            gettext_lazy("Permissions"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups")},
        ),
        (gettext_lazy("Important dates"), {"fields": ("last_login", "date_joined")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, row: User) -> str:
        if row.is_superuser:
            return gettext("Superuser, may do everything")
        return ", ".join(str(group) for group in row.groups.all()) or gettext("None")


@register_anew(Group)
class GroupAdmin(OnlyForSuperusers, auth_admin.GroupAdmin, UnfoldAdmin):
    filter_horizontal = ()
    paginator = BoundedPaginator


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
