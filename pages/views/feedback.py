"""In which attributes of Akeneo a catalog says how its products stand on the channel."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channels.settings import InvalidSettings
from connections.enriching import may_write
from connections.languages import translated
from outbound.errors import OutboundError
from pages.access import PimRequest, manager_required
from pages.feedback import FeedbackForm, read_attributes
from pages.fetching import catalog_or_404
from pages.forms import posted
from pages.wording import status_of
from sync.feedback.settings import feedback_of, set_feedback
from sync.status import counts_of


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def feedback(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Show and set it. The page opens also when Akeneo cannot be asked for its attributes."""
    catalog = catalog_or_404(request, uuid)
    status = 200
    failure: OutboundError | None = None
    if request.method == "POST":
        try:
            changed = set_feedback(catalog, request.POST.dict())
        except OutboundError as error:
            status, failure = status_of(error), error
        else:
            after = _("Saved. After the next run it is written.") if changed else _("Saved.")
            messages.success(request, after)
            return redirect("pages:catalog_feedback", catalog.uuid)
    row = feedback_of(catalog)
    can_write = may_write(catalog.connection)
    attributes, problem = read_attributes(catalog) if can_write or row.pk else ({}, "")
    form = FeedbackForm(posted(request), feedback=row, attributes=attributes)
    if isinstance(failure, InvalidSettings):
        status = 422
        form.show_errors(failure.errors)
    elif failure is not None:
        form.add_error(None, translated(failure.message))
    context: dict[str, Any] = {
        "catalog": catalog,
        "channel": catalog.channel,
        "counts": counts_of([catalog])[catalog.pk],
        "here": "feedback",
        "form": form,
        "feedback": row,
        "problem": problem,
        "may_write": can_write,
        "without_place": sorted(
            (code, number) for code, number in row.without_place.items() if number
        ),
    }
    return render(request, "pages/catalogs/feedback.html", context, status=status)
