"""Files that wait in the folder of their offer: until they are sent, or nobody wants them any more.

Kept is what comes from a source or from a person's browser, and differs from what the PIM holds:
it must not be lost when somebody cleans up where it came from. What a command offers stays where
it is.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from enrichment.media.files import BadFile, Folder, OfferedFile, check_name
from enrichment.media.kept_paths import all_kept, name_for, path_for
from enrichment.models import Offer, Proposal
from enrichment.values import FILES

LEFTOVER_AGE = timedelta(days=1)  # of files whose offer was never stored, or never read to its end
KEEP_EDITED = timedelta(days=30)  # of values that somebody may still want written over an edit
_UNFINISHED = ".ferry-"  # how the name of a file begins that is still being stored

_State = Proposal.State


class Kept(Folder):
    """The folder of one offer, which only Ferry may read. Not yet there, it is made."""

    def __init__(self, offer: UUID) -> None:
        """Raises OSError."""
        path = path_for(offer)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(path)
        self._offer = offer

    def names(self) -> list[str]:
        return [name for name in super().names() if not name.startswith(_UNFINISHED)]

    def read(self, name: str, *, anyway: bool = False) -> OfferedFile:
        return replace(super().read(name), folder=name_for(self._offer))

    @contextmanager
    def adding(self, name: str) -> Iterator[BinaryIO]:
        """A new file, there under its name once it is whole. Raises BadFile and OSError."""
        check_name(name)
        if name.startswith(_UNFINISHED):
            raise BadFile(gettext("Its name is one that Ferry uses itself. Give it another one."))
        if len(os.fsencode(name)) > os.pathconf(self.path, "PC_NAME_MAX"):
            raise BadFile(gettext("Its name is too long for the disk here. Give it a shorter one."))
        with NamedTemporaryFile(prefix=_UNFINISHED, dir=self.path, delete=False) as file:
            try:
                yield cast(BinaryIO, file)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, self.path / name)
            except BaseException:
                os.unlink(file.name)
                raise

    def drop(self, names: Iterable[str]) -> None:
        for name in names:
            (self.path / name).unlink(missing_ok=True)


def release(offer: Offer) -> None:
    """Remove those files of an offer that is read which nobody needs any more."""
    path = path_for(offer.uuid)
    if offer.state == Offer.State.READING or not path.is_dir():
        return
    rows = Proposal.objects.filter(offer=offer)
    needed = set(_needing(rows).values_list("column", flat=True).distinct())
    for entry in path.iterdir():
        if entry.name not in needed:
            entry.unlink(missing_ok=True)
    if not needed:
        shutil.rmtree(path, ignore_errors=True)


def proposed_among(offer: Offer, names: Iterable[str]) -> set[str]:
    """Which of these files an offer that is being read proposes. One query."""
    rows = Proposal.objects.filter(offer=offer, column__in=list(names))
    return set(_needing(rows).values_list("column", flat=True))


def release_settled() -> int:
    """Remove files that nobody needs any more; return how many offers have none left now.

    One whose reading was cut off goes on with what it has, for a day.
    """
    if not all_kept().is_dir():
        return 0
    before = (timezone.now() - LEFTOVER_AGE).timestamp()
    removed = 0
    for path in list(all_kept().iterdir()):
        offer = Offer.objects.filter(uuid=path.name).first() if _is_uuid(path.name) else None
        if offer is not None and not _may_be_read_again(offer):
            release(offer)
        elif offer is None and path.stat().st_mtime < before:
            shutil.rmtree(path, ignore_errors=True)
        removed += not path.exists()
    return removed


def remove_kept(offers: Iterable[UUID]) -> None:
    """Remove all files of these offers."""
    for offer in offers:
        shutil.rmtree(path_for(offer), ignore_errors=True)


def _may_be_read_again(offer: Offer) -> bool:
    if offer.state == Offer.State.READING:
        return True
    was_cut_off = offer.state == Offer.State.STOPPED and offer.finished_at is not None
    return was_cut_off and offer.updated_at > timezone.now() - LEFTOVER_AGE


def _needing(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Those that may still be written; what was replaced as long as that may come to nothing."""
    return rows.filter(
        Q(state__in=Proposal.OPEN)
        | Q(state=_State.OUTDATED, created_at__gt=timezone.now() - KEEP_EDITED)
        | Q(state=_State.REPLACED, replaced_by__state=Offer.State.READING),
        type__in=FILES,
    ).order_by()


def _is_uuid(name: str) -> bool:
    try:
        return bool(UUID(name))
    except ValueError:
        return False
