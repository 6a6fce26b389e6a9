"""A file that somebody sends, made into an offer that a worker reads."""

import logging

from django.contrib import messages
from django.core.files import File
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from connections.enriching import refuse_unless_on
from enrichment.models import Offer, Source
from enrichment.uploads import offer_upload
from outbound.errors import ConfigurationError
from pages.access import PimRequest
from pages.uploads import MOST_OF_VALUES, was_too_large

logger = logging.getLogger(__name__)


def offer_sent_file(
    request: PimRequest, kind: Offer.Kind, *, back: str, source: Source | None = None
) -> HttpResponse:
    """Go on to the offer of the file, or `back` with the reason why there is none."""
    connection = request.pim_user.connection
    file = request.FILES.get("file")
    problem = _why_not_taken(request, file)
    if problem or file is None:
        messages.error(request, problem)
        return redirect(back)
    try:
        refuse_unless_on(connection)
        offer = offer_upload(
            connection,
            file.name or "",
            file.chunks(),
            kind=kind,
            source=source,
            by=request.pim_user.name,
        )
    except ConfigurationError as error:
        messages.error(request, error.message)
        return redirect(back)
    except OSError as error:
        logger.exception("An upload could not be kept: %s", error.strerror)
        said = _("Ferry's disk took no file. Try again later, or tell the people who run it.")
        messages.error(request, said)
        return redirect(back)
    return redirect(offer)


def _why_not_taken(request: PimRequest, file: "File[bytes] | None") -> str:
    if was_too_large(request):
        size = MOST_OF_VALUES // 1024**2
        said = _("The file is larger than %(size)s MB, so it was not read. Send it in parts.")
        return said % {"size": size}
    if file is None:
        return _("Choose a file first.")
    if not file.size:
        return _("The file is empty.")
    return ""
