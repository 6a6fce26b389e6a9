"""Circuits in admin: who does not answer, and letting them be tried again at once."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from catalogs.wording import counted
from connections.admin_base import ReadOnlyAdmin, label, moment
from connections.models import Circuit
from sync.admin.parts import may
from sync.giving_way import close


class OpenFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", gettext_lazy("Open: nobody calls")),
            ("closed", gettext_lazy("Failed lately")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Circuit]) -> QuerySet[Circuit]:
        match self.value():
            case "open":
                return queryset.filter(failures__gte=Circuit.OPEN_AFTER)
            case "closed":
                return queryset.filter(failures__lt=Circuit.OPEN_AFTER)
        return queryset


@admin.register(Circuit)
class CircuitAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "connection",
        "state_label",
        "failures",
        "failing_since",
        "next_try",
        "short_problem",
    )
    list_filter = (OpenFilter, "connection")
    search_fields = ("name", "problem", "connection__pim_url")
    list_select_related = ("connection",)
    ordering = ("-failing_since", "-pk")
    fields = (
        "name",
        "connection",
        "state_label",
        "failures",
        "failing_since",
        "next_try",
        "problem",
    )
    readonly_fields = ("state_label", "next_try")
    actions = ("try_now",)
    object_actions: ClassVar[Sequence[str]] = ("try_now",)

    def has_try_now_permission(self, request: HttpRequest) -> bool:
        return may(request, "sync.add_run")

    @admin.action(description="Try again now", permissions=["try_now"])
    def try_now(self, request: HttpRequest, queryset: QuerySet[Circuit]) -> None:
        """Close them: the next call goes out, and runs that wait for them go on."""
        circuits = list(queryset.select_related("connection"))
        runs = sum(close(circuit) for circuit in circuits)
        said = f"{counted(len(circuits), 'circuit')} closed. {counted(runs, 'run')} that waited "
        said += f"go{'es' if runs == 1 else ''} on within half a minute."
        self.message_user(request, said, messages.SUCCESS)

    @admin.display(description="state", ordering="failures")
    def state_label(self, row: Circuit) -> SafeString:
        return label("Open", "danger") if row.is_open else label("Failed lately", "warning")

    @admin.display(description="next try", ordering="retry_at")
    def next_try(self, row: Circuit) -> str:
        return moment(row.next_try_at)

    @admin.display(description="problem")
    def short_problem(self, row: Circuit) -> str:
        return Truncator(row.problem).chars(80)
