"""When things go out: pauses, the timetable of a channel, one product in spite of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from catalogs.models import Catalog, Channel, Freeze, Window
from catalogs.pauses import pause, paused_in_words, resume
from catalogs.timetables import (
    add_freeze,
    add_window,
    closing_of,
    fetch_timetables,
    freeze_in_words,
    remove,
)
from connections.languages import translated
from outbound.errors import ConfigurationError
from pages.access import PimRequest, editor_required, manager_required
from pages.fetching import catalog_or_404, channel_or_404, listing_or_404
from pages.forms import FreezeForm, PauseForm, WindowForm, posted
from sync.urgent import send_now


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def pause_catalog(request: PimRequest, uuid: UUID) -> HttpResponse:
    catalog = catalog_or_404(request, uuid)
    return _pause(request, catalog, {"catalog": catalog, "channel": catalog.channel})


@require_POST
@editor_required
def resume_catalog(request: PimRequest, uuid: UUID) -> HttpResponse:
    catalog = catalog_or_404(request, uuid)
    by_schedule = _("Its schedule is on again.") if catalog.every else _("Sync it when you like.")
    return _resume(request, catalog, by_schedule)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def pause_channel(request: PimRequest, uuid: UUID) -> HttpResponse:
    channel = channel_or_404(request, uuid)
    return _pause(request, channel, {"channel": channel})


@require_POST
@manager_required
def resume_channel(request: PimRequest, uuid: UUID) -> HttpResponse:
    return _resume(request, channel_or_404(request, uuid), _("What waited is sent by itself."))


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def timetable(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Show the hours and freezes of a channel; add one."""
    channel = channel_or_404(request, uuid)
    timezone.activate(channel.connection.zone)  # what is entered is meant in the zone it names
    fetch_timetables([channel])  # without the freezes that are over
    adds_freeze = request.POST.get("what") == "freeze"
    window_form = WindowForm(None if adds_freeze else posted(request))
    freeze_form = FreezeForm(posted(request) if adds_freeze else None)
    form = freeze_form if adds_freeze else window_form
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            add: Any = add_freeze if adds_freeze else add_window
            try:
                added = add(channel, **form.cleaned_data)
            except ConfigurationError as error:
                form.add_error(None, translated(error.message))
            else:
                what = freeze_in_words(added) if adds_freeze else added
                text = _("It is in the timetable: %(what)s.")
                messages.success(request, text % {"what": what})
                return redirect("pages:timetable", channel.uuid)
    context = {
        "channel": channel,
        "zone": channel.connection.zone,
        "closing": closing_of(channel),
        "windows": channel.windows.all(),
        "freezes": channel.freezes.all(),
        "window_form": window_form,
        "freeze_form": freeze_form,
    }
    return render(request, "pages/channels/timetable.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def remove_from_timetable(request: PimRequest, uuid: UUID, kind: str, pk: int) -> HttpResponse:
    """Ask before: what waits may be sent at once. Then take the hours or the freeze out."""
    channel = channel_or_404(request, uuid)
    models: dict[str, type[Window] | type[Freeze]] = {"window": Window, "freeze": Freeze}
    if kind not in models:
        raise Http404
    rows: Any = models[kind]._default_manager.filter(channel=channel)
    row = get_object_or_404(rows, pk=pk)
    row.channel = channel
    said = freeze_in_words(row) if kind == "freeze" else str(row)
    if request.method == "POST":
        remove(row)
        text = _("It is not in the timetable any more: %(what)s.")
        messages.success(request, text % {"what": said})
        return redirect("pages:timetable", channel.uuid)
    context = {"channel": channel, "said": said, "closing": closing_of(channel)}
    return render(request, "pages/channels/remove_from_timetable.html", context)


@require_POST
@editor_required
def send_one_now(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Send one product in spite of the channel's timetable."""
    listing = listing_or_404(request, uuid)
    try:
        run = send_now(listing)
    except ConfigurationError as error:
        messages.error(request, translated(error.message))
        return redirect("pages:product", listing.key)
    messages.success(request, _("“%(name)s” is sent now.") % {"name": listing})
    return redirect(run)


def _pause(request: PimRequest, row: Catalog | Channel, context: dict[str, Any]) -> HttpResponse:
    timezone.activate(row.connection.zone)
    form = PauseForm(posted(request), initial={"reason": row.pause_reason})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                pause(row, **form.cleaned_data)
            except ConfigurationError as error:
                form.add_error("until", translated(error.message))
            else:
                text = _("“%(name)s” is %(paused)s")
                messages.success(request, text % {"name": row.name, "paused": paused_in_words(row)})
                return redirect(row)
    context = {**context, "row": row, "form": form, "zone": row.connection.zone}
    return render(request, "pages/pause.html", context, status=status)


def _resume(request: PimRequest, row: Catalog | Channel, what_follows: str) -> HttpResponse:
    if resume(row):
        text = _("“%(name)s” goes on. %(what_follows)s")
        messages.success(request, text % {"name": row.name, "what_follows": what_follows})
    else:
        messages.info(request, _("“%(name)s” was not paused any more.") % {"name": row.name})
    return redirect(row)
