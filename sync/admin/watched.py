"""What products refer to, in admin: when each kind was looked at last, and why one could not be."""

from django.contrib import admin

from connections.admin_base import ReadOnlyAdmin
from sync.models import Watched


@admin.register(Watched)
class WatchedAdmin(ReadOnlyAdmin):
    list_display = ("connection", "kind", "of", "looked_at", "watermark", "problem")
    list_filter = ("connection", "kind", ("problem", admin.EmptyFieldListFilter))
    search_fields = ("of", "problem")
    list_select_related = ("connection",)
    fields = (*list_display, "created_at", "updated_at")
