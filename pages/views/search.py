"""Find a product by its identifier, its name or its uuid."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from pages.access import PimRequest, pim_user_required
from pages.answers import badge_of
from pages.keyset import Page
from pages.product_sections import unseen_catalogs
from pages.wording import State
from sync.models import Listing
from sync.search import Place, find_page

_ON_A_PAGE = 50
_LONGEST_SHOWN = 100  # characters of what was typed

_Places = list[tuple[Listing, State]]


@require_safe
@pim_user_required
def products(request: PimRequest) -> HttpResponse:
    """Show what is called like that, each product once, with its place on each channel."""
    words = request.GET.get("q", "").replace("\0", "").strip()
    words = words.encode(errors="replace").decode()
    page = _page(request, words)
    context = {
        "section": "products",
        "words": words[:_LONGEST_SHOWN],
        "page": page,
        "products": _by_product(page.rows),
        "catalogs": [] if page.rows else unseen_catalogs(request.pim_user, []),
    }
    return render(request, "pages/products.html", context)


def _page(request: PimRequest, words: str) -> Page[Listing]:
    after = Place.read(request.GET.get("after", ""))
    before = Place.read(request.GET.get("before", ""))
    found = find_page(request.pim_user, words, _ON_A_PAGE, after=after, before=before)
    beside = {"before": found.before, "after": found.after}
    queries = {
        where: urlencode({"q": words, where: str(place)}) if place else ""
        for where, place in beside.items()
    }
    return Page(found.listings, **queries)


def _by_product(found: Sequence[Listing]) -> list[tuple[Listing, _Places]]:
    products: dict[str, _Places] = {}
    for listing in found:
        products.setdefault(listing.key, []).append((listing, badge_of(listing)))
    for places in products.values():
        places.sort(key=lambda place: (place[0].channel.name, place[0].catalog.position))
    return [(places[0][0], places) for places in products.values()]
