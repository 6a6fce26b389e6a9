"""Files of PIMs in admin: to be looked at, and to be opened as anybody with the address would."""

from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from catalogs.media.addresses import address_of
from catalogs.models import MediaFile
from connections.admin_base import ReadOnlyAdmin, label, link


@admin.register(MediaFile)
class MediaFileAdmin(ReadOnlyAdmin):
    list_display = ("shown_name", "connection", "mime_type", "shown_size", "state", "updated_at")
    list_filter = ("connection", "mime_type")
    search_fields = ("name", "address", "digest")
    list_select_related = ("connection",)
    ordering = ("-pk",)
    fields = (
        "shown_name",
        "connection",
        "address",
        "mime_type",
        "shown_size",
        "state",
        "served_at",
        "digest",
        "failures",
        "problem",
        "created_at",
        "updated_at",
    )
    readonly_fields = ("shown_name", "shown_size", "state", "served_at")

    @admin.display(description="file", ordering="name")
    def shown_name(self, row: MediaFile) -> str:
        return Truncator(str(row)).chars(80)

    @admin.display(description="size", ordering="size")
    def shown_size(self, row: MediaFile) -> str:
        return filesizeformat(row.size) if row.digest else ""

    @admin.display(description="state", ordering="digest")
    def state(self, row: MediaFile) -> SafeString:
        if row.is_lost:
            return label("Lost, to be had again", "warning")
        if row.digest:
            return label("Kept", "success")
        return label("Asked for again", "warning") if row.failures else label("Not had", "danger")

    @admin.display(description="address for everybody")
    def served_at(self, row: MediaFile) -> SafeString | str:
        if not row.digest:
            return ""
        address = address_of(row.digest, row.name)
        return link(address, address)
