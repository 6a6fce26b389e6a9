"""CSV: separated by commas or semicolons, with quotes and line breaks within them (RFC 4180)."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from enrichment.tables.base import MOST_BYTES, Row, Unreadable, fitted, header
from enrichment.tables.lines import Lines, TooLong

_SEPARATORS = (";", ",")
_UNCLOSED = (
    "A quote is opened in this row and never closed, so all that follows would be one cell. "
    "Nothing from here on is read. Close it, or double it if it belongs to the text."
)
_BAD_QUOTES = (
    "The quotes of this row do not fit: a cell that begins with a quote must end with one, and "
    "quotes within it are doubled. Nothing of it is written."
)


class Separated:
    """A table as the file has it; which separator it has is told from its header."""

    def __init__(self, file: BinaryIO) -> None:
        csv.field_size_limit(MOST_BYTES)  # of this process; the bound is that of rows
        self._lines = Lines(file)
        try:
            first = next(self._lines, "")
        except TooLong:
            raise Unreadable("The first line is no header: it never ends.", 1) from None
        self._separator = _separator_of(first)
        self.columns = header(_cells(first, self._separator))

    def __iter__(self) -> Iterator[Row]:
        rows = csv.reader(self._lines, delimiter=self._separator, strict=True)
        while True:
            start = self._lines.count + 1
            self._lines.start_row()
            try:
                cells = next(rows)
            except StopIteration:
                return
            except TooLong:
                yield Row(start, self.columns, (), _UNCLOSED)
                return
            except csv.Error as error:
                is_unclosed = "end of data" in str(error)
                yield Row(start, self.columns, (), _UNCLOSED if is_unclosed else _BAD_QUOTES)
                continue
            if any(cells):
                yield fitted(start, self.columns, cells)


def _separator_of(first: str) -> str:
    most = max(_SEPARATORS, key=lambda each: len(_cells(first, each)))
    if len(_cells(first, most)) == 1 and "\t" in first:
        raise Unreadable(
            "The columns are separated by tabs. Save the file with commas or semicolons.", 1
        )
    return most


def _cells(first: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([first], delimiter=separator, strict=True), [])
    except csv.Error:
        return [first]
