"""Files that managers send: with values, or images and files. A worker reads them."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from connections.enriching import refuse_unless_on
from enrichment.media import sent_files
from enrichment.media.files import BadFile
from enrichment.models import Offer, Source
from enrichment.uploads import offer_upload
from outbound.errors import ConfigurationError
from pages.access import PimRequest, manager_required
from pages.uploads import MOST_FILES, MOST_OF_VALUES, was_too_large, were_too_many

logger = logging.getLogger(__name__)

_ARCHIVE = ".zip"


@require_POST
@manager_required
def offer_file(request: PimRequest) -> HttpResponse:
    """Take a file with values; a worker reads it, and its page is there at once."""
    source = _source_or_404(request, Source.Kind.VALUES)
    files = request.FILES.getlist("file")[:1]
    return _offered(request, files, lambda: _offer_alone(request, files[0], source))


@require_POST
@manager_required
def offer_files(request: PimRequest) -> HttpResponse:
    """Take images and files, or one archive of them."""
    source = _source_or_404(request, Source.Kind.MEDIA)
    files = request.FILES.getlist("files")
    if len(files) > 1 and any(map(_is_archive, files)):
        messages.error(request, _("Send a ZIP archive by itself, or the files without it."))
        return redirect("pages:enrichment")

    def offer() -> Offer:
        if _is_archive(files[0]):
            return _offer_alone(request, files[0], source, Offer.Kind.MEDIA)
        named = [(file.name or "", file.chunks()) for file in files]
        user = request.pim_user
        return sent_files.offer_files(user.connection, named, source=source, by=user.name)

    return _offered(request, files, offer)


def _offer_alone(
    request: PimRequest,
    file: "UploadedFile[bytes]",
    source: Source | None,
    kind: Offer.Kind = Offer.Kind.VALUES,
) -> Offer:
    user = request.pim_user
    return offer_upload(
        user.connection, file.name or "", file.chunks(), kind=kind, source=source, by=user.name
    )


def _offered(
    request: PimRequest, files: "list[UploadedFile[bytes]]", offer: Callable[[], Offer]
) -> HttpResponse:
    """Go to the offer of these files, or say why there is none."""
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
    return redirect("pages:enrichment")


def _why_not_taken(request: PimRequest, files: "list[UploadedFile[bytes]]") -> str:
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


def _source_or_404(request: PimRequest, kind: Source.Kind) -> Source | None:
    """The source that was chosen; None if none was."""
    try:
        uuid = UUID(request.POST.get("source", ""))
    except ValueError:
        return None
    sources = Source.objects.visible_to(request.pim_user).filter(kind=kind)
    return get_object_or_404(sources, uuid=uuid)


def _is_archive(file: "UploadedFile[bytes]") -> bool:
    return (file.name or "").lower().endswith(_ARCHIVE)
