"""Products that need a person: parked ones are tried again, held ones decided about."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from catalogs.models import Catalog
from outbound.errors import ConfigurationError
from pages.access import PimRequest, editor_required, manager_required, pim_user_required
from pages.fetching import catalog_or_404, listing_or_404
from pages.held import held_of
from pages.keyset import page_of
from sync.causes import LOOKED_AT, causes_of
from sync.forms import HELD_ON_A_PAGE, HeldForm
from sync.listings import confirm_held, refuse_held, retry, retry_parked
from sync.models import Listing, Run
from sync.runs import push_what_waits
from sync.status import counts_of
from sync.urgent import refuse_while_resting

_PARKED_ON_A_PAGE, _CAUSES = 20, 20


@require_POST
@editor_required
def retry_one(request: PimRequest, uuid: UUID) -> HttpResponse:
    listing = listing_or_404(request, uuid)
    try:
        refuse_while_resting(listing.catalog)
    except ConfigurationError as error:
        messages.error(request, error.message)
        return redirect(listing.catalog)
    if not retry(listing):
        text = _("“%(name)s” does not need attention any more.")
        messages.info(request, text % {"name": listing})
        return redirect(listing.catalog)
    messages.success(request, _("“%(name)s” is sent again.") % {"name": listing})
    return redirect(push_what_waits(listing.catalog, by=request.pim_user.name))


@require_safe
@pim_user_required
def parked(request: PimRequest, uuid: UUID) -> HttpResponse:
    """What the channel refused: all by cause, or the products of one cause."""
    catalog = catalog_or_404(request, uuid)
    causes = causes_of(catalog)
    chosen = next((one for one in causes if one.code == request.GET.get("cause")), None)
    shown = Listing.objects.filter(catalog=catalog).parked()
    if chosen is not None:
        shown = shown.filter(pk__in=chosen.pks)
    kept = {"cause": chosen.code} if chosen else {}
    context = {
        "catalog": catalog,
        "channel": catalog.channel,
        "counts": counts_of([catalog])[catalog.pk],
        "here": "parked",
        "causes": causes[:_CAUSES],
        "chosen": chosen,
        "page": page_of(shown, _PARKED_ON_A_PAGE, request.GET, kept=kept),
        "looked_at": LOOKED_AT,
    }
    return render(request, "pages/catalogs/parked.html", context)


@require_POST
@editor_required
def retry_all(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Try all that is parked again, or what has one cause."""
    catalog = catalog_or_404(request, uuid)
    try:
        refuse_while_resting(catalog)
    except ConfigurationError as error:
        messages.error(request, error.message)
        return redirect(catalog)
    number = retry_parked(catalog, request.POST.get("cause", ""))
    if not number:
        messages.info(request, _("No product needs attention any more."))
        return redirect(catalog)
    text = ngettext("%(number)s product sent again.", "%(number)s products sent again.", number)
    messages.success(request, text % {"number": intcomma(number)})
    return redirect(push_what_waits(catalog, by=request.pim_user.name))


def held(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Everybody may see what is held; managers decide."""
    return decide_held(request, uuid) if request.method == "POST" else show_held(request, uuid)


@require_safe
@pim_user_required
def show_held(request: PimRequest, uuid: UUID) -> HttpResponse:
    return _held_page(request, catalog_or_404(request, uuid))


@require_POST
@manager_required
def decide_held(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Ask for a confirmation of a decision; carry it out.

    A decision covers exactly the listings that the page showed. The page of a run asks in its own
    place, and comes back to itself.
    """
    catalog = catalog_or_404(request, uuid)
    form = HeldForm(request.POST)
    if not form.is_valid():
        response = _held_page(request, catalog, form)
        if request.htmx:
            response["HX-Redirect"] = reverse("pages:held", args=[catalog.uuid])
        return response
    run = _run_it_came_from(request, catalog)
    seen = form.cleaned_data["listings"]
    if form.cleaned_data["confirmed"]:
        return _decide(request, catalog, form, run)
    held = Listing.objects.filter(catalog=catalog, pk__in=seen).held()
    if (seen_at := form.cleaned_data["seen_at"]) is not None:
        held = held.filter(updated_at__lte=seen_at)
    still_held = list(held.order_by("pk"))
    kinds = {one.held_because or Listing.Held.LEFT for one in still_held}
    context = {
        "catalog": catalog,
        "channel": catalog.channel,
        "listings": still_held,
        "pks": ",".join(str(listing.pk) for listing in still_held),
        "withdraws": form.cleaned_data["decision"] == HeldForm.WITHDRAW,
        "decision": form.cleaned_data["decision"],
        "kind": kinds.pop() if len(kinds) == 1 else "",
        "seen_at": form.data.get("seen_at", ""),
        "run": run,
    }
    template = "parts/held_decision.html" if request.htmx else "pages/catalogs/decide.html"
    return render(request, template, context)


def _held_page(request: PimRequest, catalog: Catalog, form: HeldForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "catalog": catalog,
        "channel": catalog.channel,
        "counts": counts_of([catalog])[catalog.pk],
        "here": "held",
        "held": held_of(catalog, HELD_ON_A_PAGE, request.GET),
        "form": form,
    }
    status = 422 if form is not None else 200
    return render(request, "pages/catalogs/held.html", context, status=status)


def _decide(request: PimRequest, catalog: Catalog, form: HeldForm, run: Run | None) -> HttpResponse:
    seen, seen_at = form.cleaned_data["listings"], form.cleaned_data["seen_at"]
    leaves = Listing.objects.filter(catalog=catalog, pk__in=seen, wanted=None).exists()
    if form.cleaned_data["decision"] == HeldForm.KEEP:
        number = refuse_held(catalog, seen, seen_at)
        if not number:
            return _decided_already(request, run or catalog)
        text = _kept(number) if leaves else _left(number)
        names = {"number": intcomma(number), "channel": catalog.channel.name}
        messages.success(request, text % names)
        return redirect(run or catalog)
    number = confirm_held(catalog, seen, seen_at)
    if not number:
        return _decided_already(request, run or catalog)
    text = _released_to_leave(number) if leaves else _released_to_go(number)
    messages.success(request, text % {"number": intcomma(number)})
    sending = push_what_waits(catalog, by=request.pim_user.name)
    return redirect(run or sending)


def _decided_already(request: PimRequest, back_to: Run | Catalog) -> HttpResponse:
    messages.info(request, _("None of these products waits for a decision any more."))
    return redirect(back_to)


def _run_it_came_from(request: PimRequest, catalog: Catalog) -> Run | None:
    """Return the run on whose page the decision was taken, if it was on one."""
    try:
        uuid = UUID(request.POST.get("run", ""))
    except ValueError:
        return None
    return Run.objects.filter(catalog=catalog, uuid=uuid).first()


def _kept(number: int) -> str:
    return ngettext(
        "%(number)s product was kept on %(channel)s.",
        "%(number)s products were kept on %(channel)s.",
        number,
    )


def _left(number: int) -> str:
    return ngettext(
        "%(number)s product was left as it was on %(channel)s.",
        "%(number)s products were left as they were on %(channel)s.",
        number,
    )


def _released_to_leave(number: int) -> str:
    return ngettext(
        "%(number)s product was released to be withdrawn.",
        "%(number)s products were released to be withdrawn.",
        number,
    )


def _released_to_go(number: int) -> str:
    return ngettext(
        "%(number)s product was released to be sent.",
        "%(number)s products were released to be sent.",
        number,
    )
