"""Feedback in admin: what catalogs write into the PIM of their channels, and whether that works."""

from django.contrib import admin

from connections.admin_base import ReadOnlyAdmin
from sync.models import Feedback


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    list_display = (*("catalog", "status", "date", "address", "problem"), "told_until", "trouble")
    list_filter = ("catalog__channel__connection", ("trouble", admin.EmptyFieldListFilter))
    search_fields = ("catalog__name", "status", "date", "address", "problem")
    list_select_related = ("catalog__channel",)
    fields = (
        *("catalog", "status", "date", "address", "problem"),
        *("told_until", "without_place", "trouble", "not_before"),
        *("created_at", "updated_at"),
    )
