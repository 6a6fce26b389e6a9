"""An offer of values: looked through, decided, taken back; what became of it as a file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections.downloads import download
from connections.enriching import refuse_unless_on
from connections.paging import BoundedPaginator, count_up_to_most
from enrichment.deciding import Decision, decide
from enrichment.models import Offer, OfferProblem, Proposal
from enrichment.offers import try_again
from enrichment.results import as_csv
from enrichment.reviewing import Choice, Tally, highest, slice_of, tally_of
from enrichment.tasks import have_undone
from enrichment.undoing import may_be_undone
from outbound.errors import ConfigurationError
from pages.access import PimRequest, editor_required, manager_required, pim_user_required
from pages.downloads import place_for
from pages.fetching import led_home_when_gone
from pages.offer_forms import ChoiceForm, DecisionForm
from pages.offered_values import shown
from pages.offers import KINDS, PROPOSAL_STATES, progress_of, state_of, undone_among

_PROBLEMS = "problems"
_PROBLEMS_ON_A_PAGE = 50


@require_safe
@pim_user_required
def show(request: PimRequest, uuid: UUID) -> HttpResponse:
    """The values of an offer in one state, or what is wrong with what was offered."""
    offer = _offer_or_404(request, uuid)
    tally = tally_of(offer)
    problems = count_up_to_most(OfferProblem.objects.filter(offer=offer))
    here = _looked_at(request, tally, problems)
    context = {
        "section": "enrichment",
        "offer": offer,
        "state": state_of(offer, undone=undone_among([offer])),
        "kind": KINDS[Offer.Kind(offer.kind)],
        "tabs": [(one.value, PROPOSAL_STATES[one].label, n) for one, n in tally.by_state()],
        "problems": problems,
        "here": here,
        "undoings": list(offer.undone_by.order_by("-pk")[:5]),
        "may_undo": request.pim_user.may_manage and may_be_undone(offer),
    }
    if offer.is_under_way:
        context["progress"] = progress_of(offer, tally)
    if here == _PROBLEMS:
        rows = OfferProblem.objects.filter(offer=offer).order_by("line", "pk")
        pages = BoundedPaginator(rows, _PROBLEMS_ON_A_PAGE)
        context["page"] = pages.get_page(request.GET.get("page"))
    elif here:
        context |= _values(request, offer, tally, Proposal.State(here))
    return render(request, "pages/enrichment/offer.html", context)


@require_safe
@pim_user_required
@led_home_when_gone
def strip(request: PimRequest, uuid: UUID) -> HttpResponse:
    """How far the offer is; reloads the page that shows it when it is not under way any more."""
    offer = _offer_or_404(request, uuid)
    context = {"offer": offer, "progress": progress_of(offer, tally_of(offer))}
    response = render(request, "parts/offer_strip.html", context)
    if not offer.is_under_way:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@editor_required
def decide_about(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Decide about one value, or ask whether to decide about all that the page was about.

    A decision covers no value behind the last one that there was when the page was made.
    """
    offer = _offer_or_404(request, uuid)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That cannot be decided. Nothing was changed."))
        return redirect(offer)
    decision = form.decided
    choice = form.choice(decision.state)
    rows = _meant(offer, choice, form)
    one = form.cleaned_data["proposal"]
    if not form.cleaned_data["confirmed"] and not (one and not decision.goes_against_an_edit):
        return _ask(request, offer, choice, form, rows)
    try:
        number = decide(offer, rows, decision, by=request.pim_user.name)
    except ConfigurationError as error:
        messages.error(request, error.message)
    else:
        _tell(request, decision, number)
        if one and number > 1:
            messages.info(request, _("The new assets of this collection were approved with it."))
    if not choice.of(offer).exists():  # all that the filter showed is decided
        choice = Choice(choice.state)
    return _back_to(offer, choice, after=max(one - 1, 0) if one else 0)


@require_safe
@pim_user_required  # type: ignore[arg-type]  # a streamed response goes through it all the same
def results(request: PimRequest, uuid: UUID) -> HttpResponseBase:
    """What became of each line, as a file."""
    offer = _offer_or_404(request, uuid)
    place = place_for(request)
    if place is None:
        return redirect(offer)
    return place.give_to(download(as_csv(offer), "text/csv", f"offer-{offer.pk}.csv"))


@require_POST
@editor_required
def again(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Go on with an offer that stopped."""
    offer = _offer_or_404(request, uuid)
    try:
        refuse_unless_on(offer.connection)
    except ConfigurationError as error:
        messages.error(request, error.message)
        return redirect(offer)
    if try_again(offer):
        messages.success(request, _("It goes on in a moment."))
    else:
        messages.info(request, _("Nothing of it is to be written at present."))
    return redirect(offer)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def undo(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Ask for a confirmation with the numbers in view; have a worker take it back."""
    offer = _offer_or_404(request, uuid)
    may_undo = may_be_undone(offer)
    if request.method == "POST" and may_undo:
        try:
            refuse_unless_on(offer.connection)
        except ConfigurationError as error:
            messages.error(request, error.message)
            return redirect(offer)
        have_undone(offer, by=request.pim_user.name)
        messages.success(request, _("It is being undone. How far that is stands here."))
        return redirect("pages:enrichment")
    written = offer.proposals.filter(state=Proposal.State.WRITTEN)
    context = {
        "section": "enrichment",
        "offer": offer,
        "may_undo": may_undo,
        "written": count_up_to_most(written) if may_undo else 0,
        "created": may_undo and written.filter(creates=True).exists(),
    }
    return render(request, "pages/enrichment/undo.html", context)


def _offer_or_404(request: PimRequest, uuid: UUID) -> Offer:
    offers = Offer.objects.visible_to(request.pim_user)
    return get_object_or_404(offers.select_related("connection", "source", "undoes"), uuid=uuid)


def _looked_at(request: PimRequest, tally: Tally, problems: int) -> str:
    """Return the state that is asked for, or the first that there is; "" for an empty offer.

    Of what is asked for there may be nothing any more: it was decided, or written meanwhile.
    """
    there_are = [state.value for state, _number in tally.by_state()]
    there_are += [_PROBLEMS] if problems else []
    asked = request.GET.get("state", "")
    if asked in there_are:
        return asked
    return there_are[0] if there_are else ""


def _values(
    request: PimRequest, offer: Offer, tally: Tally, state: Proposal.State
) -> dict[str, Any]:
    form = ChoiceForm(request.GET)
    choice = form.choice(state)
    rows = choice.of(offer)
    after, before = (form.cleaned_data.get(name) for name in ("after", "before"))
    part = slice_of(rows, after=after or 0, before=before)
    number = count_up_to_most(rows) if choice.identifier else tally.number(choice)
    shown_rows = [shown(one) for one in part.rows]
    return {
        "rows": shown_rows,
        "has_originals": any(row.original for row in shown_rows),
        "part": part,
        "choice": choice,
        "query": urlencode(_query(choice)),
        "is_chosen": bool(choice.attribute or choice.locale or choice.identifier),
        "number": number,
        "upto": highest(offer, state),
        "attributes": tally.attributes(state),
        "locales": tally.locales(state),
        "may_decide": request.pim_user.may_edit
        and offer.state not in (Offer.State.READING, Offer.State.STOPPED)
        and state in (Proposal.State.PROPOSED, *Proposal.OVERTAKEN),
    }


def _meant(offer: Offer, choice: Choice, form: DecisionForm) -> QuerySet[Proposal]:
    if one := form.cleaned_data["proposal"]:
        return Proposal.objects.filter(offer=offer, pk=one)
    return choice.of(offer).filter(pk__lte=form.cleaned_data["upto"])


def _ask(
    request: PimRequest,
    offer: Offer,
    choice: Choice,
    form: DecisionForm,
    rows: QuerySet[Proposal],
) -> HttpResponse:
    context = {
        "section": "enrichment",
        "offer": offer,
        "choice": choice,
        "decision": form.decided.value,
        "number": rows.filter(state=form.decided.state).count(),
        "upto": form.cleaned_data["upto"],
        "proposal": form.cleaned_data["proposal"],
        "back": f"{offer.get_absolute_url()}?{urlencode(_query(choice))}",
    }
    return render(request, "pages/enrichment/decide.html", context)


def _tell(request: PimRequest, decision: Decision, number: int) -> None:
    if not number:
        messages.info(request, _("None of these values waits for a decision any more."))
        return
    if decision == Decision.REJECT:
        said = ngettext(
            "%(number)s value was rejected.", "%(number)s values were rejected.", number
        )
    else:
        said = ngettext(
            "%(number)s value was approved. It is written in a moment.",
            "%(number)s values were approved. They are written in a moment.",
            number,
        )
    messages.success(request, said % {"number": intcomma(number)})


def _query(choice: Choice) -> dict[str, str]:
    named = {
        "state": choice.state.value,
        "attribute": choice.attribute,
        "locale": choice.locale,
        "identifier": choice.identifier,
    }
    return {name: value for name, value in named.items() if value}


def _back_to(offer: Offer, choice: Choice, *, after: int) -> HttpResponseRedirect:
    query: dict[str, Any] = _query(choice) | ({"after": after} if after else {})
    return HttpResponseRedirect(f"{offer.get_absolute_url()}?{urlencode(query)}")
