"""Files that people send: bounded before any of them reaches the disk, on every page."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

MOST_BYTES = 10 * 1024 * 1024  # of all files of a request
_MOST_BESIDE = 256 * 1024  # what a form has besides
# Whoever sends so much is heard out, or the browser would show a broken connection and no sentence.
_HEARD_OUT = 200 * 1024 * 1024
_TOO_LARGE = "ferry.upload_too_large"


class BoundedUpload(FileUploadHandler):
    """The first of the handlers: stops a request whose files are too large.

    The form's other fields are there as far as they came before. Works by what arrives, whatever
    was announced.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._received = 0
        self._announced = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        self._announced = content_length

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._received += len(raw_data)
        if self._received > MOST_BYTES or self._announced > MOST_BYTES + _MOST_BESIDE:
            if self.request is not None:
                self.request.META[_TOO_LARGE] = True
            raise StopUpload(connection_reset=self._announced > _HEARD_OUT)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers that keep it."""


def was_too_large(request: HttpRequest) -> bool:
    """Whether files of this request were dropped for their size. After they were looked at."""
    return _TOO_LARGE in request.META
