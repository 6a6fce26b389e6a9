"""Channels in admin, now that it is known what stands on them."""

from typing import Any

from catalogs.admin.channel_admin import ChannelAdmin as ChannelAdminBelow
from catalogs.models import Catalog, Channel
from connections.admin_base import register_anew
from sync.admin.removal import RemovalAdmin
from sync.forms import RemovalForm
from sync.removal import remove_channel


@register_anew(Channel)
class ChannelAdmin(RemovalAdmin, ChannelAdminBelow):
    def catalogs_of(self, row: Channel) -> list[Catalog]:
        return list(row.catalogs.order_by("position", "pk"))

    def removal_form(self, row: Channel, data: Any) -> RemovalForm:
        return RemovalForm.of_channel(row, data)

    def remove(
        self, row: Channel, on_shop: Catalog.OnShop, in_pim: Catalog.InPim, *, by: str
    ) -> None:
        remove_channel(row, on_shop=on_shop, in_pim=in_pim, by=by)
