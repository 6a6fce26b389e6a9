"""The link from a product in Akeneo to its page here: addresses to paste there."""

from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pages.access import PimRequest, pim_user_required


@require_safe
@pim_user_required
def product_link(request: PimRequest) -> HttpResponse:
    connection = request.pim_user.connection
    products = settings.BASE_URL + reverse("pages:products")
    # Not a single % of an escape: Akeneo would look for an attribute between two of them.
    which_pim = quote(connection.pim_url, safe=":/[]")
    context = {
        "connection": connection,
        "of_product": f"{products}/%uuid%?pim_url={which_pim}",
        "of_model": f"{products}/%code%?pim_url={which_pim}",
    }
    return render(request, "pages/product_link.html", context)
