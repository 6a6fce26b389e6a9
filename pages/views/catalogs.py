"""Catalogs: look at one, sync it, change how it is kept."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogs.catalogs import look_at, rename_catalog, set_caution, set_every
from catalogs.forms import CautionForm
from catalogs.models import Catalog
from catalogs.pauses import paused_in_words
from catalogs.reconnection import take_up
from catalogs.wording import axes_in_words
from channels.registry import adapter_class
from connections import installation
from connections.clients import client_for
from connections.languages import translated
from connections.models import Circuit
from outbound.errors import OutboundError
from pages.access import PimRequest, editor_required, manager_required, pim_user_required
from pages.events import is_told
from pages.fetching import catalog_or_404, led_home_when_gone
from pages.forms import CatalogSettingsForm, posted
from pages.keyset import page_of
from pages.missing import mapping_of, missing_of, titles_of_broken
from pages.overview import standing_of
from pages.wording import status_of
from sync.causes import causes_of
from sync.models import Listing, Run
from sync.ordering import archive, restore
from sync.runs import AlreadyRunning, start_run
from sync.search import find_listings
from sync.status import counts_of

_CAUSES = 5  # that the catalog's page shows
_RUNS_ON_A_PAGE = 10
_EXAMPLES, _FOUND = 3, 20


@require_safe
@pim_user_required
def show(request: PimRequest, uuid: UUID) -> HttpResponse:
    catalog = catalog_or_404(request, uuid, is_told_by_pim=is_told())
    runs = Run.objects.filter(catalog=catalog)
    whole = {"runs": "whole"} if request.GET.get("runs") == "whole" else {}
    if whole:
        runs = runs.exclude(mode=Run.Mode.PRODUCT)
    shown = page_of(
        runs, _RUNS_ON_A_PAGE, request.GET, newest_first=True, prefix="runs_", kept=whole
    )
    here = installation.standing()
    standing = standing_of(catalog, on_copy=here.is_paused)
    causes = causes_of(catalog) if standing.counts.parked else []
    return render(
        request,
        "pages/catalogs/show.html",
        {
            "installation": here,  # the frame would ask again
            "catalog": catalog,
            "channel": catalog.channel,
            "axes": axes_in_words(adapter_class(catalog.channel.kind))
            if catalog.has_models
            else "",
            "standing": standing,
            "counts": standing.counts,
            "here": "show",
            "mapping": mapping_of(catalog, standing.counts),
            "missing": missing_of(catalog) if standing.counts.parked else [],
            "broken": titles_of_broken(catalog) if standing.counts.held else [],
            "unreachable": Circuit.objects.open().of(catalog.connection, catalog.channel),
            "causes": causes[:_CAUSES],
            "examples": _examples(catalog),
            "runs": shown,
            "whole_runs": bool(whole),
            "has_single": any(run.is_of_products for run in shown.rows),
        },
    )


@require_safe
@pim_user_required
def preview(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Find a product of the catalog, to see it as the channel gets it."""
    catalog = catalog_or_404(request, uuid)
    words = request.GET.get("q", "").strip()
    context = {
        "catalog": catalog,
        "channel": catalog.channel,
        "counts": counts_of([catalog])[catalog.pk],
        "here": "preview",
        "words": words,
        "listings": find_listings([catalog], words, _FOUND) if words else _examples(catalog),
    }
    return render(request, "pages/catalogs/preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def change(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Rename it, here and in the PIM, and say how often it syncs."""
    catalog = catalog_or_404(request, uuid)
    form = CatalogSettingsForm(posted(request), catalog=catalog)
    caution = CautionForm(posted(request), catalog=Catalog.objects.get(pk=catalog.pk))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and caution.is_valid():
            try:
                rename_catalog(catalog, form.cleaned_data["name"])
            except OutboundError as error:
                form.add_error("name", translated(error.message))
                status = status_of(error)
            else:
                set_every(catalog, form.cleaned_data["every"])
                set_caution(catalog, **caution.values)
                messages.success(request, _("The settings are saved."))
                return redirect(catalog)
    context = {
        "catalog": catalog,
        "channel": catalog.channel,
        "counts": counts_of([catalog])[catalog.pk],
        "here": "settings",
        "form": form,
        "caution": caution,
    }
    return render(request, "pages/catalogs/settings.html", context, status=status)


@require_POST
@editor_required
def sync(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Start a run, or go to the one that is under way."""
    catalog = catalog_or_404(request, uuid)
    if not catalog.is_active:
        messages.error(request, _why_not(catalog))
        return redirect(catalog)
    if not catalog.is_started:
        messages.info(request, _("It is still being set up. Go on here."))
        return redirect("pages:set_up", catalog.uuid)
    if catalog.is_paused:
        text = _("The catalog is %(paused)s Resume it to sync it.")
        messages.error(request, text % {"paused": paused_in_words(catalog)})
        return redirect(catalog)
    if catalog.is_unconfirmed:
        messages.info(request, _("Look at what would change before anything is sent."))
        return redirect("pages:take_up", catalog.uuid)
    try:
        run = start_run(catalog, Run.Trigger.MANUAL, started_by=request.pim_user.name)
    except AlreadyRunning as busy:
        run = busy.run
        messages.info(request, _("A run was under way already. This is it."))
    return redirect(run)


@require_POST
@editor_required
def trial(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Start a run that sends nothing and says what would change, or show the one under way."""
    catalog = catalog_or_404(request, uuid)
    if not catalog.is_active:
        messages.error(request, _why_not(catalog))
        return redirect(catalog)
    by = request.pim_user.name
    try:
        run = start_run(
            catalog, Run.Trigger.MANUAL, mode=Run.Mode.FULL, dry_run=True, started_by=by
        )
    except AlreadyRunning as busy:
        run = busy.run
    return redirect(run)


@require_POST
@pim_user_required
@led_home_when_gone
def look(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Ask the PIM whether the catalog is enabled; the page does so by itself while it is not."""
    catalog = catalog_or_404(request, uuid)
    before, problem = catalog.pim_state, ""
    try:
        # Somebody waits for this page: no second try, the page asks again anyhow.
        client = client_for(catalog.connection, stop=lambda: True)
        (take_up if catalog.is_unconfirmed else look_at)(catalog, client)
    except OutboundError as error:
        problem = translated(error.message)
    if request.htmx:
        context = {"catalog": catalog, "problem": problem}
        response = render(request, "parts/pim_state.html", context)
        if catalog.pim_state != before:
            messages.success(request, _now(catalog))
            response["HX-Refresh"] = "true"
        return response
    if problem:
        messages.error(request, problem)
    else:
        messages.info(request, _now(catalog))
    return redirect(catalog)


@require_POST
@manager_required
def put_aside(request: PimRequest, uuid: UUID) -> HttpResponse:
    catalog = catalog_or_404(request, uuid)
    archive(catalog, by=request.pim_user.name)
    messages.success(request, _("Archived. Its products stay on the channel as they are."))
    return redirect(catalog)


@require_POST
@manager_required
def take_back(request: PimRequest, uuid: UUID) -> HttpResponse:
    catalog = catalog_or_404(request, uuid)
    restore(catalog, by=request.pim_user.name)
    messages.success(request, _("Restored. It syncs again."))
    return redirect(catalog)


def _examples(catalog: Catalog) -> list[Listing]:
    """Return the first few products that the catalog wants on the channel."""
    wanted = Listing.objects.filter(catalog=catalog).to_push()
    return list(wanted.order_by("pk")[:_EXAMPLES])


def _now(catalog: Catalog) -> str:
    return {
        Catalog.PimState.ENABLED: _("The catalog is enabled in Akeneo."),
        Catalog.PimState.GONE: _("The catalog was deleted in Akeneo."),
    }.get(Catalog.PimState(catalog.pim_state), _("The catalog is not enabled in Akeneo."))


def _why_not(catalog: Catalog) -> str:
    if catalog.removing_since is not None:
        return _("This catalog is being removed, so it is not synced any more.")
    return _("This catalog is archived. Restore it to sync it again.")
