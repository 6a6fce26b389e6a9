"""Where files are kept: each content once, under its own digest, whatever it is called.

Files come whole or not at all, and are never changed. Names and types that a PIM tells stay out of
the paths.
"""

import errno
import hashlib
import os
import re
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings

from outbound.errors import ConfigurationError, TransientError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_ARRIVING = "arriving"  # the folder of what is not complete
LEFTOVER_AGE = 24 * 3600.0  # seconds after which nobody can still be about to use a file

# What a disk or a network share may be over in a minute; all else needs a person.
_PASSING = {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.EMFILE, errno.ENFILE}
_PASSING |= {errno.ESTALE, errno.ETIMEDOUT}


class Arriving:
    """A file that is being received, hashed on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.begin()

    def begin(self) -> None:
        """Forget what came before."""
        self.size = 0
        self._digest = hashlib.sha256()
        self.file.seek(0)
        self.file.truncate()

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._digest.update(chunk)
        with storing():
            self.file.write(chunk)

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()


class MediaStore(ABC):
    """A content-addressed store. Threads and processes may share it."""

    @abstractmethod
    @contextmanager
    def arriving(self) -> Iterator[Arriving]:
        """Give something to write one file to; without `keep` nothing is left of it."""

    @abstractmethod
    def keep(self, arrived: Arriving) -> None:
        """Put it in its place, at once and whole. Keeping it twice changes nothing.

        Afterwards it is none of `old_files`. Raises OutboundError.
        """

    @abstractmethod
    def open(self, digest: str) -> BinaryIO:
        """Open a file for reading, and for going back in it. Raises FileNotFoundError, or
        OutboundError.
        """

    @abstractmethod
    def remove(self, digest: str) -> None:
        """Remove a file, which may be gone already. Raises OutboundError."""

    @abstractmethod
    def old_files(self, folder: str) -> Iterator[str]:
        """Yield the digests of files that were kept more than a day ago.

        `folder`: two digits, those that the digests begin with.
        """

    @abstractmethod
    def tidy_up(self) -> None:
        """Remove what killed processes left unfinished more than a day ago."""

    @abstractmethod
    def is_old(self, digest: str) -> bool:
        """Whether it still is one of `old_files`: somebody may have kept it again meanwhile."""


class FolderStore(MediaStore):
    """Files in a local folder, in 256 folders by the first two digits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def arriving(self) -> Iterator[Arriving]:
        folder = self._folder / _ARRIVING
        with ExitStack() as stack:
            with storing():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                file = stack.enter_context(tempfile.NamedTemporaryFile(dir=folder, delete=False))
            stack.callback(Path(file.name).unlink, missing_ok=True)
            yield Arriving(file)

    def keep(self, arrived: Arriving) -> None:
        path = self._path(arrived.digest)
        with storing():
            arrived.file.flush()
            # Before it gets its name: a crash of the machine must not leave an empty file there.
            os.fsync(arrived.file.fileno())
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.replace(arrived.file.name, path)

    def open(self, digest: str) -> BinaryIO:
        try:
            return self._path(digest).open("rb")
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _failure(error) from error

    def remove(self, digest: str) -> None:
        with storing():
            self._path(digest).unlink(missing_ok=True)

    def old_files(self, folder: str) -> Iterator[str]:
        for path in (self._folder / folder).glob("*"):
            if _DIGEST.fullmatch(path.name) and _is_old(path):
                yield path.name

    def tidy_up(self) -> None:
        for path in (self._folder / _ARRIVING).glob("*"):
            if _is_old(path):
                with storing():
                    path.unlink(missing_ok=True)

    def is_old(self, digest: str) -> bool:
        return _is_old(self._path(digest))

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ValueError("not a digest")
        return self._folder / digest[:2] / digest


def media_store() -> MediaStore:
    """Return the store that MEDIA_STORE names. Raises ConfigurationError."""
    return _store(settings.MEDIA_STORE)


@cache
def _store(place: str) -> MediaStore:
    if place.startswith("s3://"):
        # Not on top: whoever keeps files in a folder need not load the library.
        from catalogs.media.s3 import S3Store

        return S3Store(place)
    return FolderStore(Path(place))


@contextmanager
def storing() -> Iterator[None]:
    """Turn failures of the disk into what people can do about them."""
    try:
        yield
    except OSError as error:
        raise _failure(error) from error


def _failure(error: OSError) -> ConfigurationError | TransientError:
    why = os.strerror(error.errno) if error.errno else type(error).__name__
    said = f"Ferry cannot keep files of the PIM in its own folder ({why})."
    if error.errno in _PASSING:
        return TransientError(f"{said} It will be tried again.", detail=str(error))
    return ConfigurationError(f"{said} The people who run Ferry must mend that.", detail=str(error))


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - LEFTOVER_AGE
    except FileNotFoundError:
        return False
