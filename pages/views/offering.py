"""Files that somebody sends, made into an offer that a worker reads."""

import logging
from collections.abc import Callable, Sequence

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from connections.enriching import refuse_unless_on
from enrichment.media.files import BadFile
from enrichment.models import Offer, Source
from enrichment.uploads import offer_upload
from outbound.errors import ConfigurationError
from pages.access import PimRequest
from pages.uploads import MOST_FILES, MOST_OF_VALUES, was_too_large, were_too_many

logger = logging.getLogger(__name__)


def offered(
    request: PimRequest,
    files: "Sequence[UploadedFile[bytes]]",
    offer: Callable[[], Offer],
    *,
    back: str,
) -> HttpResponse:
    """Go on to the offer of these files, or `back` with the reason why there is none."""
    problem = _why_not_taken(request, files)
    if not problem:
        try:
            refuse_unless_on(request.pim_user.connection)
            return redirect(offer())
        except ConfigurationError as error:
            problem = error.message
        except BadFile as bad:
            problem = str(bad)
        except OSError as error:
            logger.exception("An upload could not be kept: %s", error.strerror)
            problem = _(
                "Ferry's disk took no file. Try again later, or tell the people who run it."
            )
    messages.error(request, problem)
    return redirect(back)


def offer_alone(
    request: PimRequest,
    file: "UploadedFile[bytes]",
    kind: Offer.Kind,
    source: Source | None = None,
) -> Offer:
    """Offer one file, which is kept until a worker reads it. Raises OSError."""
    user = request.pim_user
    return offer_upload(
        user.connection, file.name or "", file.chunks(), kind=kind, source=source, by=user.name
    )


def _why_not_taken(request: PimRequest, files: "Sequence[UploadedFile[bytes]]") -> str:
    if were_too_many(request):
        said = _("At most %(number)s files can be sent at once. Pack more of them into a ZIP.")
        return said % {"number": MOST_FILES}
    if was_too_large(request):
        size = MOST_OF_VALUES // 1024**2
        said = _("The file is larger than %(size)s MB, so it was not read. Send it in parts.")
        return said % {"size": size}
    if not files:
        return _("Choose a file first.")
    if len(files) == 1 and not files[0].size:
        return _("The file is empty.")
    return ""
