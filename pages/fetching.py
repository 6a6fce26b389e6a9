"""Fetch what an address names, among what the signed-in person may see; else 404."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from catalogs.models import Catalog, Channel
from pages.access import PimRequest
from sync.models import Listing, Run

P = ParamSpec("P")


def channel_or_404(request: PimRequest, uuid: UUID) -> Channel:
    channels = Channel.objects.visible_to(request.pim_user).select_related("connection")
    return get_object_or_404(channels, uuid=uuid)


def catalog_or_404(request: PimRequest, uuid: UUID, **asked: Exists) -> Catalog:
    """Fetch it, with the answers to what is asked of it beside, in the same query."""
    catalogs = Catalog.objects.visible_to(request.pim_user).select_related("channel__connection")
    return get_object_or_404(catalogs.annotate(**asked), uuid=uuid)


def run_or_404(request: PimRequest, uuid: UUID) -> Run:
    runs = Run.objects.visible_to(request.pim_user)
    return get_object_or_404(runs.select_related("catalog__channel__connection"), uuid=uuid)


def listing_or_404(request: PimRequest, uuid: UUID) -> Listing:
    listings = Listing.objects.visible_to(request.pim_user)
    return get_object_or_404(listings.select_related("catalog__channel__connection"), uuid=uuid)


def led_home_when_gone(
    view: Callable[Concatenate[PimRequest, P], HttpResponse],
) -> Callable[Concatenate[PimRequest, P], HttpResponse]:
    """Have a page that asks by itself left when what it shows was removed, as catalogs may be."""

    @wraps(view)
    def leading(request: PimRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            if not request.htmx:
                raise
        messages.info(request, _("What you were looking at has been removed."))
        response = HttpResponse(status=404)
        response["HX-Redirect"] = reverse("pages:home")
        return response

    return leading
