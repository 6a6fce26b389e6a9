"""What connections look like in admin once they have channels."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from catalogs.models import Channel
from connections import admin as below
from connections.admin_base import Table, changelist_url, link, link_to, register_anew
from connections.models import Connection

_CHANNELS_SHOWN = 20


@register_anew(Connection)
class ConnectionAdmin(below.ConnectionAdmin):
    list_display = (
        "host",
        "environment_label",
        "state_label",
        "credentials",
        "connected_at",
        "channels",
        "short_problem",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(channel_count=Count("channels"))

    def get_tables(self, request: HttpRequest, row: Connection) -> list[Table]:
        channels = row.channels.annotate(catalog_count=Count("catalogs"))
        shown: Iterable[Any] = channels.order_by("name", "pk")[:_CHANNELS_SHOWN]
        rows = [(link_to(one), one.kind, one.catalog_count) for one in shown]
        more = ""
        if row.is_connected and request.user.has_perm("catalogs.add_channel"):
            url = f"{reverse('admin:catalogs_channel_add')}?{urlencode({'connection': row.pk})}"
            more = link(url, "Add a channel")
        return [
            Table("Channels", ("Name", "Kind", "Catalogs"), rows, more),
            *super().get_tables(request, row),
        ]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuse while there are channels: they would be forgotten with all that is on them."""
        channels = Channel.objects.filter(connection__in=[one.pk for one in objs])
        in_the_way = [
            format_html("{} of {}", link_to(one), one.connection.host)
            for one in channels.select_related("connection")
        ]
        if in_the_way:
            return [], {}, set(), in_the_way
        return super().get_deleted_objects(objs, request)

    @admin.display(description="channels", ordering="channel_count")
    def channels(self, row: Any) -> SafeString | str:
        if not row.channel_count:
            return "0"
        return link(changelist_url(Channel, connection__id__exact=row.pk), row.channel_count)
