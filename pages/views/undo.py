"""Undo a run, and take the PIM's version of an undone product again. For managers."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from connections.languages import translated
from outbound.errors import ConfigurationError
from pages.access import PimRequest, manager_required
from pages.fetching import listing_or_404, run_or_404
from sync.runs import AlreadyRunning
from sync.undo import may_be_undone, outlook, take_pims_version, undo_run


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def undo(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Ask for a confirmation with the numbers in view; start the run that undoes."""
    run = run_or_404(request, uuid)
    if request.method == "POST":
        try:
            return redirect(undo_run(run, by=request.pim_user.name))
        except AlreadyRunning as busy:
            messages.info(request, _("A run is under way. Undo the other one when it has ended."))
            return redirect(busy.run)
        except ConfigurationError as error:
            messages.error(request, translated(error.message))
            return redirect(run)
    context = {
        "run": run,
        "catalog": run.catalog,
        "channel": run.catalog.channel,
        "outlook": outlook(run) if may_be_undone(run) else None,
    }
    return render(request, "pages/undo.html", context)


@require_POST
@manager_required
def take(request: PimRequest, uuid: UUID) -> HttpResponse:
    listing = listing_or_404(request, uuid)
    catalog = listing.catalog
    if not listing.set_aside:
        text = _("What Akeneo says of “%(name)s” counts already.")
        messages.info(request, text % {"name": listing})
        return redirect("pages:product", listing.key)
    if not catalog.is_active or catalog.is_unconfirmed:
        text = _("Nothing is sent for “%(name)s” at present.")
        messages.error(request, text % {"name": catalog.name})
        return redirect(catalog)
    try:
        return redirect(take_pims_version(catalog, [listing.key], by=request.pim_user.name))
    except AlreadyRunning as busy:
        messages.info(request, _("A run is under way. Try again when it has ended."))
        return redirect(busy.run)
