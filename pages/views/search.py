"""Find a product by its identifier, its name or its uuid."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pages.access import PimRequest, pim_user_required
from pages.answers import badge_of
from pages.product_sections import unseen_catalogs
from pages.wording import State
from sync.models import Listing
from sync.search import find_listings

_MOST = 50
_LONGEST_SHOWN = 100  # characters of what was typed


@require_safe
@pim_user_required
def products(request: PimRequest) -> HttpResponse:
    """Show what is called like that, each product once, with its place on each channel."""
    words = request.GET.get("q", "").replace("\0", "").strip()
    words = words.encode(errors="replace").decode()
    found = find_listings(request.pim_user, words, _MOST + 1) if words else []
    context = {
        "section": "products",
        "words": words[:_LONGEST_SHOWN],
        "products": _by_product(found[:_MOST]),
        "there_are_more": len(found) > _MOST,
        "most": _MOST,
        "catalogs": [] if found else unseen_catalogs(request.pim_user, []),
    }
    return render(request, "pages/products.html", context)


def _by_product(found: list[Listing]) -> list[tuple[Listing, list[tuple[Listing, State]]]]:
    products: dict[str, list[tuple[Listing, State]]] = {}
    for listing in found:
        products.setdefault(listing.key, []).append((listing, badge_of(listing)))
    return [(places[0][0], places) for places in products.values()]
