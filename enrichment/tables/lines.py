"""The physical lines of a text file, decoded one by one, never more of it in memory."""

import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from enrichment.tables.base import MOST_BYTES, Unreadable

_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")
_ENDS = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


class TooLong(Exception):
    """What should be one row is more than a row can be."""


class Lines(Iterator[str]):
    """Lines with their ends, which are those of any system; `count` is how many were given.

    Raises Unreadable for what is not UTF-8, and TooLong when more than MOST_BYTES were read since
    `start_row`: the rest of that line is passed over by then.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._parts: deque[str] = deque()
        self._size = 0
        self.count = 0

    def start_row(self) -> None:
        self._size = 0

    def __next__(self) -> str:
        if not self._parts:
            self._parts.extend(_ENDS.split(self._read_line()))
            if self._parts and not self._parts[-1]:
                self._parts.pop()
        if not self._parts:
            raise StopIteration
        self.count += 1
        return self._parts.popleft()

    def _read_line(self) -> str:
        found = self._file.readline(MOST_BYTES + 1)
        if self.count == 0:
            _refuse_other_encodings(found)
            found = found.removeprefix(_BOM)
        self._size += len(found)
        if self._size > MOST_BYTES:
            self._pass_over(found)
            self.count += 1
            raise TooLong
        try:
            return found.decode()
        except UnicodeDecodeError as error:
            line = self.count + 1
            raise Unreadable(
                f"The file is not UTF-8: line {line} has bytes that are no text in it "
                f"({found[error.start : error.start + 4].hex(' ')}). "
                "Save it as “CSV UTF-8”, in Excel under Save as.",
                line,
            ) from None

    def _pass_over(self, found: bytes) -> None:
        while found and not found.endswith(b"\n"):
            found = self._file.readline(MOST_BYTES)


def _refuse_other_encodings(start: bytes) -> None:
    is_utf_16 = b"\0\0" in (start[1:4:2], start[:3:2]) and not start.startswith(b"\0\0")
    if is_utf_16 or start.startswith(_OTHER_BOMS):
        raise Unreadable(
            "The file is UTF-16, as “Unicode text” of Excel is. Save it as “CSV UTF-8”.", 1
        )
