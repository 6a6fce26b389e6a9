"""Files that wait in a private folder: uploads for a worker, texts for whoever asked for them."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from enrichment.models import TranslationOrder, Upload

KEPT_FREE = 1024**3  # bytes of the disk, by all that waits there: Ferry needs room for itself
LEFTOVER_AGE = timedelta(days=1)  # of a file that no row names, or not any more


def folder() -> Path:
    return Path(settings.STATE_FOLDER) / "uploads"


def refuse_when_full(path: Path) -> None:
    """Raise OSError unless there is room at this folder for what may wait."""
    if shutil.disk_usage(path).free < KEPT_FREE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def path_of(uuid: UUID) -> Path:
    return folder() / str(uuid)


@contextmanager
def new_file(uuid: UUID) -> Iterator[IO[bytes]]:
    """A file that only Ferry may read, on the disk as a whole once the block ends.

    Nothing is left of it when the block raises. Raises OSError, also where there is little room.
    """
    path = path_of(uuid)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_when_full(path.parent)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(handle)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def remove_files(uuids: Iterable[UUID]) -> None:
    for uuid in uuids:
        path_of(uuid).unlink(missing_ok=True)


def remove_leftovers() -> int:
    """Remove files that belong to nothing: of whatever died; return how many."""
    before = (timezone.now() - LEFTOVER_AGE).timestamp()
    if not folder().is_dir():
        return 0
    known = {str(uuid) for uuid in Upload.objects.values_list("uuid", flat=True)}
    made = TranslationOrder.objects.exclude(file=None).values_list("file", flat=True)
    known.update(map(str, made))
    removed = 0
    for path in folder().iterdir():
        if path.name not in known and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
