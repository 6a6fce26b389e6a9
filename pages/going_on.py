"""The way from a form of ours to the PIM."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from connections.models import Connection


def go_on(request: HttpRequest, connection: Connection, target: str, why: str) -> HttpResponse:
    """Answer a form by sending the browser on to the PIM, by a page that goes on by itself.

    Browsers hold a redirect that answers a form against the form-action of our content policy,
    and no PIM is in that, nor the log-in pages of its users: a plain redirect would be blocked.
    """
    context = {"connection": connection, "target": target, "why": why}
    return render(request, "pages/go_on.html", context)
