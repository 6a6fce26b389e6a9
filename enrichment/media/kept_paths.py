"""Where Ferry keeps the files of an offer until they are sent: a folder for each offer.

A proposal says `offer:` and the offer's uuid in place of a folder, so that what waits survives a
move of Ferry's own folder.
"""

from pathlib import Path
from uuid import UUID

from django.conf import settings

_KEPT = "offer:"


def all_kept() -> Path:
    """The folder of these folders."""
    return Path(settings.STATE_FOLDER) / "offered"


def path_for(offer: UUID) -> Path:
    return all_kept() / str(offer)


def name_for(offer: UUID) -> str:
    """What a proposal says in place of the folder."""
    return f"{_KEPT}{offer}"


def kept_at(folder: str) -> Path | None:
    """Where the files lie if this stands for a folder that Ferry keeps, None for any other."""
    return path_for(UUID(folder.removeprefix(_KEPT))) if folder.startswith(_KEPT) else None
