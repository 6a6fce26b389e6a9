"""Connections in admin: everything of a PIM exported, or erased after asking."""

import tempfile
from collections.abc import Sequence
from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from catalogs.admin.connection_admin import ConnectionAdmin as Below
from connections.admin_base import change_url, changelist_url, register_anew
from connections.audit import present_actor
from connections.models import Connection
from sync import tasks
from sync.admin.parts import may
from sync.leaving import leave
from sync.privacy.erase import count_belongings, feeds_of
from sync.privacy.export import export_pim


@register_anew(Connection)
class ConnectionAdmin(Below):
    actions = (*Below.actions, "export_everything", "erase_everything")
    object_actions: ClassVar[Sequence[str]] = (
        *Below.object_actions,
        "export_everything",
        "erase_everything",
    )

    def get_object_actions(self, request: HttpRequest, row: Connection) -> Sequence[str]:
        below = super().get_object_actions(request, row)
        return (*below, "export_everything", "erase_everything")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return may(request, "connections.export_connection")

    @admin.action(description="Export everything of it", permissions=["export"])
    def export_everything(
        self, request: HttpRequest, queryset: QuerySet[Connection]
    ) -> HttpResponse | FileResponse | None:
        connection = self._only_one(request, queryset)
        if connection is None:
            return None
        file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
        export_pim(connection, file)
        file.seek(0)
        name = f"{connection.host.replace(':', '-')}.zip"  # no file may have it on Windows
        return FileResponse(file, as_attachment=True, filename=name)

    @admin.action(description="Erase everything of it", permissions=["delete"])
    def erase_everything(
        self, request: HttpRequest, queryset: QuerySet[Connection]
    ) -> HttpResponse | None:
        """Ask for the host's name, typed in, before anything happens."""
        connection = self._only_one(request, queryset)
        if connection is None:
            return None
        typed = request.POST.get("host")
        if typed is None or typed.strip() != connection.host:
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "connection": connection,
                "counts": {name: one for name, one in count_belongings(connection).items() if one},
                "feeds": feeds_of(connection),
                "is_wrong": typed is not None,
                "action": f"{change_url(connection).removesuffix('change/')}act/erase_everything/",
                "title": f"Erase everything of {connection.host}?",
                "back": change_url(connection),
            }
            status = 422 if typed is not None else 200
            return TemplateResponse(request, "admin/erase.html", context, status=status)
        leave(connection)
        actor = present_actor()
        tasks.erase_everything.delay(connection.pk, [actor.kind.value, actor.name, actor.key])
        said = f"{connection.host} is being erased. It is gone from this list once that is done."
        self.message_user(request, said, messages.SUCCESS)
        return redirect(changelist_url(Connection))

    def _only_one(self, request: HttpRequest, queryset: QuerySet[Connection]) -> Connection | None:
        chosen = list(queryset[:2])
        if len(chosen) == 1:
            return chosen[0]
        self.message_user(request, "Choose one PIM at a time for this.", messages.ERROR)
        return None
