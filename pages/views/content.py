"""What the products of a catalog carry: languages, currencies, categories, links, shops."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalogs.content import set_content
from catalogs.offers import read_offers
from channels.settings import InvalidSettings
from outbound.errors import OutboundError
from pages.access import PimRequest, manager_required
from pages.content import ContentForm, entered
from pages.fetching import catalog_or_404
from pages.forms import posted
from pages.wording import status_of
from sync.status import counts_of


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def content(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Show and set it. The page opens also when nobody can be asked what there is to choose."""
    catalog = catalog_or_404(request, uuid)
    context: dict[str, Any] = {
        "catalog": catalog,
        "channel": catalog.channel,
        "counts": counts_of([catalog])[catalog.pk],
        "here": "content",
    }
    if catalog.raw:
        return render(request, "pages/catalogs/content.html", context)
    status = 200
    failure: OutboundError | None = None
    if request.method == "POST":
        try:
            reads_everything = set_content(catalog, **entered(request.POST))
        except OutboundError as error:
            status, failure = status_of(error), error
        else:
            said = _("Saved. The next run reads everything.") if reads_everything else _("Saved.")
            messages.success(request, said)
            return redirect(catalog)
    offers = read_offers(catalog)
    form = ContentForm(posted(request), catalog=catalog, offers=offers)
    if isinstance(failure, InvalidSettings):
        status = 422
        form.show_errors(failure.errors)
    elif failure is not None:
        form.add_error(None, failure.message)
    context |= {"form": form, "parts": form.parts(), "problems": offers.problems}
    return render(request, "pages/catalogs/content.html", context, status=status)
