"""Feeds in a folder on the machine where the app runs."""

import contextlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from channels.feeds import Report, mark_of
from channels.file.destinations import Destination, age_of, disk_faults
from channels.file.places import begun_as

LEFTOVER_AGE = 3600  # seconds after which nobody can still be writing a temporary file
_TEMPORARY = r"\.[a-z0-9_]{8}\.tmp"  # how the name of one ends, as `tempfile` makes them


class Folder(Destination):
    def __init__(self, path: Path) -> None:
        self._path = path

    def where(self, name: str) -> str:
        return str(self._path / name)

    def check(self, name: str) -> None:
        """Make the folder if need be.

        Tried by creating a file: rights alone do not tell about full or read-only disks.
        """
        with self._faults(name):
            self._path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._path):
                pass

    @contextlib.contextmanager
    def replacement(self, name: str, content_type: str) -> Iterator[BinaryIO]:
        with self._faults(name):
            self._path.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers(name)
            handle, temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".tmp", dir=self._path)
            try:
                with open(handle, "w+b") as stream:
                    yield stream
                    stream.flush()
                    os.fchmod(handle, 0o644)  # whoever fetches it is somebody else
                    os.fsync(handle)
                os.replace(temporary, self._path / name)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
            _sync(self._path)

    def read(self, name: str, limit: int) -> Report | None:
        with disk_faults(self.where(name), str(self._path)):
            try:
                # A pipe that nobody writes to holds nobody up.
                handle = os.open(self._path / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except FileNotFoundError:
                return None
            with open(handle, "rb") as stream:
                found = os.fstat(handle)
                if not stat.S_ISREG(found.st_mode):
                    return None
                return Report(stream.read(limit), age_of(time.time(), found.st_mtime))

    def mark(self, stream: BinaryIO) -> str:
        stream.flush()
        return mark_of(os.fstat(stream.fileno()))

    def is_there(self, name: str, wrote: Callable[[str, str], bool]) -> bool:
        try:
            found = os.stat(self._path / name)
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and wrote(name, mark_of(found))

    def remove_unfinished(self, name: str, names: re.Pattern[str]) -> int:
        """Remove everything that was begun under one of these names; `name` is for people.

        However young it is: who still writes it finds it gone. Raises ChannelError.
        """
        ours = re.compile(rf"\.{names.pattern}{_TEMPORARY}")
        removed = 0
        with self._faults(name), contextlib.suppress(FileNotFoundError):
            for path in self._path.iterdir():
                if ours.fullmatch(path.name) and not path.is_dir():
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _remove_leftovers(self, name: str) -> None:
        """Remove what writers that were killed left behind."""
        ours = begun_as(name, _TEMPORARY)
        for path in self._path.iterdir():
            if ours.fullmatch(path.name):
                with contextlib.suppress(FileNotFoundError):  # another writer was faster
                    if time.time() - path.stat().st_mtime > LEFTOVER_AGE:
                        path.unlink()

    def _faults(self, name: str) -> contextlib.AbstractContextManager[None]:
        return disk_faults(self.where(name), str(self._path))


def _sync(folder: Path) -> None:
    """Make the new name survive a power cut; some network shares cannot, and need not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
