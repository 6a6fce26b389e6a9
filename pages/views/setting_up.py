"""Setting up a catalog: from its name to the first sync of everything, step by step."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogs.catalogs import create_catalog, look_at
from catalogs.models import Catalog
from catalogs.offers import Offers, offers_for_new
from connections.clients import client_for
from connections.languages import translated
from connections.models import PimUser
from outbound.errors import ConfigurationError, FailureKind, OutboundError
from pages.access import PimRequest, editor_required, manager_required, pim_user_required
from pages.estimates import about, time_left
from pages.fetching import catalog_or_404, channel_or_404, led_home_when_gone
from pages.forms import posted
from pages.looks import examples_of, missing_in, shown_first
from pages.new_catalog import NewCatalogForm
from pages.stories import progress_of, way_out_of
from pages.wording import status_of
from sync import setting_up
from sync.estimating import seconds_for_all
from sync.models import Run
from sync.setting_up import Setup, setup_of
from sync.status import counts_of
from sync.steps import Step

MOST_TRIES = 60  # of a page that asks by itself every ten seconds
_TEMPLATES = {
    Step.CONFIGURE: "pages/setup/configure.html",
    Step.LOOK: "pages/setup/look.html",
    Step.FIRST: "pages/setup/first.html",
    Step.ALL: "pages/setup/all.html",
}


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def new_catalog(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Name a catalog of the channel and create it, here and in the PIM."""
    channel = channel_or_404(request, uuid)
    offers = offers_for_new(channel) if channel.connection.is_connected else Offers()
    form = NewCatalogForm(posted(request), channel=channel, offers=offers)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                catalog = create_catalog(channel, is_started=False, **form.values)
            except OutboundError as error:
                form.add_error(None, translated(error.message))
                status = status_of(error)
            else:
                said = gettext("“%(name)s” is created, here and in Akeneo.")
                messages.success(request, said % {"name": catalog.name})
                return redirect("pages:set_up", catalog.uuid)
    context = {"channel": channel, "form": form, "step": Step.CATALOG}
    return render(request, "pages/catalogs/new.html", context, status=status)


@require_safe
@pim_user_required
def show(request: PimRequest, uuid: UUID) -> HttpResponse:
    """The step that it was left at, or an earlier one, or the next."""
    catalog = catalog_or_404(request, uuid)
    if catalog.is_unconfirmed:
        return redirect("pages:take_up", catalog.uuid)
    setup = setup_of(catalog)
    was_never_here = catalog.is_started and setup.look is None
    if was_never_here or not catalog.is_active or catalog.pim_state == Catalog.PimState.GONE:
        return redirect(catalog)
    step = _step_of(request, setup)
    context: dict[str, Any] = {
        "catalog": catalog,
        "channel": catalog.channel,
        "setup": setup,
        "step": step,
        "managers": PimUser.objects.managers_of(catalog.connection),
        "is_paused": catalog.is_paused,
    }
    context |= _OF_STEP[step](setup)
    return render(request, _TEMPLATES[step], context)


@require_POST
@pim_user_required
@led_home_when_gone
def notice(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Ask the PIM whether the catalog is enabled; if it is, begin to look at its products.

    The page asks by itself for ten minutes, then somebody has to.
    """
    catalog = catalog_or_404(request, uuid)
    before, problem, may_pass = catalog.pim_state, "", True
    try:
        # Somebody waits for this page: no second try, the page asks again anyhow.
        look_at(catalog, client_for(catalog.connection, stop=lambda: True))
        if catalog.pim_state == Catalog.PimState.ENABLED and request.pim_user.may_edit:
            _begin_to_look(request, catalog)
    except OutboundError as error:
        problem, may_pass = translated(error.message), error.kind == FailureKind.TRANSIENT
    if not request.htmx:
        if problem:
            messages.error(request, problem)
        elif catalog.pim_state != Catalog.PimState.ENABLED:
            messages.info(request, gettext("The catalog is not enabled in Akeneo."))
        return redirect("pages:set_up", catalog.uuid)
    tries = _number(request.POST.get("tries")) + 1
    context = {
        "catalog": catalog,
        "problem": problem,
        "tries": tries,
        "goes_on": may_pass and tries < MOST_TRIES,
    }
    response = render(request, "parts/noticing.html", context)
    if catalog.pim_state != before:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@editor_required
def look(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Look at a few products, once more if that was done before."""
    catalog = catalog_or_404(request, uuid)
    _tell_refusal(request, lambda: setting_up.start_look(catalog, by=request.pim_user.name))
    return _at(catalog, Step.LOOK)


@require_POST
@editor_required
def first(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Send the few products that were looked at."""
    catalog, again = catalog_or_404(request, uuid), "again" in request.POST
    by = request.pim_user.name
    _tell_refusal(request, lambda: setting_up.send_first(catalog, again=again, by=by))
    return _at(catalog, Step.FIRST)


@require_POST
@manager_required
def everything(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Send everything, or go on with that."""
    catalog = catalog_or_404(request, uuid)
    _tell_refusal(request, lambda: setting_up.send_all(catalog, by=request.pim_user.name))
    return _at(catalog, Step.ALL)


@require_POST
@manager_required
def pause(request: PimRequest, uuid: UUID) -> HttpResponse:
    catalog = catalog_or_404(request, uuid)
    setting_up.pause_sending(catalog)
    return _at(catalog, Step.ALL)


def _begin_to_look(request: PimRequest, catalog: Catalog) -> None:
    setup = setup_of(catalog)
    if setup.looking is None and not catalog.is_started:
        setting_up.start_look(catalog, by=request.pim_user.name)


def _tell_refusal(request: PimRequest, act: Any) -> None:
    try:
        act()
    except ConfigurationError as error:
        messages.info(request, translated(error.message))


def _step_of(request: PimRequest, setup: Setup) -> Step:
    asked = _number(request.GET.get("step"))
    if Step.CONFIGURE <= asked <= setup.reachable:
        return Step(asked)
    return setup.step


def _of_configure(setup: Setup) -> dict[str, Any]:
    return {"tries": 0, "goes_on": not setup.is_enabled}


def _of_look(setup: Setup) -> dict[str, Any]:
    look, catalog = setup.look, setup.catalog
    context = _of_run(setup.looking)
    if look is not None:
        seconds = seconds_for_all(catalog.channel, look, setup.first)
        context |= {
            "look": look,
            "examples": examples_of(catalog, look),
            "missing": missing_in(catalog, look),
            "time": "" if seconds is None else about(seconds),
        }
    return context


def _of_first(setup: Setup) -> dict[str, Any]:
    products = shown_first(setup.catalog, setup.look, setup.keys)
    return {
        **_of_run(setup.first),
        "products": products,
        "carried": sum(one.is_carried_elsewhere for one in products),
        "total": setup.look.total if setup.look is not None else None,
    }


def _of_all(setup: Setup) -> dict[str, Any]:
    look, catalog = setup.look, setup.catalog
    seconds = seconds_for_all(catalog.channel, look, setup.first) if look is not None else None
    run = _of_run(setup.everything)
    if catalog.is_paused or _was_sent_since(setup):
        run.pop("problem", None)  # the page says itself that it is paused, or it was before
    return {
        **run,
        "total": look.total if look is not None else None,
        "time": "" if seconds is None else about(seconds),
        "counts": counts_of([catalog])[catalog.pk],
    }


def _was_sent_since(setup: Setup) -> bool:
    """Whether the first products were sent again after what went wrong with everything."""
    first, everything = setup.first, setup.everything
    return first is not None and everything is not None and first.pk > everything.pk


_OF_STEP = {
    Step.CONFIGURE: _of_configure,
    Step.LOOK: _of_look,
    Step.FIRST: _of_first,
    Step.ALL: _of_all,
}


def _of_run(run: Run | None) -> dict[str, Any]:
    """Return what a page says of the step's run: how far it is, or why it did not go well."""
    context: dict[str, Any] = {"run": run}
    if run is None:
        return context
    if run.is_live:
        progress = progress_of(run)
        return {**context, "progress": progress, "left": time_left(run, progress)}
    if run.status in Run.ENDED_BADLY:
        return {**context, "problem": run.problem, "way_out": way_out_of(run)}
    return context


def _at(catalog: Catalog, step: Step) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('pages:set_up', args=[catalog.uuid])}?step={step.value}")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else 0
