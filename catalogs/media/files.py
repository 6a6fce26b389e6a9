"""What an adapter gets of a file: its description, and its content when it asks for that."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import BinaryIO

from catalogs.media.addresses import address_of
from catalogs.media.store import media_store, storing
from catalogs.models import MediaFile
from channels import surroundings
from outbound.errors import TransientError

_LOST = 500  # that are looked at together
_CHUNK = 256 * 1024  # bytes
_ADDRESSES = 5000  # a query; a database takes some ten thousand values in one


class StoredFile(surroundings.MediaFile):
    """One file that was downloaded. Signing its address waits until somebody wants it."""

    def __init__(self, row: MediaFile) -> None:
        self.digest = row.digest
        self.name = row.name
        self.mime_type = row.mime_type
        self.size = row.size

    @cached_property
    def address(self) -> str:  # type: ignore[override]  # read-only, as adapters use it
        return address_of(self.digest, self.name)

    def open(self) -> BinaryIO:
        """Open the content. Raises OutboundError; a file that was lost is downloaded again."""
        try:
            return whole(self.digest)
        except FileNotFoundError:
            note_lost(self.digest)
            raise TransientError(
                f"The file {self.name} has vanished from where Ferry keeps files, or is damaged. "
                "It is downloaded again in the next run."
            ) from None


def whole(digest: str) -> BinaryIO:
    """Open a content that was read to its end, and is what it was when it came.

    Raises FileNotFoundError for one that is gone or damaged, and OutboundError.
    """
    file = media_store().open(digest)
    try:
        found = hashlib.sha256()
        with storing():
            while chunk := file.read(_CHUNK):
                found.update(chunk)
            file.seek(0)
        if found.hexdigest() != digest:
            raise FileNotFoundError(digest)
    except BaseException:
        file.close()
        raise
    return file


def known_files(connection_id: int, paths: Collection[str]) -> dict[str, MediaFile]:
    """Return what is known of these addresses of a PIM; a query for some thousand of them."""
    ordered = sorted(paths)
    rows = MediaFile.objects.filter(connection_id=connection_id)
    found: dict[str, MediaFile] = {}
    for start in range(0, len(ordered), _ADDRESSES):
        some = rows.filter(address__in=ordered[start : start + _ADDRESSES])
        found.update({row.address: row for row in some})
    return found


def note_lost(digest: str) -> bool:
    """Note that a content is to be had again, by the next run; whether anybody has a use for it."""
    return bool(MediaFile.objects.filter(digest=digest).update(is_lost=True))


def lost_files(connection_id: int) -> Iterator[dict[str, MediaFile]]:
    """Yield the files of a PIM that are to be had again, some at a time, by their addresses."""
    lost = MediaFile.objects.filter(connection_id=connection_id, is_lost=True).order_by("pk")
    last = 0
    while rows := list(lost.filter(pk__gt=last)[:_LOST]):
        last = rows[-1].pk
        yield {row.address: row for row in rows}


def remove_unused(digests: Collection[str]) -> int:
    """Remove those of these contents that no row refers to; return how many."""
    used = set(MediaFile.objects.filter(digest__in=digests).values_list("digest", flat=True))
    unused = [digest for digest in digests if digest and digest not in used]
    for digest in unused:
        media_store().remove(digest)
    return len(unused)


def stored(rows: Mapping[str, MediaFile]) -> dict[str, surroundings.MediaFile]:
    """The files behind texts of a document, given their rows."""
    return {text: StoredFile(row) for text, row in rows.items()}
