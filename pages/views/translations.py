"""Translations: texts for translators or a service, and what comes back from translators."""

import logging
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections.enriching import may_write
from enrichment.kept_files import path_of
from enrichment.models import Offer, TranslationOrder
from enrichment.translations.orders import ask, confirm, stop
from enrichment.translations.services import chosen
from outbound.errors import ConfigurationError
from pages.access import PimRequest, editor_required, manager_required, pim_user_required
from pages.downloads import place_for
from pages.fetching import led_home_when_gone
from pages.forms import posted
from pages.translation_forms import TextsForm, read_structure
from pages.translations import KINDS, doing, facts_of, kept_until, state_of, title_of
from pages.uploads import MOST_OF_VALUES
from pages.views.offering import offer_alone, offered

logger = logging.getLogger(__name__)

_MOST_SHOWN = 30
_Kind = TranslationOrder.Kind


@require_safe
@pim_user_required
def show(request: PimRequest) -> HttpResponse:
    """The three ways, and what was asked for lately."""
    connection = request.pim_user.connection
    rows = TranslationOrder.objects.visible_to(request.pim_user)[:_MOST_SHOWN]
    context = {
        "section": "enrichment",
        "may_write": may_write(connection),
        "has_service": chosen.is_set_up(),
        "service": chosen.label(),
        "most_megabytes": MOST_OF_VALUES // 1024**2,
        "orders": [(one, title_of(one), state_of(one), KINDS[_Kind(one.kind)]) for one in rows],
    }
    return render(request, "pages/translations/show.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def for_translators(request: PimRequest) -> HttpResponse:
    """Ask for a file; a worker makes it, and its page is there at once."""
    return _ask(request, _Kind.FILE)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def for_service(request: PimRequest) -> HttpResponse:
    """Ask for texts to be counted; nothing is sent before somebody confirms the number."""
    return _ask(request, _Kind.SERVICE)


@require_safe
@pim_user_required
def texts(request: PimRequest, uuid: UUID) -> HttpResponse:
    """How an order stands; of one that was counted the question whether to send it."""
    one = _request_or_404(request, uuid)
    return render(request, "pages/translations/texts.html", _about(one))


@require_safe
@pim_user_required
@led_home_when_gone
def strip(request: PimRequest, uuid: UUID) -> HttpResponse:
    """How far it is; reloads the page that shows it when it is not under way any more."""
    one = _request_or_404(request, uuid)
    response = render(request, "parts/texts_strip.html", {"texts": one, "doing": doing(one)})
    if not one.is_under_way:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@pim_user_required  # type: ignore[arg-type]  # a streamed response goes through it all the same
def download(request: PimRequest, uuid: UUID) -> HttpResponseBase:
    """The file for translators."""
    one = _request_or_404(request, uuid)
    if one.file is None:
        messages.info(request, _("There is no file of it."))
        return redirect(one)
    place = place_for(request)
    if place is None:
        return redirect(one)
    try:
        file = path_of(one.file).open("rb")
    except OSError as error:
        place.close()
        logger.warning("The file of order %s cannot be opened: %s", one.pk, error)
        said = _(
            "The file is not on the machine that answers here. Ask for it again; if it stays so, "
            "tell the people who run Ferry that all its processes have to share VAR_FOLDER."
        )
        messages.error(request, said)
        return redirect(one)
    name = f"texts-{one.source_locale}-{one.target_locale}-{one.pk}.xlf"
    kind = "application/xliff+xml"
    return place.give_to(FileResponse(file, as_attachment=True, filename=name, content_type=kind))


@require_POST
@manager_required
def send(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Have sent to the service what was counted."""
    one = _request_or_404(request, uuid)
    try:
        if not confirm(one, by=request.pim_user.name):
            messages.info(request, _("That was decided already. Nothing was changed."))
    except ConfigurationError as error:
        messages.error(request, error.message)
    return redirect(one)


@require_POST
@editor_required
def end(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Have nothing more made of it."""
    one = _request_or_404(request, uuid)
    if stop(one):
        messages.success(request, _("It was stopped. Ask for it again whenever you like."))
    else:
        messages.info(request, _("It had ended already."))
    return redirect(one)


@require_POST
@editor_required
def bring(request: PimRequest) -> HttpResponse:
    """Take a translated file; a worker reads it, and its offer waits for approval."""
    files = request.FILES.getlist("file")[:1]

    def offer() -> Offer:
        return offer_alone(request, files[0], Offer.Kind.TRANSLATIONS)

    return offered(request, files, offer, back="pages:translations")


def _ask(request: PimRequest, kind: TranslationOrder.Kind) -> HttpResponse:
    connection = request.pim_user.connection
    context: dict[str, Any] = {
        "section": "enrichment",
        "is_for_service": kind == _Kind.SERVICE,
        "may_write": may_write(connection),
        "has_service": chosen.is_set_up(),
        "service": chosen.label(),
    }
    template, status = "pages/translations/ask.html", 200
    if not context["may_write"] or (kind == _Kind.SERVICE and not context["has_service"]):
        return render(request, template, context)
    choosable = read_structure(connection)
    if choosable.structure is None:
        return render(request, template, {**context, "problem": choosable.problem}, status=502)
    form = TextsForm(
        posted(request),
        connection=connection,
        structure=choosable.structure,
        language=request.LANGUAGE_CODE or "",
    )
    if form.is_bound and form.is_valid():
        try:
            one = ask(
                connection,
                kind,
                form.asked,
                catalog_name=form.catalog_name,
                by=request.pim_user.name,
            )
        except ConfigurationError as error:
            form.add_error(None, error.message)
        else:
            return redirect(one)
    if form.is_bound:
        status = 422
    return render(request, template, {**context, "form": form}, status=status)


def _about(one: TranslationOrder) -> dict[str, Any]:
    return {
        "section": "enrichment",
        "texts": one,
        "title": title_of(one),
        "state": state_of(one),
        "kind": KINDS[_Kind(one.kind)],
        "facts": facts_of(one),
        "doing": doing(one),
        "kept_until": kept_until(one),
        "service": chosen.label(),
        "is_too_large": one.size > MOST_OF_VALUES,
        "most_megabytes": MOST_OF_VALUES // 1024**2,
    }


def _request_or_404(request: PimRequest, uuid: UUID) -> TranslationOrder:
    rows = TranslationOrder.objects.visible_to(request.pim_user)
    return get_object_or_404(rows.select_related("connection", "offer"), uuid=uuid)
