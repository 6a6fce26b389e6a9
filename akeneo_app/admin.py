"""The admin of packages we use, in the look of ours: schedules, sign-ins, staff."""

from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from connections.admin_base import ReadOnlyAdmin, UnfoldAdmin, label, register_anew

if TYPE_CHECKING:
    DjangoUserAdmin = auth_admin.UserAdmin[User]
else:
    DjangoUserAdmin = auth_admin.UserAdmin

for schedule in (ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule):
    admin.site.unregister(schedule)  # parts of a task: nobody looks for them alone


@register_anew(PeriodicTask)
class PeriodicTaskAdmin(ReadOnlyAdmin):
    """What the scheduler starts, and when it last did.

    Each follows a catalog or the settings, so a change here would be undone.
    """

    list_display = ("name", "description", "enabled", "how_often", "last_run_at", "total_run_count")
    list_filter = ("enabled", "task")
    search_fields = ("name", "task", "description")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    ordering = ("name",)
    fields = (
        "name",
        "description",
        "enabled",
        "task",
        "args",
        "how_often",
        "expire_seconds",
        "last_run_at",
        "total_run_count",
        "date_changed",
    )
    readonly_fields = ("how_often",)

    @admin.display(description="how often")
    def how_often(self, row: Any) -> str:
        return str(row.scheduler).capitalize()


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Failed sign-ins of staff. Deleting one lets the person try again at once.

    What was typed is not shown: some type a password where the name belongs.
    """

    list_display = ("username", "ip_address", "attempt_time", "failures_since_start", "standing")
    list_filter = ("attempt_time",)
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
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = ("username", "ip_address", "user_agent", "path_info", "attempt_time", "logout_time")


@register_anew(User)
class UserAdmin(DjangoUserAdmin, UnfoldAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@register_anew(Group)
class GroupAdmin(auth_admin.GroupAdmin, UnfoldAdmin):
    pass
