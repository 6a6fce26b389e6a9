"""Runs: how far one is, and what came of it."""

from uuid import UUID

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from connections.paging import BoundedPaginator
from pages.access import PimRequest, pim_user_required
from pages.estimates import time_left
from pages.fetching import run_or_404
from pages.missing import missing_of
from pages.stories import progress_of, story_of, way_out_of
from pages.wording import run_state
from sync.models import Listing, Run, Tally
from sync.models.batches import Change
from sync.models.listings import ListingQuerySet
from sync.undo import may_be_undone

_REFUSED_ON_A_PAGE = 20
_REFUSED = (Change.Outcome.REFUSED, Change.Outcome.UNANSWERED)


@require_safe
@pim_user_required
def show(request: PimRequest, uuid: UUID) -> HttpResponse:
    """The run's page; for htmx only what moves."""
    try:
        run = run_or_404(request, uuid)
    except Http404:
        if not request.htmx:
            raise
        return _is_gone(request)
    context = {
        "run": run,
        "catalog": run.catalog,
        "channel": run.catalog.channel,
        "state": run_state(run),
    }
    if run.is_live:
        context["progress"] = progress_of(run)
    else:
        is_undoable = may_be_undone(run)
        refused = BoundedPaginator(_refused(run), _REFUSED_ON_A_PAGE)
        context |= {
            "story": story_of(run),
            "way_out": way_out_of(run),
            "refused": refused.get_page(request.GET.get("refused")),
            "may_undo": request.pim_user.may_manage and is_undoable,
            "undone_by": run.undone_by.order_by("-pk").first() if is_undoable else None,
            "missing": missing_of(run.catalog),
            "held_now": Tally.objects.filter(catalog=run.catalog).held().total(),
        }
    return render(request, "parts/run.html" if request.htmx else "pages/run.html", context)


@require_safe
@pim_user_required
def strip(request: PimRequest, uuid: UUID) -> HttpResponse:
    """How far the run is, on a page about something else; reloads that page when it ends."""
    try:
        run = run_or_404(request, uuid)
    except Http404:
        if not request.htmx:
            raise
        return _is_gone(request)
    progress = progress_of(run)
    context = {"run": run, "progress": progress, "left": time_left(run, progress)}
    response = render(request, "parts/run_strip.html", context)
    if not run.is_live:
        response["HX-Refresh"] = "true"
    return response


def _refused(run: Run) -> ListingQuerySet:
    """Return what the run's channel refused, each with what it said last (`said`)."""
    changes = Change.objects.filter(run=run, outcome__in=_REFUSED)
    said = changes.filter(listing=OuterRef("pk")).order_by("-pk").values("message")[:1]
    refused = Listing.objects.filter(pk__in=changes.values("listing"))
    return refused.annotate(said=Subquery(said)).order_by("identifier", "pk")


def _is_gone(request: PimRequest) -> HttpResponse:
    """The catalog was removed, its runs with it: leave the page that asked."""
    messages.info(request, "What you were looking at has been removed.")
    response = HttpResponse(status=404)
    response["HX-Redirect"] = reverse("pages:home")
    return response
