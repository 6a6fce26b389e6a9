"""Take a catalog up again after its PIM was connected anew: rebuild, compare, confirm."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from connections.abilities import missing_abilities
from connections.languages import translated
from outbound.errors import ConfigurationError
from pages.access import PimRequest, editor_required, manager_required, pim_user_required
from pages.fetching import catalog_or_404
from pages.stories import progress_of
from sync.models import Run
from sync.reconnection import (
    confirm_dry_run,
    confirmable_run,
    examples_on,
    held_targets,
    last_dry_run,
)
from sync.runs import AlreadyRunning, start_run


@require_safe
@pim_user_required
def take_up(request: PimRequest, uuid: UUID) -> HttpResponse:
    """What has to be made again in Akeneo, what the channel holds, and what would change."""
    catalog = catalog_or_404(request, uuid)
    if not catalog.is_unconfirmed:
        messages.info(request, _("This catalog was taken up again already."))
        return redirect(catalog)
    if not catalog.connection.is_connected:  # it was lost once more; the catalog's page says so
        return redirect(catalog)
    run = last_dry_run(catalog)
    examples = examples_on(catalog)
    context = {
        "catalog": catalog,
        "channel": catalog.channel,
        "examples": examples,
        "targets": [] if catalog.raw else held_targets(catalog, examples),
        "run": run,
        "progress": progress_of(run) if run is not None and run.is_live else None,
        "may_confirm": confirmable_run(catalog) is not None,
        "may_make_again": "write_catalogs"
        not in {one.code for one in missing_abilities(catalog.connection)},
    }
    return render(request, "pages/catalogs/take_up.html", context)


@require_POST
@editor_required
def compare(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Start a dry run, or show the one that is under way."""
    catalog = catalog_or_404(request, uuid)
    run = last_dry_run(catalog)
    if catalog.connection.is_connected and (run is None or not run.is_live):
        try:
            start_run(
                catalog,
                Run.Trigger.MANUAL,
                mode=Run.Mode.FULL,
                dry_run=True,
                started_by=request.pim_user.name,
            )
        except AlreadyRunning:
            messages.info(request, _("Another run is under way. Compare when it has ended."))
    return redirect("pages:take_up", catalog.uuid)


@require_POST
@manager_required
def confirm(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Let the catalog go to its channel again, as the dry run that the page showed."""
    catalog = catalog_or_404(request, uuid)
    if not catalog.is_unconfirmed:
        messages.info(request, _("This catalog was taken up again already."))
        return redirect(catalog)
    seen = last_dry_run(catalog)
    if seen is None or str(seen.uuid) != request.POST.get("run"):
        messages.error(request, _("Another comparison followed. Look at it, then confirm."))
        return redirect("pages:take_up", catalog.uuid)
    seen.catalog = catalog
    try:
        run = confirm_dry_run(seen, by=request.pim_user.name)
    except ConfigurationError as error:
        messages.error(request, translated(error.message))
        return redirect("pages:take_up", catalog.uuid)
    messages.success(request, _("Confirmed. From now on it syncs as before."))
    return redirect(run)
