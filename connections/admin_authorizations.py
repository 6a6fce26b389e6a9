"""Ways in, in admin: whether a click on Connect came back, and what those were told who did not
get in."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from connections.admin_base import (
    ReadOnlyAdmin,
    Table,
    change_url,
    changelist_url,
    label,
    link,
    link_to,
    moment,
)
from connections.models import Authorization, Connection, Refusal

_REFUSALS_SHOWN = 5


@admin.register(Authorization)
class AuthorizationAdmin(ReadOnlyAdmin):
    """Whether a click on Connect reached the app, and came back."""

    list_display = ("pim", "created_at", "outcome", "next_path")
    search_fields = ("pim_url",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    fields = ("pim", "outcome", "created_at", "used_at", "expires_at", "next_path")
    readonly_fields = ("pim", "outcome")

    @admin.display(description="PIM", ordering="pim_url")
    def pim(self, row: Authorization) -> str:
        return row.pim_url

    @admin.display(description="outcome")
    def outcome(self, row: Authorization) -> SafeString:
        if row.used_at is not None:
            return label("Came back", "success")
        if row.expires_at < timezone.now():
            return label("Never came back", "warning")
        return label("Under way", "info")


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyAdmin):
    """What a person read who clicked Connect or Open app in the PIM, and was not let in."""

    list_display = ("created_at", "pim_url", "short_message")
    list_filter = ("created_at",)
    date_hierarchy = "created_at"
    search_fields = ("pim_url", "message", "detail")
    search_help_text = gettext_lazy("Address of the PIM, or words of what the page said.")
    ordering = ("-created_at", "-pk")
    fields = ("created_at", "pim_url", "pim", "message", "detail")
    readonly_fields = ("pim",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "pim_url__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("what the page said"))
    def short_message(self, row: Refusal) -> str:
        return Truncator(row.message).chars(120)

    @admin.display(description=gettext_lazy("known as"))
    def pim(self, row: Refusal) -> Any:
        known = Connection.objects.filter(pim_url=row.pim_url).first()
        return link_to(known) or gettext("Not registered here.")


def refusals_of(connection: Connection) -> list[Table]:
    """Return who was refused at this PIM lately, as a table; none if nobody was."""
    refusals = Refusal.objects.filter(pim_url=connection.pim_url)
    rows = [
        (link(change_url(one), moment(one.created_at)), one.message)
        for one in refusals[:_REFUSALS_SHOWN]
    ]
    if not rows:
        return []
    more = link(changelist_url(Refusal, pim_url__exact=connection.pim_url), gettext("All of them"))
    headers = (gettext("When"), gettext("What the page said"))
    return [Table(gettext("Refused lately"), headers, rows, more)]
