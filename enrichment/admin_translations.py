"""Requests for translations in admin: what people want to have translated, and where it stands."""

from collections.abc import Sequence

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from connections.admin_base import ReadOnlyAdmin, label, link_to
from enrichment.models import TranslationRequest
from enrichment.translations import requests

_State = TranslationRequest.State
_COLOURS = {
    _State.WORKING: "info",
    _State.COUNTED: "warning",
    _State.DONE: "success",
    _State.STOPPED: "danger",
}


@admin.register(TranslationRequest)
class TranslationRequestAdmin(ReadOnlyAdmin):
    list_display = ("languages", "kind", "pim", "state_label", "texts", "asked_by", "why")
    list_filter = ("kind", "state", "connection")
    search_fields = ("asked_by", "catalog_name")
    list_select_related = ("connection",)
    ordering = ("-pk",)
    actions = ("stop",)
    fields = (
        *("languages", "kind", "pim", "state_label", "problem", "only", "attributes", "scopes"),
        *("catalog_name", "identifiers", "read", "texts", "characters", "remembered", "size"),
        *("offer_link", "asked_by", "confirmed_by", "confirmed_at", "tries", "not_before"),
        *("created_at", "finished_at"),
    )
    readonly_fields = ("languages", "pim", "state_label", "offer_link")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("enrichment.change_source"))

    def get_object_actions(self, request: HttpRequest, row: TranslationRequest) -> Sequence[str]:
        return ("stop",) if row.state in TranslationRequest.UNDER_WAY else ()

    @admin.action(description="Stop", permissions=["steer"])
    def stop(self, request: HttpRequest, queryset: QuerySet[TranslationRequest]) -> None:
        number = sum(map(requests.stop, queryset))
        noun = "request was" if number == 1 else "requests were"
        self.message_user(request, f"{number:,} {noun} stopped.", messages.SUCCESS)

    @admin.display(description="languages")
    def languages(self, row: TranslationRequest) -> str:
        return str(row)

    @admin.display(description="PIM", ordering="connection")
    def pim(self, row: TranslationRequest) -> SafeString | str:
        return link_to(row.connection)

    @admin.display(description="offer")
    def offer_link(self, row: TranslationRequest) -> SafeString | str:
        return link_to(row.offer)

    @admin.display(description="state", ordering="state")
    def state_label(self, row: TranslationRequest) -> SafeString:
        return label(row.get_state_display(), _COLOURS[_State(row.state)])

    @admin.display(description="problem")
    def why(self, row: TranslationRequest) -> str:
        return Truncator(row.problem).chars(80)
