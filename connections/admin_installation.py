"""The installation in admin: production, or a copy of it. Staff say which, on a page that asks."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from connections.admin_base import ReadOnlyAdmin, changelist_url, label, link
from connections.installation import Decision, State, decide, standing
from connections.models import Installation

_COLOURS = {State.PRODUCTION: "success", State.UNDECIDED: "danger", State.COPY: "warning"}
_STATES = {
    State.PRODUCTION: "Production",
    State.UNDECIDED: "Not decided: nothing is sent",
    State.COPY: "Copy: nothing is sent",
}


@admin.register(Installation)
class InstallationAdmin(ReadOnlyAdmin):
    """The only row. A decision is no edit: it is confirmed, audited, and holds at once."""

    list_display = ("base_url", "state", "decided_by", "decided_at")
    fields = ("base_url", "here", "state", "decided_by", "decided_at", "answers")
    readonly_fields = ("here", "state", "answers")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        may_decide = request.user.has_perm("connections.change_installation")
        return self.fields if may_decide else self.fields[:-1]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        ours = path("decide/<slug:answer>/", view, name="installation_decide")
        return [ours, *super().get_urls()]

    def decide(self, request: HttpRequest, answer: str) -> HttpResponse:
        """Ask once more, then carry out what staff say this installation is."""
        if answer not in Decision:
            raise Http404
        if not request.user.has_perm("connections.change_installation"):
            raise PermissionDenied
        now = standing()
        if now.state is State.UNRECORDED:
            raise Http404
        if request.method == "POST":
            said = decide(Decision(answer)).sentence
            self.message_user(request, said, messages.SUCCESS)
            return redirect(changelist_url(Installation))
        is_production = answer == Decision.PRODUCTION
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Is this production now?" if is_production else "Is this a copy?",
            "is_production": is_production,
            "now": now,
            "back": changelist_url(Installation),
        }
        return TemplateResponse(request, "admin/connections/decide.html", context)

    @admin.display(description="BASE_URL of this server")
    def here(self, row: Installation) -> str:
        return standing().here

    @admin.display(description="state")
    def state(self, row: Installation) -> SafeString:
        now = standing().state
        return label(_STATES[now], _COLOURS[now])

    @admin.display(description="what you can say")
    def answers(self, row: Installation) -> SafeString | str:
        now = standing().state
        texts = {
            Decision.PRODUCTION: "This is production now",
            Decision.COPY: "This is a copy",
        }
        known = {State.PRODUCTION: Decision.PRODUCTION, State.COPY: Decision.COPY}.get(now)
        links: list[Any] = [
            link(reverse("admin:installation_decide", args=[answer]), text)
            for answer, text in texts.items()
            if answer != known
        ]
        return links[0] if len(links) == 1 else format_html("{} or {}", *links)
