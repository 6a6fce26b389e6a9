"""Files that managers send: with values, or images and files. A worker reads them."""

from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrichment.media import sent_files
from enrichment.models import Offer, Source
from pages.access import PimRequest, manager_required
from pages.views.offering import offer_alone, offered

_ARCHIVE = ".zip"
_BACK = "pages:enrichment"


@require_POST
@manager_required
def offer_file(request: PimRequest) -> HttpResponse:
    """Take a file with values; a worker reads it, and its page is there at once."""
    source = _source_or_404(request, Source.Kind.VALUES)
    files = request.FILES.getlist("file")[:1]

    def offer() -> Offer:
        return offer_alone(request, files[0], Offer.Kind.VALUES, source)

    return offered(request, files, offer, back=_BACK)


@require_POST
@manager_required
def offer_files(request: PimRequest) -> HttpResponse:
    """Take images and files, or one archive of them."""
    source = _source_or_404(request, Source.Kind.MEDIA)
    files = request.FILES.getlist("files")
    if len(files) > 1 and any(map(_is_archive, files)):
        messages.error(request, _("Send a ZIP archive by itself, or the files without it."))
        return redirect(_BACK)

    def offer() -> Offer:
        if _is_archive(files[0]):
            return offer_alone(request, files[0], Offer.Kind.MEDIA, source)
        named = [(file.name or "", file.chunks()) for file in files]
        user = request.pim_user
        return sent_files.offer_files(user.connection, named, source=source, by=user.name)

    return offered(request, files, offer, back=_BACK)


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
