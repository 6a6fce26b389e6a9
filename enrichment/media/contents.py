"""What is in the files of a PIM: known of those that were sent, found out of others."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from enrichment.batches import Found, place_of
from enrichment.media.files import OfferedFile
from enrichment.models import PimFile, Proposal
from enrichment.values import FILES, current, digest
from outbound.errors import AnswerTooLarge
from pim.client import PimClient
from pim.errors import NotFound
from pim.media import path_of_code

_AT_ONCE = 500

Contents = Mapping[str, str]  # the digest of what is in a file, by the file's code


class _Digest:
    """Takes a file's bytes, and keeps none."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self._digest = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        self._digest.update(chunk)

    def __str__(self) -> str:
        return self._digest.hexdigest()


def contents(connection_id: int, codes: Iterable[str]) -> dict[str, str]:
    """Return what is known of these files of a PIM. No query for none."""
    asked = sorted(set(codes))
    rows = PimFile.objects.filter(connection=connection_id).order_by()
    found: dict[str, str] = {}
    for start in range(0, len(asked), _AT_ONCE):
        some = rows.filter(code__in=asked[start : start + _AT_ONCE])
        found |= dict(some.values_list("code", "content"))
    return found


def contents_at(connection_id: int, proposals: Iterable[Proposal], found: Found) -> dict[str, str]:
    """Return what is known of the files that the PIM holds where these proposals are for."""
    codes = (current(found.get(one.key), place_of(one)) for one in proposals if one.type in FILES)
    return contents(connection_id, filter(None, codes))


def holds(one: Proposal, now: Any, known: Contents) -> bool:
    """Whether the PIM has what is proposed, if this stands there: a file counts by any code."""
    type_ = one.type or one.attribute
    if digest(now, type_) == one.value_digest:
        return True
    content = known.get(now) if type_ in FILES and isinstance(now, str) else None
    return content is not None and digest({"content": content}, type_) == one.value_digest


def is_in(
    client: PimClient, code: str, file: OfferedFile, store: str = PimFile.Store.MEDIA
) -> bool:
    """Whether the PIM's file with this code is the same; it is only loaded if it is as large.

    Of the files of assets no PIM tells the size: no more of one is loaded than the other has.
    Raises what the client raises, but for a file that the PIM does not have.
    """
    is_of_asset = store == PimFile.Store.ASSETS
    path = path_of_code(client.pim_url, code, of_asset=is_of_asset)
    sink = _Digest()
    try:
        if path is None or not (is_of_asset or client.media_file(code).size == file.size):
            return False
        client.download(path, sink, max_bytes=file.size)
    except (NotFound, AnswerTooLarge):
        return False
    return str(sink) == file.content
