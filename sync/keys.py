"""Product uuids, packed: a run keeps the uuids of what it read in 16 bytes each."""

from collections.abc import Iterable
from uuid import UUID

from sync.models import Checkpoint, KeyPage, Run


def pack(keys: Iterable[str]) -> bytes:
    """Return the uuids' bytes one after the other. Raises ValueError for what is no uuid."""
    return b"".join(UUID(key).bytes for key in keys)


def unpack(packed: bytes) -> list[str]:
    return [unpacked(packed[start : start + 16]) for start in range(0, len(packed), 16)]


def keys_of(run: Run, *parts: Checkpoint.Part) -> set[bytes]:
    """Return the packed uuids of the pages that the run has read (about 80 bytes each)."""
    found: set[bytes] = set()
    pages = KeyPage.objects.filter(run=run, part__in=parts).values_list("packed", flat=True)
    for page in pages.iterator(chunk_size=100):
        packed = bytes(page)
        found.update(packed[start : start + 16] for start in range(0, len(packed), 16))
    return found


def packed(key: str) -> bytes:
    return UUID(key).bytes


def unpacked(key: bytes) -> str:
    return str(UUID(bytes=key))
