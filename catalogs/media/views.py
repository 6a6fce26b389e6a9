"""Serving files: to anybody who has the address, for ever, and never as something that runs."""

from typing import cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from catalogs.media.addresses import is_signed
from catalogs.media.files import note_lost, whole
from outbound.errors import OutboundError
from pim.file_types import UNKNOWN, type_of

# What browsers show without running anything. All else they are told to save.
_SHOWN = {
    *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"),
    *("image/tiff", "application/pdf", "video/mp4", "video/webm", "audio/mpeg", "text/plain"),
}
_FOR_EVER = "public, max-age=31536000, immutable"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_safe
def serve(request: HttpRequest, signature: str, digest: str, name: str) -> HttpResponseBase:
    """The file with this digest. The type follows the name, which the signature covers."""
    if not is_signed(signature, digest, name):
        return HttpResponse("There is no such file.\n", status=404, content_type="text/plain")
    etag = f'"{digest}"'
    if conditional := get_conditional_response(request, etag=etag):  # 304, or 412
        return _cached(conditional, etag)
    try:
        file = whole(digest)
    except FileNotFoundError:
        return _lost(digest)
    except OutboundError:
        return HttpResponse("Try again later.\n", status=503, content_type="text/plain")
    kind = type_of(name) or UNKNOWN
    response = FileResponse(
        file, filename=name, as_attachment=kind not in _SHOWN, content_type=kind
    )
    if request.method == "HEAD":
        file.close()
        response.streaming_content = []
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _POLICY
    # Shops show it on pages of their own.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return _cached(cast(HttpResponseBase, response), etag)


def _lost(digest: str) -> HttpResponse:
    """Have the next run download it again; nobody is to take its absence for the last word."""
    if not note_lost(digest):
        return HttpResponse("The file is gone.\n", status=404, content_type="text/plain")
    response = HttpResponse("Try again later.\n", status=503, content_type="text/plain")
    response.headers["Retry-After"] = "3600"
    return response


def _cached(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["ETag"] = etag
    # Pictures are small, and the store may be one that gives a file from its beginning only.
    response.headers["Accept-Ranges"] = "none"
    return response
