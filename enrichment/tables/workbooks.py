"""XLSX: the first worksheet of a workbook, row by row."""

import datetime as dt
import re
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from enrichment.tables.base import MOST_BYTES, Cell, Row, Unreadable, counted, fitted, header
from enrichment.tables.numbers import plain

_MEGABYTE = 1024 * 1024
# Unpacked. Texts are kept in memory, at some times their size; sheets are not.
_MOST_OF_TEXTS = 64 * _MEGABYTE
_MOST_OF_A_PART = 16 * _MEGABYTE
_MOST_OF_A_SHEET = 4096 * _MEGABYTE
_MOST_OF_A_ROW = 32 * _MEGABYTE
_MOST_PARTS = 10_000
_LAST_ROW = 1_048_576  # of Excel

# What openpyxl raises for workbooks that are damaged, or made to do damage. Of whatever reads XML
# for it, the errors about its form are a SyntaxError: ElementTree's and lxml's.
_DAMAGED = (
    *(BadZipFile, LargeZipFile, InvalidFileException, DefusedXmlException, SyntaxError, zlib.error),
    *(EOFError, LookupError, ValueError, TypeError, AttributeError, NotImplementedError),
    *(RuntimeError, OverflowError),
)
_NO_WORKBOOK = (
    "This is no workbook that can be read: it is damaged, protected by a password, or another "
    "kind of file. Save it as .xlsx in Excel once more, or as CSV UTF-8."
)
# A value, and whether it is none because its formula failed or was never calculated.
_Values = list[tuple[Any, bool]]

_TEXT = "str"  # what a formula gave; an empty one has no value, but is a result
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!")
_FORMULA = re.compile(rb"<(\w+:)?f[ />]")
_ROW = re.compile(rb"<(\w+:)?row[ />]")
# XML holds no control characters: `_x000D_` is a carriage return (ECMA-376, part 1, 22.9.2.19).
# Others may be meant as they are: not every program writes `_x1200_` as a code when it is none.
_CODED = re.compile("_x(00[01][0-9A-Fa-f])_")
_CONTENT_TYPES = "[Content_Types].xml"
_UNCALCULATED = (
    "In this row the formula in “{}” has no result. Mend it in Excel and save the file there, so "
    "that it is calculated. Nothing of the row is written."
)


_TOO_LONG = "The texts of this row are far too long for one product. Nothing of it is written."


class Workbook:
    """The rows of the first sheet, with values typed as Excel has them.

    Of formulas these are the results that Excel stored.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._line = 0
        try:
            _check_sizes(file)
            self._rows = _rows(file)
            names = [_cell(each) for each, _ in next(self._rows, ())]
        except _DAMAGED as error:
            raise Unreadable(_NO_WORKBOOK) from error
        while names and names[-1] is None:
            names.pop()
        self.columns = header(["" if name is None else str(name) for name in names])

    def __iter__(self) -> Iterator[Row]:
        line = 1
        try:
            for values in self._rows:
                line += 1
                row = self._row(line, values)
                if row is not None:
                    yield row
        except _DAMAGED as error:
            raise Unreadable(_NO_WORKBOOK, line) from error

    def _row(self, line: int, values: _Values) -> Row | None:
        cells = [_cell(each) for each, _ in values]
        width = len(self.columns)
        cells += [None] * (width - len(cells))
        while len(cells) > width and cells[-1] is None:
            cells.pop()
        if sum(len(cell) for cell in cells if isinstance(cell, str)) > MOST_BYTES:
            return Row(line, self.columns, (), _TOO_LONG)
        lacking = next((place for place, (_, lacks) in enumerate(values) if lacks), None)
        if lacking is not None:
            name = self.columns[lacking] if lacking < width else f"column {lacking + 1}"
            return Row(line, self.columns, cells[:width], _UNCALCULATED.format(name))
        if all(cell is None for cell in cells):
            return None
        return fitted(line, self.columns, cells)


def _rows(file: BinaryIO) -> Iterator[_Values]:
    if not _has_formulas(file):
        for row in _sheet(file).iter_rows(max_row=_LAST_ROW, values_only=True):
            yield [(value, value in _ERRORS) for value in row]
        return
    results = _sheet(file).iter_rows(max_row=_LAST_ROW)
    formulas = _sheet(file, formulas=True).iter_rows(max_row=_LAST_ROW)
    for cells, of in zip(results, formulas, strict=False):
        yield [
            (cell.value, cell.value in _ERRORS or _is_uncalculated(cell, formula))
            for cell, formula in zip(cells, of, strict=False)
        ]


def _is_uncalculated(cell: Any, formula: Any) -> bool:
    return cell.value is None and cell.data_type != _TEXT and formula.data_type == "f"


def _sheet(file: BinaryIO, *, formulas: bool = False) -> Any:
    """The first sheet; with formulas, or with what came of them."""
    try:
        book = load_workbook(file, read_only=True, data_only=not formulas, keep_links=False)
    except OSError as error:  # which it also raises for what lacks the parts of a workbook
        raise BadZipFile(str(error)) from error
    if not book.worksheets:
        raise Unreadable("The workbook has no sheet with cells.")
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # some programs write wrong ones
    return sheet


def _cell(value: Any) -> Cell:
    """A value of openpyxl; an empty text is no value either."""
    match value:
        case None | "":
            return None
        case bool():
            return value
        case str():
            return _CODED.sub(lambda found: chr(int(found[1], 16)), value)
        case int():
            return plain(Decimal(value))
        case float():
            return plain(Decimal(f"{value:.15g}"))  # what Excel itself shows at most
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime() | dt.date():
            return value.isoformat()
    return str(value)


def _has_formulas(file: BinaryIO) -> bool:
    with ZipFile(file) as archive:
        for part in archive.infolist():
            if not _is_sheet(part.filename):
                continue
            with archive.open(part) as stream:
                before = b""
                while found := stream.read(_MEGABYTE):
                    if _FORMULA.search(before + found):
                        return True
                    before = found[-20:]
    return False


def _check_sizes(file: BinaryIO) -> None:
    """Refuse what would fill the memory; a part is never unpacked beyond the size it tells."""
    with ZipFile(file) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS:
            number = counted(len(parts), "part")
            raise Unreadable(f"The workbook has {number}, which no workbook has.")
        _check_size(archive.getinfo(_CONTENT_TYPES), _MOST_OF_A_PART)
        kinds = _kinds(archive.read(_CONTENT_TYPES))
        for part in parts:
            most = _most_of(part.filename, kinds.get(f"/{part.filename}", ""))
            if most is not None:
                _check_size(part, most)
            if most == _MOST_OF_A_SHEET and part.file_size > _MOST_OF_A_ROW:
                _check_rows(archive, part)


def _check_rows(archive: ZipFile, part: ZipInfo) -> None:
    """Rows are read one by one; refuse one that would fill the memory."""
    length, before = 0, b""
    with archive.open(part) as stream:
        while found := stream.read(_MEGABYTE):
            length = 0 if _ROW.search(before + found) else length + len(found)
            if length > _MOST_OF_A_ROW:
                raise Unreadable(
                    f"The workbook has a row of more than {_MOST_OF_A_ROW // _MEGABYTE} MB. Save "
                    "it as CSV UTF-8, which may be any size."
                )
            before = found[-20:]


def _check_size(part: ZipInfo, most: int) -> None:
    if part.file_size > most:
        raise Unreadable(
            f"The workbook is too large: “{part.filename[:80]}” in it has "
            f"{part.file_size // _MEGABYTE} MB. Save it as CSV UTF-8, which may be any size."
        )


def _kinds(content_types: bytes) -> dict[str, str]:
    """What a workbook says that its parts are. It is believed: a part may have any name."""
    found = fromstring(content_types).iter()
    return {each.get("PartName") or "": each.get("ContentType") or "" for each in found}


def _most_of(name: str, kind: str) -> int | None:
    """How large a part may be; None for what is not opened, such as pictures."""
    if "sharedstrings" in (kind or name).lower():
        return _MOST_OF_TEXTS
    if _is_sheet(name) and (not kind or kind.endswith(".worksheet+xml")):
        return _MOST_OF_A_SHEET
    if name.lower().startswith("xl/media/") and (not kind or kind.startswith("image/")):
        return None
    return _MOST_OF_A_PART


def _is_sheet(name: str) -> bool:
    return re.fullmatch(r"xl/worksheets/[^/]+", name.lower()) is not None
