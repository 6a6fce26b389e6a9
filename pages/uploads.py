"""Files that people send: bounded before any of them reaches the disk, on every page."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from pages.access import is_signed_in

MOST_BYTES = 10 * 1024 * 1024  # of all files of a request
MOST_OF_VALUES = 100 * 1024 * 1024  # where people who are signed in offer something to a PIM
MOST_FILES = 100  # of a request; see DATA_UPLOAD_MAX_NUMBER_FILES
_MOST_BESIDE = 256 * 1024  # what a form has besides
# Whoever sends so much is heard out, or the browser would show a broken connection and no sentence.
_HEARD_OUT = 200 * 1024 * 1024
_TOO_LARGE = "ferry.upload_too_large"
_TOO_MANY = "ferry.uploads_too_many"
_OFFERING = ("pages:offer_file", "pages:offer_files", "pages:bring_translations")


class BoundedUpload(FileUploadHandler):
    """The first of the handlers: stops a request whose files are too large, or too many.

    The form's other fields are there as far as they came before. Works by what arrives, whatever
    was announced.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._most = MOST_BYTES
        self._received = 0
        self._announced = 0
        self._files = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        self._announced = content_length
        self._most = _most_of(self.request)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._files += 1
        if self._files > MOST_FILES:
            if self.request is not None:
                self.request.META[_TOO_MANY] = True
            raise StopUpload(connection_reset=self._announced > _HEARD_OUT)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._received += len(raw_data)
        if self._received > self._most or self._announced > self._most + _MOST_BESIDE:
            if self.request is not None:
                self.request.META[_TOO_LARGE] = True
            raise StopUpload(connection_reset=self._announced > _HEARD_OUT)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers that keep it."""


def _most_of(request: HttpRequest | None) -> int:
    """How much a request may bring; it is asked before the view, by the check of forms."""
    match = getattr(request, "resolver_match", None)
    if match is None or match.view_name not in _OFFERING:
        return MOST_BYTES
    return MOST_OF_VALUES if request is not None and is_signed_in(request) else MOST_BYTES


def was_too_large(request: HttpRequest) -> bool:
    """Whether files of this request were dropped for their size. After they were looked at."""
    return _TOO_LARGE in request.META


def were_too_many(request: HttpRequest) -> bool:
    """Whether files of this request were dropped since there were too many of them."""
    return _TOO_MANY in request.META
