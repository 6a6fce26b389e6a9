"""Send the earlier version of one product, after a look at the difference. For managers."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channels.registry import adapter_class
from connections.languages import translated
from outbound.errors import ConfigurationError
from pages.access import PimRequest, manager_required
from pages.differences import shown_fields
from pages.fetching import listing_or_404
from sync.earlier import look_at_earlier, send_earlier
from sync.fields import differing
from sync.models import Change, Document
from sync.runs import AlreadyRunning
from sync.showing import variant_names_in

_FIELDS = 200


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def earlier(request: PimRequest, uuid: UUID, change: int) -> HttpResponse:
    """Ask for a confirmation with the difference in view; start the run that sends it."""
    listing = listing_or_404(request, uuid)
    changes = Change.objects.filter(listing=listing).select_related("before", "listing", "run")
    made = get_object_or_404(changes, pk=change)
    try:
        if request.method == "POST":
            return _send(request, made)
        found = look_at_earlier(made, listing)
    except AlreadyRunning as busy:
        messages.info(request, _("A run is under way. Send it when that has ended."))
        return redirect(busy.run)
    except ConfigurationError as error:
        messages.error(request, translated(error.message))
        return redirect("pages:product", listing.key)
    now = found.now.body if found.now and found.now.digest not in Document.MARKERS else None
    changed = differing(now, found.before.body)
    titles = adapter_class(listing.channel.kind).titles(listing.channel.targets)
    context = {
        "listing": listing,
        "catalog": listing.catalog,
        "channel": listing.channel,
        "change": made,
        "seen": found.seen,
        "is_on_channel": now is not None,
        "fields": shown_fields(
            ((c.field, c.before, c.after) for c in changed[:_FIELDS]),
            titles,
            variant_names_in(now, found.before.body),
        ),
        "more": max(0, len(changed) - _FIELDS),
    }
    return render(request, "pages/earlier.html", context)


def _send(request: PimRequest, change: Change) -> HttpResponse:
    run = send_earlier(change, request.POST.get("seen", ""), by=request.pim_user.name)
    if run is None:
        messages.info(request, _("The earlier version waits to be sent already."))
        return redirect("pages:product", change.listing.key)
    return redirect(run)
