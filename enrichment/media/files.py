"""Files in a folder of others: nothing but these is opened, and sent only as it was offered."""

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from django.utils.translation import gettext

from enrichment.media.kept_paths import kept_at
from enrichment.wording import is_storable, shown

_PIECE = 1024 * 1024  # bytes that are read at once
_LONGEST_NAME = 255
NO_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # of the systems' own
_FORKS = "._"  # macOS puts such a file beside each file, on disks of other systems

_CHANGED = "It changed while it was read. Nothing of it is written: offer it again."
_LATER = "It changed after it was offered, so it was not sent. Offer it again."
_GONE = "It is not in the folder any more, so it was not sent. Offer it again."
_LOST = (
    "Ferry does not have it any more, so it was not sent. Offer it again; if it stays so, the "
    "people who run Ferry have to see to it that all its processes share what was offered."
)


class BadFile(Exception):
    """A file that is not sent; the text is a sentence that says why."""


class NotNow(BadFile):
    """A file of which nothing is told: it was offered before as it is, or is read another time."""


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """A file to be sent: in which folder, its name, the SHA-256 of its content, its bytes."""

    folder: str
    name: str
    content: str
    size: int

    @property
    def ending(self) -> str:
        return ending_of(self.name)

    def as_value(self) -> dict[str, Any]:
        """The value of a proposal; its bytes stay where they are."""
        return asdict(self)


def file_of(value: Any) -> OfferedFile | None:
    """The file that a proposal's value stands for, None if it is another kind of value."""
    if not isinstance(value, Mapping) or "content" not in value:
        return None
    return OfferedFile(
        str(value.get("folder")), str(value.get("name")), str(value["content"]), int(value["size"])
    )


def name_in(value: Any) -> str:
    """The name of the file that a proposal's value stands for, "" if it stands for none."""
    file = file_of(value)
    return file.name if file else ""


def ending_of(name: str) -> str:
    """The ending of a file's name, in small letters, without its dot."""
    return name.rpartition(".")[2].casefold()[:20] if "." in name else ""


class Folder:
    """A folder with files. Its path may lead over links; what lies in it may not."""

    def __init__(self, path: Path) -> None:
        """Raises OSError when there is nothing at the path."""
        self.path = path.resolve(strict=True)

    def is_new(self, name: str) -> bool:
        """Whether this file is to be offered. Here all are; see `enrichment.media.delivered`."""
        return True

    def compared(self, names: Iterable[str]) -> None:
        """Be told that these files were compared: what was proposed of them is stored."""

    def names(self) -> list[str]:
        """The names of what lies in it and is meant for the PIM, sorted; not of folders.

        Raises OSError when it is no folder, or may not be looked into.
        """
        with os.scandir(self.path) as entries:
            return sorted(each.name for each in entries if _is_meant(each))

    def size_of(self, name: str) -> int:
        """The bytes of one of its files. Raises BadFile for what is none, and for an empty one."""
        with self.open(name) as file:
            return _size(file)

    def read(self, name: str, *, anyway: bool = False) -> OfferedFile:
        """Read a file to its end, at flat memory. Raises BadFile, also if it changes meanwhile.

        `anyway`: also one that was offered before as it is; see `enrichment.media.delivered`.
        """
        with self.open(name) as file:
            before = os.fstat(file.fileno())
            digest, size = _copied(file, None)
            after = os.fstat(file.fileno())
        if size != before.st_size or _state(before) != _state(after):
            raise BadFile(_CHANGED)
        return OfferedFile(str(self.path), name, digest, size)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """One of its files, for reading. Raises BadFile."""
        try:
            check_name(name)
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                # Not to wait for whoever writes to what is no file but a pipe.
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
                handle = os.open(name, flags, dir_fd=folder)
            finally:
                os.close(folder)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise BadFile("It is no file.")
                yield file
        except OSError as error:
            raise BadFile(_why(error)) from error


def check_name(name: str) -> None:
    """Raise BadFile for a name that is none of a plain file in a folder."""
    if not name or name in (".", "..") or {"/", "\\"} & set(name):
        raise BadFile(gettext("Its name leads out of the folder."))
    if not is_storable(name) or not name.isprintable():
        said = gettext("Its name has characters that are no text. Give it another one.")
        raise BadFile(said)
    if len(name) > _LONGEST_NAME:
        said = gettext("Its name has %(number)s characters; %(most)s are possible.")
        raise BadFile(said % {"number": len(name), "most": _LONGEST_NAME})


@contextmanager
def private_copy(file: OfferedFile) -> Iterator[BinaryIO]:
    """A copy that nobody changes while it is sent; gone afterwards, however this process ends.

    What Ferry keeps itself is such a copy. Raises BadFile unless it is what was offered.
    """
    path = kept_at(file.folder)
    gone = _GONE if path is None else _LOST
    with ExitStack() as stack:
        copy: IO[bytes] | None = None
        if path is None:
            copy = stack.enter_context(tempfile.TemporaryFile())
        try:
            with Folder(path or Path(file.folder)).open(file.name) as original:
                digest, size = _copied(original, copy)
                kept = copy or stack.enter_context(os.fdopen(os.dup(original.fileno()), "rb"))
        except OSError as error:
            raise BadFile(gone if error.errno == errno.ENOENT else _why(error)) from error
        except BadFile as bad:
            if isinstance(bad.__cause__, FileNotFoundError):
                raise BadFile(gone) from bad
            raise
        if (digest, size) != (file.content, file.size):
            raise BadFile(_LATER)
        yield cast(BinaryIO, kept)


def _is_meant(entry: "os.DirEntry[str]") -> bool:
    if entry.name in NO_FILES or entry.name.startswith(_FORKS):
        return False
    return not entry.is_dir(follow_symlinks=False)


def _size(file: BinaryIO) -> int:
    size = os.fstat(file.fileno()).st_size
    if not size:
        raise BadFile("It is empty.")
    return size


def _copied(file: BinaryIO, copy: IO[bytes] | None) -> tuple[str, int]:
    """The SHA-256 and the bytes of a file that is read to its end, into the copy if there is one.

    One that grows as fast as it is read has no end: what is more than it had is not read.
    """
    digest, size = hashlib.sha256(), 0
    most = _size(file) + 1
    while size < most and (piece := file.read(min(_PIECE, most - size))):
        digest.update(piece)
        size += len(piece)
        if copy is not None:
            copy.write(piece)
    return digest.hexdigest(), size


def _state(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns


def _why(error: OSError) -> str:
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return "It is a link. Links are not followed: put the file itself into the folder."
    if error.errno == errno.ENOENT:
        return "There is no such file in the folder."
    return f"It cannot be read: {shown(error.strerror or error)}."
