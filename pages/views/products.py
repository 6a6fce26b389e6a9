"""Why a product is, or is not, on the channels."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pages.access import PimRequest, pim_user_required
from sync.models import Listing
from sync.models.batches import Change

_CHANGES = 20


@require_safe
@pim_user_required
def show(request: PimRequest, uuid: UUID) -> HttpResponse:
    """The product's place on each channel of its PIM, and what was sent for it lately."""
    listings = (
        Listing.objects.visible_to(request.pim_user)
        .filter(key=str(uuid))
        .select_related("catalog", "channel")
        .order_by("channel__name", "catalog__position", "pk")
    )
    changes = Change.objects.filter(listing__in=listings).select_related(
        "run", "listing__catalog", "listing__channel"
    )
    context = {
        "uuid": uuid,
        "pim_url": request.pim_user.connection.pim_url,
        "listings": listings,
        "name": next((str(one) for one in listings if one.label or one.identifier), ""),
        "changes": changes.order_by("-pk")[:_CHANGES],
    }
    return render(request, "pages/product.html", context)
