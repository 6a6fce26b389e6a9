"""Notices in admin: what the people of a PIM see behind the bell."""

from django.contrib import admin

from connections.admin_base import ReadOnlyAdmin
from sync.models import Notice
from sync.notice_words import sentence_of


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("kind", "connection", "catalog", "sentence", "opened_at", "ended_at")
    list_filter = ("kind", "connection", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("catalog__name", "connection__pim_url", "said")
    list_select_related = ("connection", "channel", "catalog__channel")
    date_hierarchy = "opened_at"
    fields = (
        *("kind", "connection", "channel", "catalog", "sentence"),
        *("number", "opened_at", "changed_at", "told_at", "ended_at"),
    )
    readonly_fields = ("sentence",)

    @admin.display(description="what happened")
    def sentence(self, row: Notice) -> str:
        return sentence_of(row)
