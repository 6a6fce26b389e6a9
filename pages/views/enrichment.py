"""Enrichment: whether values are written into the PIM, and what was offered to it lately."""

import logging

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections.abilities import is_granted, writing_abilities
from connections.enriching import may_write, switch_off, switch_on
from connections.installation import standing
from connections.models import Connection
from connections.paging import BoundedPaginator, count_up_to_most
from connections.scope_changes import announce_scopes
from enrichment.counting import counted, that_matter
from enrichment.models import Offer, Proposal, Source
from enrichment.sources import why_not_looked_at
from outbound.errors import OutboundError
from pages.access import PimRequest, manager_required, pim_user_required
from pages.going_on import go_on
from pages.offers import KINDS, state_of, undone_among
from pages.uploads import MOST_FILES, MOST_OF_VALUES

logger = logging.getLogger(__name__)

_OFFERS_ON_A_PAGE, _SOURCES = 10, 100


@require_safe
@pim_user_required
def show(request: PimRequest) -> HttpResponse:
    user = request.pim_user
    connection = user.connection
    offers = Offer.objects.visible_to(user).select_related("source", "undoes").order_by("-pk")
    here = standing()
    page = BoundedPaginator(that_matter(offers), _OFFERS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    undone = undone_among(page)
    sources = list(
        Source.objects.visible_to(user).of_files().select_related("connection")[:_SOURCES]
    )
    context = {
        "section": "enrichment",
        "connection": connection,
        "is_on": connection.enriched_since is not None,
        "may_write": may_write(connection),
        "abilities": [(one, is_granted(one, connection)) for one in writing_abilities(connection)],
        "sources": [(one, why_not_looked_at(one, here)) for one in sources],
        "of_values": [one for one in sources if one.kind == Source.Kind.VALUES],
        "of_files": [one for one in sources if one.kind == Source.Kind.MEDIA],
        "now": timezone.now(),
        "most_files": MOST_FILES,
        "most_megabytes": MOST_OF_VALUES // 1024**2,
        "page": page,
        "offers": [
            (one, state_of(one.offer, undone=undone), KINDS[Offer.Kind(one.offer.kind)])
            for one in counted(list(page))
        ],
    }
    return render(request, "pages/enrichment/show.html", context)


@require_POST
@manager_required
def switch(request: PimRequest) -> HttpResponse:
    """Switch it on, then let the PIM ask for what is wanted now, or take back what is not.

    `back` says which page it was asked on.
    """
    connection = request.pim_user.connection
    if request.POST.get("to") != "on":
        messages.error(request, _("It can be on or off. Nothing was changed."))
        return redirect("pages:enrichment")
    switch_on(connection, may_create_attributes=request.POST.get("may_create_attributes") == "on")
    why = _("%(host)s asks you now whether Ferry may write, and sends you back.")
    back = "requests_attributes" if request.POST.get("back") == "requests" else "enrichment"
    return _to_the_pim(request, connection, why, back)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def turn_off(request: PimRequest) -> HttpResponse:
    """Switch it off, after asking, with what waits in view; then let the PIM take the rights back.

    With `only=attributes` it stays on, and the right to create attributes alone is taken back.
    """
    connection = request.pim_user.connection
    only_attributes = request.GET.get("only") == "attributes"
    is_on = connection.enriched_since is not None
    if only_attributes:
        is_on = is_on and connection.may_create_attributes
    if request.method == "POST" and is_on:
        if only_attributes:
            switch_on(connection, may_create_attributes=False)
            messages.success(request, _("Ferry creates no attributes from now on."))
        else:
            switch_off(connection)
            messages.success(request, _("Nothing is written to Akeneo from now on."))
        why = _("%(host)s takes the rights back now, and sends you back.")
        return _to_the_pim(request, connection, why)
    values = Proposal.objects.visible_to(request.pim_user)
    sources = Source.objects.visible_to(request.pim_user).filter(is_paused=False)
    context = {
        "section": "enrichment",
        "connection": connection,
        "is_on": is_on,
        "only_attributes": only_attributes,
        "to_decide": count_up_to_most(values.filter(state=Proposal.State.PROPOSED)),
        "to_write": count_up_to_most(values.filter(state=Proposal.State.APPROVED)),
        "sources": list(sources.exclude(kind=Source.Kind.TRANSLATIONS)[:_SOURCES]),
        "has_requests": sources.filter(kind=Source.Kind.TRANSLATIONS).exists(),
    }
    return render(request, "pages/enrichment/off.html", context)


def _to_the_pim(
    request: PimRequest, connection: Connection, why: str, back: str = "enrichment"
) -> HttpResponse:
    """Go on to where the PIM asks its user, and then back to this page."""
    _announce(connection)
    query = {"pim_url": connection.pim_url, "next": reverse(f"pages:{back}")}
    target = f"{reverse('connections:activate')}?{urlencode(query)}"
    return go_on(request, connection, target, why % {"host": connection.host})


def _announce(connection: Connection) -> None:
    """Tell the PIM's app managers: whoever pressed the button may not be one of them."""
    if not connection.is_connected:
        return
    try:
        announce_scopes(connection)
    except OutboundError as error:
        logger.warning("Connection %s was not told of scopes: %s", connection.pk, error.detail)
