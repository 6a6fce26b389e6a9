"""Orders for translations in admin: what people want to have translated, and where it stands."""

from collections.abc import Sequence
from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from connections.admin_base import ReadOnlyAdmin, label, link_to
from enrichment.models import TranslationOrder
from enrichment.translations import orders

_State = TranslationOrder.State
_COLOURS = {
    _State.WORKING: "info",
    _State.COUNTED: "warning",
    _State.DONE: "success",
    _State.STOPPED: "danger",
}


@admin.register(TranslationOrder)
class TranslationOrderAdmin(ReadOnlyAdmin):
    list_display = ("languages", "kind", "pim", "state_label", "texts", "asked_by", "why")
    list_filter = ("kind", "state", "connection")
    search_fields = ("asked_by", "catalog_name")
    list_select_related = ("connection",)
    ordering = ("-pk",)
    actions = ("stop",)
    object_actions: ClassVar[Sequence[str]] = actions
    fields = (
        *("languages", "kind", "pim", "state_label", "problem", "only", "attributes", "scopes"),
        *("catalog_name", "identifiers", "read", "texts", "characters", "remembered", "size"),
        *("offer_link", "asked_by", "confirmed_by", "confirmed_at", "tries", "not_before"),
        *("created_at", "finished_at"),
    )
    readonly_fields = ("languages", "pim", "state_label", "offer_link")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("enrichment.change_source"))

    def get_object_actions(self, request: HttpRequest, row: TranslationOrder) -> Sequence[str]:
        return ("stop",) if row.state in TranslationOrder.UNDER_WAY else ()

    @admin.action(description="Stop", permissions=["steer"])
    def stop(self, request: HttpRequest, queryset: QuerySet[TranslationOrder]) -> None:
        number = sum(map(orders.stop, queryset))
        noun = "order was" if number == 1 else "orders were"
        level = messages.SUCCESS if number else messages.INFO
        self.message_user(request, f"{number:,} {noun} stopped.", level)

    @admin.display(description="languages")
    def languages(self, row: TranslationOrder) -> str:
        return str(row)

    @admin.display(description="PIM", ordering="connection")
    def pim(self, row: TranslationOrder) -> SafeString | str:
        return link_to(row.connection)

    @admin.display(description="offer")
    def offer_link(self, row: TranslationOrder) -> SafeString | str:
        return link_to(row.offer)

    @admin.display(description="state", ordering="state")
    def state_label(self, row: TranslationOrder) -> SafeString:
        return label(row.get_state_display(), _COLOURS[_State(row.state)])

    @admin.display(description="problem")
    def why(self, row: TranslationOrder) -> str:
        return Truncator(row.problem).chars(80)
