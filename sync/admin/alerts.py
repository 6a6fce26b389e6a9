"""Alerts in admin: who is told how, and what became of each message."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from connections.admin_base import ReadOnlyAdmin
from connections.models import Connection
from sync.models import AlertMessage, AlertSettings, AlertWebhook, Notice


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    _STATES = {
        "sent": ("Sent", Q(sent_at__isnull=False)),
        "waits": ("Waits", Q(sent_at=None, given_up_at=None)),
        "given_up": ("Given up", Q(given_up_at__isnull=False)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, words) for name, (words, _) in self._STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = self._STATES.get(self.value() or "")
        return queryset.filter(known[1]) if known else queryset


@admin.register(AlertMessage)
class AlertMessageAdmin(ReadOnlyAdmin):
    list_display = ("due_at", "kind", "notice", "connection", "to", "sent_at", "tries", "problem")
    list_filter = (StateFilter, "kind", "connection")
    search_fields = ("reader__address",)  # for the field to be there: get_search_results() looks
    search_help_text = gettext_lazy("Part of an address, of a PIM's address or a catalog's name.")
    list_select_related = (
        *("connection", "notice", "staff", "webhook__connection", "reader__user__connection"),
    )
    ordering = ("-due_at", "-pk")
    fields = (
        *("kind", "notice", "connection", "to", "day", "in_digest"),
        *("due_at", "not_before", "tries", "sent_at", "given_up_at", "problem", "uuid"),
        "created_at",
    )
    readonly_fields = ("to",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AlertMessage], search_term: str
    ) -> tuple[QuerySet[AlertMessage], bool]:
        """Look through the few readers, PIMs and catalogs, and not once for each message."""
        if not search_term:
            return queryset, False
        readers = AlertSettings.objects.filter(address__icontains=search_term)
        pims = Connection.objects.filter(pim_url__icontains=search_term)
        notices = Notice.objects.filter(catalog__name__icontains=search_term)
        found = Q(reader__in=readers) | Q(connection__in=pims) | Q(notice__in=notices)
        return queryset.filter(found), False

    @admin.display(description=gettext_lazy("to"))
    def to(self, row: AlertMessage) -> str:
        return str(row.reader.user if row.reader else row.webhook or row.staff or "")


@admin.register(AlertSettings)
class AlertSettingsAdmin(ReadOnlyAdmin):
    list_display = ("user", "connection", "address", "confirmed_at", "how", "hour", "problem")
    list_filter = (
        *("how", "user__connection"),
        *(("confirmed_at", admin.EmptyFieldListFilter), ("problem", admin.EmptyFieldListFilter)),
    )
    search_fields = ("address", "user__lastname", "user__firstname", "user__connection__pim_url")
    list_select_related = ("user__connection",)
    fields = (
        *("user", "connection", "address", "confirmed_at", "how", "hour", "language", "problem"),
        *("created_at", "updated_at"),
    )
    readonly_fields = ("connection",)

    @admin.display(description="PIM", ordering="user__connection__pim_url")
    def connection(self, row: AlertSettings) -> str:
        return str(row.user.connection)


@admin.register(AlertWebhook)
class AlertWebhookAdmin(ReadOnlyAdmin):
    list_display = ("connection", "url", "answered_at", "problem", "not_before")
    list_filter = (("problem", admin.EmptyFieldListFilter),)
    search_fields = ("connection__pim_url", "url")
    list_select_related = ("connection",)
    fields = (
        *("connection", "url", "answered_at", "problem", "not_before"),
        *("created_at", "updated_at"),
    )
