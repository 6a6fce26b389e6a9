"""Events of the PIM: switched on, for a while not, with a new secret, and off."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections.languages import translated
from outbound.errors import OutboundError
from pages.access import PimRequest, manager_required, pim_user_required
from pages.events import MOST_COUNTED, arrived, events_of, standing_of
from sync.events.platform import CLICK
from sync.events.switching import change_secret, pause, switch_off, switch_on


@require_safe
@pim_user_required
def show(request: PimRequest) -> HttpResponse:
    connection = request.pim_user.connection
    events = events_of(connection)
    context = {
        "section": "connection",
        "connection": connection,
        "events": events,
        "standing": standing_of(events),
        "arrived": arrived(events) if events is not None else None,
        "most": MOST_COUNTED,
    }
    return render(request, "pages/events/show.html", context)


@require_POST
@manager_required
def turn_on(request: PimRequest) -> HttpResponse:
    """Switch it on, or have it go on; again it is tried once more."""
    connection = request.pim_user.connection
    said = _("Akeneo tells Ferry of changes from now on. The first may take some minutes.")
    return _done(request, lambda: switch_on(connection, patience=CLICK), said)


@require_POST
@manager_required
def suspend(request: PimRequest) -> HttpResponse:
    connection = request.pim_user.connection
    said = _("Akeneo tells Ferry nothing until somebody resumes it. The schedules go on.")
    return _done(request, lambda: pause(connection, patience=CLICK), said)


@require_POST
@manager_required
def new_secret(request: PimRequest) -> HttpResponse:
    """Have events signed with a new secret."""
    events = events_of(request.pim_user.connection)
    if events is None or not events.subscription_id:
        messages.error(request, _("Switch the events on first: then there is a secret to change."))
        return redirect("pages:events")
    said = _("Events are signed with a new secret. The old one counts for one more hour.")
    return _done(request, lambda: change_secret(events, patience=CLICK), said)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def turn_off(request: PimRequest) -> HttpResponse:
    """Switch it off, after asking."""
    connection = request.pim_user.connection
    if request.method == "POST":
        said = _("Akeneo tells Ferry nothing any more. The schedules find what changes.")
        return _done(request, lambda: switch_off(connection, patience=CLICK), said)
    events = events_of(connection)
    context = {"connection": connection, "is_on": events is not None and events.is_wanted}
    return render(request, "pages/events/off.html", context)


def _done(request: PimRequest, act: Callable[[], object], said: str) -> HttpResponse:
    """Do it, and say so, or what is in the way; the page shows how it stands then."""
    try:
        act()
    except OutboundError as error:
        messages.error(request, translated(error.message))
    else:
        messages.success(request, said)
    return redirect("pages:events")
