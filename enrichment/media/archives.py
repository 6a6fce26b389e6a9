"""Archives of files that people send: unpacked within bounds, whoever made them and for what.

An archive may say anything of itself: nothing of that is believed but what its bytes come to.
"""

import shutil
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from enrichment.candidates import Problem
from enrichment.kept_files import KEPT_FREE
from enrichment.media.files import NO_FILES, BadFile
from enrichment.media.keeping import Kept
from enrichment.tables import Unreadable
from enrichment.wording import shown

MOST_FILES = 2000
MOST_BYTES = 1024**3  # of all files, unpacked

_MOST_OF_DIRECTORY = 4 * 1024**2  # it is read into memory: room for so many files with long names
_PIECE = 1024 * 1024
_END, _END_OF_LARGE = b"PK\x05\x06", b"PK\x06\x07"
_END_LENGTH, _LONGEST_COMMENT, _LENGTH_OF_LARGE = 22, 65_535, 20
_OF_MACOS = "__MACOSX"
_ENCRYPTED = 1
# What zipfile raises for archives that are damaged, or made to do damage: NotImplementedError for
# ways of packing that it does not know, RuntimeError for a password that it was not told.
_DAMAGED = (
    *(BadZipFile, zlib.error, EOFError, LookupError),
    *(NotImplementedError, RuntimeError, ValueError),
)

_NO_ARCHIVE = "This is no ZIP archive that can be read. Pack the files into a new one."
_TOO_MANY = f"The archive has more than {MOST_FILES:,} files. Send them in several archives."
_TOO_LARGE = (
    f"What is in the archive has more than {MOST_BYTES // 1024**3} GB. Send it in several archives."
)
_DAMAGED_FILE = "It is damaged in the archive."
_NO_ROOM = "There is no room for what is in the archive on the disk of Ferry's machine."


def unpack(archive: Path, folder: Kept) -> Iterator[Problem]:
    """Put the files of an archive into a folder, whatever folders they lie in there.

    What is wrong with one of them is told, and it is left out. Raises Unreadable for an archive
    of which nothing can be used, and OSError.
    """
    with archive.open("rb") as file:
        _check_directory(file)
        try:
            with ZipFile(file) as opened:
                yield from _unpacked(opened, folder)
        except _DAMAGED as error:
            raise Unreadable(_NO_ARCHIVE) from error


def _check_directory(file: BinaryIO) -> None:
    """Refuse an archive whose list of files would fill the memory before it could be counted."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_LENGTH - _LONGEST_COMMENT - _LENGTH_OF_LARGE))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_LENGTH:
        raise Unreadable(_NO_ARCHIVE)
    is_of_large = tail[max(0, at - _LENGTH_OF_LARGE) : at].startswith(_END_OF_LARGE)
    (length,) = struct.unpack_from("<L", tail, at + 12)
    if is_of_large or length > _MOST_OF_DIRECTORY:
        raise Unreadable(_TOO_MANY)
    file.seek(0)


def _unpacked(archive: ZipFile, folder: Kept) -> Iterator[Problem]:
    entries = [one for one in archive.infolist() if _is_meant(one)]
    if len(entries) > MOST_FILES:
        raise Unreadable(_TOO_MANY)
    told = sum(one.file_size for one in entries)
    if told > MOST_BYTES:
        raise Unreadable(_TOO_LARGE)
    if shutil.disk_usage(folder.path).free < told + KEPT_FREE:
        raise Unreadable(_NO_ROOM)
    left, names = MOST_BYTES, set[str]()
    for entry in entries:
        try:
            name = _name_of(entry, names)
            left -= _copy(archive, entry, folder, name, left)
            names.add(name)
        except BadFile as bad:
            yield Problem(str(bad), place=shown(entry.filename))
        except _DAMAGED:
            yield Problem(_DAMAGED_FILE, place=shown(entry.filename))


def _is_meant(entry: ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    is_hidden = path.name.startswith(".") or path.name in NO_FILES
    return not (entry.is_dir() or is_hidden or path.parts[:1] == (_OF_MACOS,))


def _name_of(entry: ZipInfo, taken: set[str]) -> str:
    """Under which name a file is put into the folder. Raises BadFile."""
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
        raise BadFile("Its name leads out of the folder.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadFile("It is a link. Pack the file itself.")
    if entry.flag_bits & _ENCRYPTED:
        raise BadFile("It is protected by a password.")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadFile("It is packed in a way that is not read here.")
    if entry.header_offset < 0:  # before the archive's beginning
        raise BadFile(_DAMAGED_FILE)
    if path.name in taken:
        raise BadFile("Another file of the archive has the same name.")
    return path.name


def _copy(archive: ZipFile, entry: ZipInfo, folder: Kept, name: str, most: int) -> int:
    """Unpack a file, and return its bytes. Raises Unreadable beyond what is left."""
    size = 0
    with archive.open(entry) as packed, folder.adding(name) as into:
        while piece := packed.read(_PIECE):
            size += len(piece)
            if size > most:
                raise Unreadable(_TOO_LARGE)
            into.write(piece)
    return size
