"""Runs: how far one is, and what came of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from outbound.errors import ConfigurationError
from pages.access import PimRequest, editor_required, pim_user_required
from pages.estimates import time_left
from pages.fetching import led_home_when_gone, run_or_404
from pages.held import held_of
from pages.missing import missing_of
from pages.stories import progress_of, story_of, way_out_of
from pages.wording import run_state
from sync.causes import causes_of_run
from sync.models import Run
from sync.status import counts_of
from sync.undo import may_be_undone
from sync.unfinished import stop_run

_CAUSES, _HELD = 20, 10  # that a page shows


@require_safe
@pim_user_required
@led_home_when_gone
def show(request: PimRequest, uuid: UUID) -> HttpResponse:
    """The run's page; for htmx only what moves."""
    run = run_or_404(request, uuid)
    context = {
        "run": run,
        "catalog": run.catalog,
        "channel": run.catalog.channel,
        "state": run_state(run),
    }
    if run.is_live:
        progress = progress_of(run)
        context |= {"progress": progress, "left": time_left(run, progress)}
    else:
        is_undoable = may_be_undone(run)
        causes = causes_of_run(run) if run.failed else []
        counts = counts_of([run.catalog])[run.catalog_id]
        context |= {
            "story": story_of(run),
            "way_out": way_out_of(run),
            "causes": causes[:_CAUSES],
            "more_causes": len(causes[_CAUSES:]),
            "parked_now": counts.parked,
            "may_undo": request.pim_user.may_manage and is_undoable,
            "undone_by": run.undone_by.order_by("-pk").first() if is_undoable else None,
            "missing": missing_of(run.catalog),
            "held": held_of(run.catalog, _HELD, {}) if counts.held else None,
            **_under_way_beside(run),
        }
    return render(request, "parts/run.html" if request.htmx else "pages/run.html", context)


@require_safe
@pim_user_required
@led_home_when_gone
def strip(request: PimRequest, uuid: UUID) -> HttpResponse:
    """How far the run is, on a page about something else; reloads that page when it ends."""
    run = run_or_404(request, uuid)
    progress = progress_of(run)
    context = {"run": run, "progress": progress, "left": time_left(run, progress)}
    response = render(request, "parts/run_strip.html", context)
    if not run.is_live:
        response["HX-Refresh"] = "true"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def stop(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Ask whether the run is to stop; have it end at its next step. Again it does no harm."""
    run = run_or_404(request, uuid)
    if not run.is_live:
        messages.info(request, _("This run has ended already."))
        return redirect(run)
    if request.method != "POST":
        context = {"run": run, "catalog": run.catalog, "channel": run.catalog.channel}
        return render(request, "pages/stop_run.html", context)
    try:
        has_ended = stop_run(run, by=request.pim_user.name)
    except ConfigurationError as error:
        messages.error(request, error.message)
    else:
        said = _("The run was stopped.") if has_ended else _("The run is being stopped.")
        messages.success(request, said)
    return redirect(run)


def _under_way_beside(run: Run) -> dict[str, Any]:
    """Return the catalog's run that goes on now, such as one that sends what was released here."""
    now = run.catalog.runs.live().first()
    if now is None:
        return {}
    now.catalog = run.catalog
    return {"now": now, "now_progress": progress_of(now)}
