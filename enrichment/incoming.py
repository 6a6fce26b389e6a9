"""What lies at the location of a source: a folder of this machine, or one of an SFTP server."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO, Protocol

from catalogs.channels import address_policy
from channels.file.destinations import PASSING, SftpAddress, read_address
from enrichment.kept_files import KEPT_FREE
from enrichment.locations import WrongLocation, checked_location
from enrichment.media.files import NO_FILES
from enrichment.models import Source
from enrichment.models.files import NAME_LENGTH
from outbound.errors import ConfigurationError, TransientError

MOST_ENTRIES = 10_000  # of a folder
MOST_BYTES = 4 * 1024**3  # of a file: what is copied must not fill the disk
ENDINGS = (".csv", ".txt", ".xlsx", ".xlsm", ".jsonl", ".ndjson")

_SEARCHED = getattr(os, "O_PATH", os.O_RDONLY)  # what may be gone through, and not be listed
_PIECE = 1024 * 1024
_EARLIEST, _LATEST = -(2**63), 2**63 - 1  # dates that a column holds: until the year 2262
_ROOM = 64 * 1024**2  # bytes that are left free on the disk
_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it lies there: bytes, and its date in nanoseconds since 1970."""

    name: str
    size: int
    modified: int


class Incoming(Protocol):
    """A place where files are. Raises OutboundError with words for people."""

    def listed(self, limit: int) -> list[tuple[str, int, int]]: ...

    def fetch(self, name: str, into: BinaryIO, most: int) -> tuple[int, int] | None: ...

    def held_open(self) -> AbstractContextManager[object]: ...


def incoming_of(source: Source) -> Incoming:
    """Where this source is read. Raises ConfigurationError where it must not be any more."""
    host_key = str(source.settings.get("host_key", ""))
    try:
        address = read_address(checked_location(source.location, host_key))
    except WrongLocation as wrong:
        raise ConfigurationError(wrong.message) from None
    if not isinstance(address, SftpAddress):
        assert isinstance(address, Path)  # noqa: S101  # nosec B101  # nothing else is checked
        return _Folder(address)
    # Imported where it is needed: it costs every process of the app 20 MB.
    from channels.file.sftp_reading import SftpReading

    is_key = source.secret.lstrip().startswith("-----BEGIN")
    return SftpReading(
        address,
        policy=address_policy(),
        host_key=host_key,
        password="" if is_key else source.secret,
        private_key=source.secret if is_key else "",
    )


class NoRoom(ConfigurationError):
    """This file does not fit on our disk at present; a smaller one may."""


def files_at(incoming: Incoming, kind: str) -> list[Entry]:
    """The files for a source of this kind, by name; hidden ones are nobody's business.

    Raises OutboundError.
    """
    endings = ENDINGS if kind == Source.Kind.VALUES else None
    found = incoming.listed(MOST_ENTRIES + 1)
    if len(found) > MOST_ENTRIES:
        raise ConfigurationError(
            f"More than {MOST_ENTRIES:,} files lie there. Put those that were read elsewhere."
        )
    # A server may tell of one name twice, and of sizes and dates that no file has.
    entries = {
        name: Entry(name, *_possible(size, modified))
        for name, size, modified in found
        if _is_for_us(name, endings)
    }
    return sorted(entries.values(), key=lambda one: one.name)


def fetched(
    incoming: Incoming, entry: Entry, into: BinaryIO, *, folder: Path | None = None
) -> bool:
    """Copy the file; whether it is still the one that was listed. Raises OutboundError.

    `folder` is where the copy lies, as long as it is needed: without one among temporary files,
    where reading it takes as much again.
    """
    if entry.size > MOST_BYTES:
        raise ConfigurationError(
            f"The file has more than {MOST_BYTES // 1024**3} GB. Deliver it in parts."
        )
    where = folder or tempfile.gettempdir()
    needed = entry.size if folder else 2 * entry.size
    if shutil.disk_usage(where).free < needed + (KEPT_FREE if folder else _ROOM):
        raise NoRoom(
            f"There is no room for the file in {where} of the machine where Ferry's workers run: "
            f"{'as much as it has' if folder else 'twice its size'} is needed."
        )
    now = incoming.fetch(entry.name, into, MOST_BYTES)
    is_same = now is not None and _possible(*now) == (entry.size, entry.modified)
    return is_same and into.tell() == entry.size


def _possible(size: int, modified: int) -> tuple[int, int]:
    """A size and a date as they can be stored; a file beyond that is too large anyway."""
    return min(size, MOST_BYTES + 1), max(_EARLIEST, min(modified, _LATEST))


def _is_for_us(name: str, endings: Sequence[str] | None) -> bool:
    """Whoever writes a file under another name first, and renames it, is right to."""
    ending = PurePath(name).suffix.lower()
    return (
        (ending in endings if endings is not None else ending not in _UNFINISHED)
        and not name.startswith((".", "~$"))
        and name not in NO_FILES
        and "/" not in name
        and len(name) <= NAME_LENGTH
        and name.isprintable()
    )


class _Folder:
    """Only plain files that lie in it themselves: links could lead out of it.

    `path` leads over no links, and where one of its folders becomes one nothing is read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def listed(self, limit: int) -> list[tuple[str, int, int]]:
        found = []
        with self._told(), self._opened() as folder, os.scandir(folder) as entries:
            for number, one in enumerate(entries):
                if number == limit:
                    break
                try:
                    seen = one.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # taken away meanwhile
                if stat.S_ISREG(seen.st_mode):
                    found.append((one.name, seen.st_size, seen.st_mtime_ns))
        return found

    def fetch(self, name: str, into: BinaryIO, most: int) -> tuple[int, int] | None:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with self._told(), self._opened() as folder:
            try:
                handle = os.open(name, flags, dir_fd=folder)
            except FileNotFoundError:
                return None
            with open(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    return None
                while (piece := file.read(_PIECE)) and into.tell() < most:
                    into.write(piece)
                seen = os.fstat(handle)
        return seen.st_size, seen.st_mtime_ns

    def held_open(self) -> AbstractContextManager[object]:
        return nullcontext()

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder, step by step: whoever may write beside it could put a link in its place."""
        step = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        *above, last = self._path.parts
        handle = -1
        with ExitStack() as stack:
            for part, access in [*((one, _SEARCHED) for one in above), (last, os.O_RDONLY)]:
                below = {} if handle < 0 else {"dir_fd": handle}
                handle = os.open(part, step | access, **below)
                stack.callback(os.close, handle)
            yield handle

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in words what the disk says."""
        try:
            yield
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            detail = f"{self._path}: {error!r}"
            if error.errno in PASSING:
                raise TransientError(
                    f"{self._path} could not be read just now ({reason}).", detail=detail
                ) from error
            raise ConfigurationError(
                f"{self._path} cannot be read ({reason}). See to it that the folder is there, and "
                "that the user of Ferry's workers may read it, its files, and write to the "
                "folder for temporary files.",
                detail=detail,
            ) from error
