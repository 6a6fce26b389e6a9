"""Feeds: what was written last, the address to fetch it from, and reports of what was refused."""

import os
import stat
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from catalogs.channels import adapter_for
from catalogs.models import Channel
from channels.feeds import mark_of
from channels.registry import adapter_class
from connections.languages import translated
from outbound.errors import OutboundError
from pages.access import PimRequest, manager_required, pim_user_required
from pages.fetching import channel_or_404
from pages.uploads import was_too_large
from sync.feed_address import make_address, remove_address, written_at
from sync.models import Feed
from sync.refusals import read_report

_LOOKS = 3  # at a file that may take another's place between asking for its mark and opening it


@require_safe
@pim_user_required
def show(request: PimRequest, uuid: UUID) -> HttpResponse:
    return _page(request, _feed_channel_or_404(request, uuid))


@require_POST
@manager_required
def change_address(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Make an address, make another one, or remove it. A new one is shown this once."""
    channel = _feed_channel_or_404(request, uuid)
    has_one = Feed.objects.filter(channel=channel).exclude(address_digest="").exists()
    if has_one and request.POST.get("sure") != "yes":
        messages.error(
            request, gettext("Nothing was changed: tick that the present address may end.")
        )
    elif request.POST.get("address") == "remove":
        remove_address(channel)
        messages.success(request, gettext("The feed has no address any more."))
    else:
        try:
            return _page(request, channel, key=make_address(channel))
        except OutboundError as error:
            messages.error(request, translated(error.message))
    return redirect("pages:feed", channel.uuid)


@require_POST
@manager_required
def upload_report(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Read a report of refused products."""
    channel = _feed_channel_or_404(request, uuid)
    report = request.FILES.get("report")
    if was_too_large(request):
        messages.error(
            request,
            gettext("The report is larger than 10 MB, so it was not read. Send it in parts."),
        )
        return redirect("pages:feed", channel.uuid)
    if report is None:
        messages.error(request, gettext("Choose the file of the report first."))
        return redirect("pages:feed", channel.uuid)
    try:
        read = read_report(channel, adapter_for(channel), report.read())
    except OutboundError as error:
        messages.error(request, translated(error.message))
    else:
        level = messages.WARNING if read.unknown or read.elsewhere else messages.SUCCESS
        messages.add_message(request, level, read.sentence)
    return redirect("pages:feed", channel.uuid)


@require_safe
def fetch(request: HttpRequest, key: str, name: str) -> HttpResponseBase:
    """A file of the feed, for whoever has the key. What is known already is not sent again."""
    for _ in range(_LOOKS):
        files = written_at(key, name)
        if not files:
            raise Http404
        channel = files[0].feed.channel
        served = adapter_class(channel.kind).served_file(channel.settings, name)
        if served is None:
            raise Http404
        path, content_type = served
        stream = _opened(path)
        if mark_of(os.fstat(stream.fileno())) in [file.mark for file in files]:
            return _answer(request, stream, name, content_type)
        stream.close()
    raise Http404  # the file of somebody else


def _opened(path: Path) -> BinaryIO:
    """Open a file, and no pipe that nobody writes to. Raises Http404."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise Http404
        return open(handle, "rb")
    except OSError:  # not written yet, or taken away
        raise Http404 from None


def _answer(
    request: HttpRequest, stream: BinaryIO, name: str, content_type: str
) -> HttpResponseBase:
    found = os.fstat(stream.fileno())  # of the very file that is sent, whatever replaces it now
    etag = f'"{mark_of(found)}"'
    modified = int(found.st_mtime)
    response: HttpResponseBase
    if request.method == "HEAD" or get_conditional_response(request, etag, modified) is not None:
        stream.close()
        response = get_conditional_response(request, etag, modified) or HttpResponse(
            content_type=content_type, headers={"Content-Length": str(found.st_size)}
        )
    else:
        response = FileResponse(
            stream, as_attachment=True, filename=name, content_type=content_type
        )
    response["ETag"], response["Last-Modified"] = etag, http_date(modified)
    response["Accept-Ranges"] = "none"  # what is packed or replaced meanwhile is fetched anew
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _feed_channel_or_404(request: PimRequest, uuid: UUID) -> Channel:
    channel = channel_or_404(request, uuid)
    if not adapter_class(channel.kind).publishes:
        raise Http404
    return channel


def _page(request: PimRequest, channel: Channel, *, key: str = "") -> HttpResponse:
    adapter = adapter_class(channel.kind)
    names = adapter.served_names(channel.settings)
    paths = {name: reverse("pages:fetch_feed", args=[key, name]) for name in names if key}
    context = {
        "channel": channel,
        "feed": Feed.objects.filter(channel=channel).first(),
        "can_be_fetched": bool(names),
        "addresses": {name: f"{settings.BASE_URL}{path}" for name, path in paths.items()},
        "takes_refusals": adapter.takes_refusals,
    }
    return render(request, "pages/channels/feed.html", context)
