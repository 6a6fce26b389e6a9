"""Why a product is, or is not, on the channels; one product synced by itself."""

from uuid import UUID

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from catalogs.models import Catalog
from channels.registry import adapter_class
from connections.names import searchable
from pages.access import PimRequest, editor_required, pim_user_required
from pages.differences import shown_fields
from pages.fetching import listing_or_404
from pages.product_sections import (
    changes_of,
    listings_about,
    offered_for,
    sections_of,
    unseen_catalogs,
)
from pages.wording import quoted
from sync.fields import differing, pretty
from sync.keys import is_uuid
from sync.models import Listing
from sync.runs import AlreadyRunning
from sync.showing import variant_names_in
from sync.single import sync_products

_FIELDS = 200
_CHARACTERS = 100_000


@require_safe
@pim_user_required
def show(request: PimRequest, key: str) -> HttpResponse:
    """The product's place on each channel of its PIM, and what was sent for it lately.

    Of a variant, its model's place, where the channel gets models.
    """
    if searchable(key) != key:
        raise Http404
    listings = listings_about(request.pim_user, key)
    if not listings and not is_uuid(key):
        return redirect("pages:product", _as_uuid_or_404(key))
    first = listings[0] if listings else None
    context = {
        "section": "products",
        "connection": request.pim_user.connection,
        "key": key,
        "first": first,
        "sections": sections_of(listings),
        "name": next((str(one) for one in listings if one.label or one.identifier), ""),
        "is_variant": first is not None and first.key != key,
        "changes": changes_of(listings),
        "offered": offered_for(request.pim_user, key),
        "unseen": unseen_catalogs(request.pim_user, listings),
        "may_sync": request.pim_user.may_edit and bool(_catalogs(request, key)),
    }
    return render(request, "pages/product.html", context)


@require_POST
@editor_required
def sync(request: PimRequest, key: str) -> HttpResponse:
    """Read this product in Akeneo and bring the channels in step, each catalog by its own run."""
    if searchable(key) != key:
        raise Http404
    runs, busy = [], []
    for catalog in _catalogs(request, key):
        try:
            runs.append(sync_products(catalog, [key], by=request.pim_user.name))
        except AlreadyRunning:
            busy.append(catalog.name)
    if busy:
        text = _("A run of %(names)s is under way. Try again when it has ended.")
        messages.info(request, text % {"names": quoted(busy)})
    if len(runs) == 1:
        return redirect(runs[0])
    if runs:
        text = ngettext(
            "%(number)s run started, one for each catalog.",
            "%(number)s runs started, one for each catalog.",
            len(runs),
        )
        messages.success(request, text % {"number": intcomma(len(runs))})
    elif not busy:
        messages.error(request, _("There is no catalog that could be synced now."))
    return redirect("pages:product", key)


@require_safe
@pim_user_required
def preview(request: PimRequest, uuid: UUID) -> HttpResponse:
    """The document as the channel gets it, beside what it holds."""
    listing = listing_or_404(request, uuid)
    catalog = listing.catalog
    wanted = listing.wanted.body if listing.wanted else None
    sent = listing.sent.body if listing.sent else None
    titles = adapter_class(catalog.channel.kind).titles(catalog.channel.targets)
    changes, fields = differing(sent, wanted), differing(None, wanted)
    variants = variant_names_in(sent, wanted)
    body = pretty(wanted) if wanted else ""
    context = {
        "listing": listing,
        "catalog": catalog,
        "channel": catalog.channel,
        "changes": shown_fields(
            ((c.field, c.before, c.after) for c in changes[:_FIELDS]), titles, variants
        ),
        "fields": shown_fields(
            ((f.field, None, f.after) for f in fields[:_FIELDS]), titles, variants
        ),
        "more": max(0, len(fields) - _FIELDS),
        "body": body[:_CHARACTERS],
        "is_cut": len(body) > _CHARACTERS,
        "may_sync": request.pim_user.may_edit
        and catalog.is_active
        and catalog.is_started
        and not catalog.is_unconfirmed
        and catalog.connection.is_connected,
    }
    return render(request, "pages/preview.html", context)


def _as_uuid_or_404(key: str) -> str:
    """Return a uuid as products have it, which was written in capitals or without hyphens."""
    try:
        return str(UUID(key))
    except ValueError as error:
        raise Http404 from error


def _catalogs(request: PimRequest, key: str) -> list[Catalog]:
    """Return the catalogs that know the product; if none does, all that might have it.

    A model's code that nobody knows may be anything. Without a connection nothing can be read.
    """
    if not request.pim_user.connection.is_connected:
        return []
    mine = Catalog.objects.visible_to(request.pim_user)
    active = mine.active().started().filter(unconfirmed_since=None)
    active = active.select_related("channel__connection").order_by("position", "pk")
    known = list(active.filter(pk__in=Listing.objects.about(key).values("catalog")))
    return known or (list(active) if is_uuid(key) else [])
