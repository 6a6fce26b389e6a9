"""Pictures that wait, to be looked at: what Ferry keeps itself, and nothing that a browser runs.

They are told by their first bytes, not by their names. No SVG is among them: it may have scripts.
"""

from pathlib import Path

from enrichment.media.files import BadFile, Folder, OfferedFile, file_of
from enrichment.media.kept_paths import kept_at
from enrichment.models import Proposal
from enrichment.values import FILES

MOST_BYTES = 5 * 1024**2  # of a picture that is shown: a page has 25 of them

_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_NEEDED = 12  # bytes, to tell what it is


def kept_file(proposal: Proposal) -> tuple[Path, OfferedFile] | None:
    """Return the file that is offered, and its folder, where Ferry keeps it and it is not large.

    What lies in a folder of somebody else is not shown: a command offered it.
    """
    file = file_of(proposal.value) if proposal.type in FILES else None
    if file is None or file.size > MOST_BYTES:
        return None
    try:
        folder = kept_at(file.folder)
    except ValueError:
        return None
    return (folder, file) if folder is not None else None


def has_picture(proposal: Proposal) -> bool:
    """Whether there is a picture to be shown. Opens the file."""
    return bool(_read(proposal, _NEEDED)[1])


def picture_of(proposal: Proposal) -> tuple[bytes, str]:
    """Return the picture and its type; both empty where there is none to be shown."""
    return _read(proposal, MOST_BYTES)


def _read(proposal: Proposal, most: int) -> tuple[bytes, str]:
    found = kept_file(proposal)
    if found is None:
        return b"", ""
    folder, file = found
    try:
        with Folder(folder).open(file.name) as stream:
            content = stream.read(most)
    except (BadFile, OSError):  # it was written or given up meanwhile, and is not kept any more
        return b"", ""
    kind = _type_of(content)
    return (content, kind) if kind else (b"", "")


def _type_of(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begins, kind in _BEGINNINGS.items() if content.startswith(begins)), "")
