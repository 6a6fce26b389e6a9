"""Invitations in admin: made by a button, told once, looked at and taken back."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import SafeString

from connections.admin_base import ReadOnlyAdmin, UnfoldAdmin, label
from connections.audit import present_actor
from connections.invitations import LIFETIME, invite
from connections.models import Connection, Invitation


def invite_and_tell(request: HttpRequest, pims: Sequence[Connection] = ()) -> HttpResponse:
    """Make an invitation for each of these PIMs, or one for any, and show the links.

    The page is the answer to the click itself: the links are stored nowhere, not even for as long
    as it takes to redirect.
    """
    by = present_actor().name
    made = [invite(by, pim_url) for pim_url in ([pim.pim_url for pim in pims] or [""])]
    context = {
        **admin.site.each_context(request),
        "title": "Invitation" if len(made) == 1 else "Invitations",
        "opts": Invitation._meta,
        "invitations": made,
        "days": LIFETIME.days,
    }
    response = TemplateResponse(request, "admin/connections/invited.html", context)
    add_never_cache_headers(response)
    return response


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Links that were given to PIM administrators. Deleting one takes it back."""

    list_display = ("pim", "outcome", "created_by", "created_at", "expires_at", "used_at")
    search_fields = ("pim_url", "created_by")
    ordering = ("-created_at",)
    fields = ("pim", "outcome", "created_by", "created_at", "expires_at", "used_at")
    readonly_fields = ("pim", "outcome")
    list_before_template = "admin/connections/invite.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return UnfoldAdmin.has_delete_permission(self, request, obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.invite)
        return [path("invite/", view, name=self._name_of("invite")), *super().get_urls()]

    def invite(self, request: HttpRequest) -> HttpResponse:
        """Invite the administrator of a PIM that is not known yet."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("connections.add_connection"):
            raise PermissionDenied
        return invite_and_tell(request)

    @admin.display(description="PIM", ordering="pim_url")
    def pim(self, row: Invitation) -> str:
        return row.pim_url.split("://", 1)[-1] or "Any"

    @admin.display(description="outcome")
    def outcome(self, row: Invitation) -> SafeString:
        if row.used_at is not None:
            return label("Used", "success")
        if row.expires_at < timezone.now():
            return label("Expired")
        return label("Not used yet", "info")
