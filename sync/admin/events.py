"""Events in admin: to what Ferry subscribed, what arrived, and what has still to be read for it."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from connections.admin_base import ReadOnlyAdmin, label
from sync.models import ChangedKey, EventSubscription, ReceivedEvent

_State = EventSubscription.State
_COLOURS = {
    _State.ACTIVE: "success",
    _State.SUSPENDED: "danger",
    _State.REVOKED: "danger",
    _State.STARTING: "warning",
}


@admin.register(EventSubscription)
class EventSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("connection", "state_label", "obstacle", "since", "silent_since", "looked_at")
    list_filter = ("state", "is_wanted")
    search_fields = ("connection__pim_url", "subscription_id")
    list_select_related = ("connection",)
    fields = (
        *("connection", "is_wanted", "paused_by", "state", "since", "obstacle", "reason"),
        *("noticed_reason", "silent_since", "has_gap", "looked_at"),
        *("subscriber_id", "subscription_id", "secrets_are_told", "secret_changed_at"),
        *("created_at", "updated_at"),
    )

    @admin.display(description="state", ordering="state")
    def state_label(self, row: EventSubscription) -> SafeString:
        return label(row.get_state_display(), _COLOURS.get(_State(row.state), ""))


@admin.register(ReceivedEvent)
class ReceivedEventAdmin(ReadOnlyAdmin):
    list_display = ("type", "key", "subscription", "is_own", "received_at", "worked_at")
    list_filter = (
        *("entity", "is_own", "subscription__connection"),
        ("worked_at", admin.EmptyFieldListFilter),
    )
    # A part of them is not looked for: there are up to a million, and people have the whole.
    search_fields = ("key__exact", "event_id__exact")
    search_help_text = gettext_lazy("The whole uuid or code of the product, or the event's id.")
    list_select_related = ("subscription__connection",)
    fields = (
        *("subscription", "type", "entity", "key", "is_own"),
        *("event_id", "happened_at", "received_at", "worked_at"),
    )


@admin.register(ChangedKey)
class ChangedKeyAdmin(ReadOnlyAdmin):
    list_display = ("key", "is_model", "catalog", "created_at")
    list_filter = ("is_model", "catalog")
    search_fields = ("key",)
    list_select_related = ("catalog__channel",)
    fields = ("catalog", "key", "is_model", "created_at")
