"""Requests for translations in admin: what people of PIMs asked for, and what became of it."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from connections.admin_base import ReadOnlyAdmin, link_to
from enrichment.models import RequestedTranslation


@admin.register(RequestedTranslation)
class RequestedTranslationAdmin(ReadOnlyAdmin):
    list_display = ("name", "locale", "state", "asked_at", "checked_at", "source", "why")
    list_filter = ("state", "source__connection")
    search_fields = ("identifier", "key")
    list_select_related = ("source",)
    ordering = ("-asked_at", "-pk")
    fields = (
        *("subject", "key", "identifier", "locale", "source_link"),
        *("state", "problem", "items", "asked_at", "checked_at", "pim_updated"),
    )
    readonly_fields = ("source_link",)

    @admin.display(description="product", ordering="identifier")
    def name(self, row: RequestedTranslation) -> str:
        return row.identifier or row.key

    @admin.display(description="source")
    def source_link(self, row: RequestedTranslation) -> SafeString | str:
        return link_to(row.source)

    @admin.display(description="problem")
    def why(self, row: RequestedTranslation) -> str:
        return Truncator(row.problem).chars(80)
