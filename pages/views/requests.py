"""Translations that people ask for in Akeneo: what became of them, settings, and attributes."""

import sqlite3
import tempfile

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections.clients import client_for
from connections.connections import noticing_loss
from connections.enriching import may_write
from connections.languages import translated
from connections.models import Connection
from connections.paging import BoundedPaginator
from enrichment.models import Offer, RequestedTranslation, Source
from enrichment.sources import why_not_looked_at
from enrichment.structure import Structure
from enrichment.translations.by_attributes import defining
from enrichment.translations.by_attributes.checking import Checked, check
from enrichment.translations.by_attributes.collecting import MOST_AT_ONCE, collect, waiting
from enrichment.translations.by_attributes.creating import create_missing, may_create
from enrichment.translations.by_attributes.setting_up import set_up, source_of
from enrichment.translations.by_attributes.steering import Steering
from enrichment.translations.choosing import CannotTranslate
from enrichment.translations.services import chosen
from outbound.errors import OutboundError
from pages.access import PimRequest, editor_required, manager_required, pim_user_required
from pages.downloads import place_for
from pages.forms import posted
from pages.requests import STATES, RequestsForm, read_locales
from pages.translation_forms import locale_in_words

_ON_A_PAGE, _ANSWERS_SHOWN = 25, 5
_XLIFF = "application/xliff+xml"


@require_safe
@pim_user_required
def show(request: PimRequest) -> HttpResponse:
    """What was asked for, and what became of it. Akeneo is not asked."""
    connection = request.pim_user.connection
    source = source_of(connection)
    steering = Steering.of(source.settings) if source else None
    rows = RequestedTranslation.objects.visible_to(request.pim_user)
    page = BoundedPaginator(rows, _ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "enrichment",
        "connection": connection,
        "may_write": may_write(connection),
        "source": source,
        "steering": steering,
        "why_not": why_not_looked_at(source) if source else "",
        "lacks_key": steering and steering.by_service and not chosen.is_set_up(),
        "waiting": _waiting(source) if source and steering and not steering.by_service else [],
        "answers": _answers(request),
        "most": MOST_AT_ONCE,
        "now": timezone.now(),
        "page": page,
        "requests": [
            (row, locale_in_words(row.locale), STATES[RequestedTranslation.State(row.state)])
            for row in page
        ],
    }
    return render(request, "pages/enrichment/requests.html", context)


def _answers(request: PimRequest) -> list[Offer]:
    """The latest offers of what Ferry wrote into Akeneo about requests."""
    offers = Offer.objects.visible_to(request.pim_user).filter(kind=Offer.Kind.ANSWERS)
    return list(offers.order_by("-pk")[:_ANSWERS_SHOWN])


def _waiting(source: Source) -> list[tuple[str, str, int]]:
    """The languages in which something waits for translators, in words too, and how much."""
    return [(locale, locale_in_words(locale), number) for locale, number in waiting(source)]


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def settings(request: PimRequest) -> HttpResponse:
    connection = request.pim_user.connection
    source = source_of(connection)
    locales, problem = read_locales(connection)
    form = RequestsForm(
        posted(request), source=source, locales=locales, has_service=chosen.is_set_up()
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        set_up(connection, form.steering, every=values["every"], approved=values["approved"])
        said = _("Saved. This is what Akeneo has of these attributes.")
        messages.success(request, said)
        return redirect("pages:requests_attributes")
    context = {
        "section": "enrichment",
        "form": form,
        "source": source,
        "problem": problem,
    }
    status = 422 if form.is_bound else 200
    return render(request, "pages/enrichment/requests_settings.html", context, status=status)


@require_safe
@manager_required
def attributes(request: PimRequest) -> HttpResponse:
    """The check-list. The page opens also when Akeneo cannot be asked."""
    connection = request.pim_user.connection
    source = source_of(connection)
    checked, problem = _checked(connection, source)
    context = {
        "section": "enrichment",
        "connection": connection,
        "source": source,
        "checked": checked,
        "problem": problem,
        "lacking": any(not one.exists or one.missing_options for one in checked),
        "is_right": bool(checked) and all(one.is_right for one in checked),
        "is_on": connection.enriched_since is not None,
        "may_create": may_create(connection),
        "files": defining.FILES,
    }
    return render(request, "pages/enrichment/requests_attributes.html", context)


@require_POST
@manager_required
def create(request: PimRequest) -> HttpResponse:
    """Create what Akeneo lacks, where that was granted."""
    connection = request.pim_user.connection
    try:
        refused = create_missing(connection, _steering(source_of(connection)))
    except OutboundError as error:
        messages.error(request, translated(error.message))
        return redirect("pages:requests_attributes")
    if refused:
        said = _("Akeneo did not take all of it: %(words)s")
        messages.error(request, said % {"words": " ".join(refused)})
    else:
        messages.success(request, _("Akeneo has the attributes now. Add them to families there."))
    return redirect("pages:requests_attributes")


@require_safe
@manager_required
def file(request: PimRequest, name: str) -> HttpResponse:
    """A file for Akeneo's own imports, with what it lacks."""
    if name not in defining.FILES:
        raise Http404
    connection = request.pim_user.connection
    checked, problem = _checked(connection, source_of(connection))
    if problem:
        messages.error(request, problem)
        return redirect("pages:requests_attributes")
    response = HttpResponse(defining.file(name, checked), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="akeneo-{name}.csv"'
    return response


@require_safe
@editor_required  # type: ignore[arg-type]  # a streamed response goes through it all the same
def texts(request: PimRequest, locale: str) -> HttpResponseBase:
    """What waits for translators in one language, as XLIFF."""
    source = source_of(request.pim_user.connection)
    if source is None or locale not in dict(waiting(source)):
        raise Http404
    place = place_for(request)
    if place is None:
        return redirect("pages:requests")
    written = tempfile.TemporaryFile()  # noqa: SIM115  # the answer closes it
    try:
        collect(source, locale, written)
    except (OutboundError, CannotTranslate, sqlite3.Error) as error:
        written.close()
        place.close()
        messages.error(request, _why_no_file(error))
        return redirect("pages:requests")
    written.seek(0)
    name = f"requests-{locale}.xlf"
    return place.give_to(
        FileResponse(written, as_attachment=True, filename=name, content_type=_XLIFF)
    )


def _why_no_file(error: Exception) -> str:
    if isinstance(error, OutboundError):
        return translated(error.message)
    if isinstance(error, CannotTranslate):
        return str(error)
    return _("Ferry's disk took no file. Try again later, or tell the people who run it.")


def _checked(connection: Connection, source: Source | None) -> tuple[list[Checked], str]:
    """The check-list; nothing, and a sentence, where Akeneo does not tell."""
    try:
        with noticing_loss(connection):
            structure = Structure(client_for(connection, patient=False))
            return check(structure, _steering(source)), ""
    except OutboundError as error:
        said = _("Akeneo does not tell which attributes it has. %(reason)s")
        return [], said % {"reason": translated(error.message)}


def _steering(source: Source | None) -> Steering:
    return Steering.of(source.settings) if source else Steering()
