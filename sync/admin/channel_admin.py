"""Channels in admin, now that it is known what stands on them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from catalogs.admin.channel_admin import ChannelAdmin as ChannelAdminBelow
from catalogs.models import Catalog, Channel
from connections.admin_base import register_anew
from sync.admin.removal import RemovalAdmin
from sync.forms import RemovalForm
from sync.removal import remove_channel
from sync.resending import moved_in_words


@register_anew(Channel)
class ChannelAdmin(RemovalAdmin, ChannelAdminBelow):
    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if moved := moved_in_words(obj):
            self.message_user(request, moved, messages.WARNING)

    def catalogs_of(self, row: Channel) -> list[Catalog]:
        return list(row.catalogs.order_by("position", "pk"))

    def removal_form(self, row: Channel, data: Any) -> RemovalForm:
        return RemovalForm.of_channel(row, data)

    def remove(
        self, row: Channel, on_shop: Catalog.OnShop, in_pim: Catalog.InPim, *, by: str
    ) -> None:
        remove_channel(row, on_shop=on_shop, in_pim=in_pim, by=by)
