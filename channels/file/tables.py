"""Feeds that are tables: CSV and XLSX."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from channels.base import ChannelProduct, ConfigurationError, TransientError
from channels.file.cells import Cell, DoesNotFit, Row, cells
from channels.file.columns import CATEGORY_TARGETS, chosen, coded, read_codes, read_columns
from channels.file.formats import FeedFormat, Products, Refuse, under
from channels.targets import SHOP_TARGETS

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
CHARSETS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "cp1252": "windows-1252",
    "latin-1": "iso-8859-1",
}

# Limits of Excel, which it does not get past by asking (support.microsoft.com, "specifications").
XLSX_ROWS = 1_048_576
XLSX_COLUMNS = 16_384
XLSX_TEXT = 32_767

_PLACES = {target.code: place for place, target in enumerate(SHOP_TARGETS)}
_EXACT = re.compile(r"-?[0-9.]{1,15}")  # what a spreadsheet's 15 digits hold without a loss


class Table(FeedFormat[Row]):
    """Products as rows, with the columns that were chosen, or all that there are."""

    def __init__(self, values: Mapping[str, str], titles: Mapping[str, str]) -> None:
        super().__init__(values, titles)
        self._chosen = read_columns(values["columns"])
        self._codes = read_codes(values["categories"])

    def render(self, product: ChannelProduct) -> Row:
        row = cells(product, by_language=bool(self._chosen))
        if self._codes:
            for field in CATEGORY_TARGETS:
                if field in row:
                    row[field] = coded(row[field], self._codes)
        if self._chosen:
            row = chosen(row, self._chosen)
        for column, cell in row.items():
            self.check_cell(column, cell)
        return row

    def named(self, product: ChannelProduct, header: str) -> str:
        return under(self.render(product), header)

    def check_cell(self, column: str, cell: Cell) -> None:
        """Raise DoesNotFit for what the format cannot hold in a cell."""

    def columns(self, products: Products, refuse: Refuse) -> list[str]:
        """The headers. Where none were chosen this goes through the products once."""
        if self._chosen:
            return [column.header for column in self._chosen]
        columns = dict.fromkeys(["uuid"])
        for row in self.rendered(products, refuse):
            columns.update(dict.fromkeys(row))
        return sorted(columns, key=_place)

    def rows(self, columns: list[str], products: Products, refuse: Refuse) -> Iterator[Row]:
        known = set(columns)
        for row in self.rendered(products, refuse):
            if not row.keys() <= known:
                raise TransientError(
                    "Products changed while the file was being written. It will be written again."
                )
            yield row


class Csv(Table):
    """Separated values by RFC 4180."""

    ending = "csv"
    content_type = "text/csv"

    def __init__(self, values: Mapping[str, str], titles: Mapping[str, str]) -> None:
        super().__init__(values, titles)
        self._encoding = values["encoding"]
        self._separator = SEPARATORS[values["separator"]]
        self._decimal_comma = values["decimal"] == "comma"

    def check_cell(self, column: str, cell: Cell) -> None:
        try:
            cell.text.encode(self._encoding)
        except UnicodeEncodeError as error:
            character = error.object[error.start]
            raise DoesNotFit(
                f"“{self.title(column)}” has the character “{character}”, which a file in "
                f"{ENCODINGS[self._encoding]} cannot hold. Choose the encoding UTF-8, or replace "
                "the character in the PIM."
            ) from None

    def write(self, stream: BinaryIO, products: Products, refuse: Refuse) -> int:
        columns = self.columns(products, refuse)
        # A byte order mark, where there is one, stands at the beginning only.
        text = codecs.getwriter(self._encoding)(stream)
        writer = csv.DictWriter(text, columns, restval="", delimiter=self._separator)
        writer.writeheader()
        count = 0
        for row in self.rows(columns, products, refuse):
            writer.writerow({column: self._text(cell) for column, cell in row.items()})
            count += 1
        return count

    def _text(self, cell: Cell) -> str:
        if self._decimal_comma and cell.kind == "number":
            return cell.text.replace(".", ",")
        return cell.text


class Xlsx(Table):
    """One worksheet, written row by row: what is written is not kept in memory.

    Texts are stored as texts, never as formulas or links, whatever they begin with.
    """

    ending = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def check_cell(self, column: str, cell: Cell) -> None:
        if len(cell.text.encode("utf-16-le")) // 2 > XLSX_TEXT:  # as Excel counts
            raise DoesNotFit(
                f"“{self.title(column)}” is longer than the {XLSX_TEXT:,} characters that a cell "
                "of a spreadsheet holds. Shorten it in the PIM, or choose another format."
            )

    def write(self, stream: BinaryIO, products: Products, refuse: Refuse) -> int:
        columns = self.columns(products, refuse)
        if len(columns) > XLSX_COLUMNS:
            raise ConfigurationError(
                f"A spreadsheet has room for {XLSX_COLUMNS:,} columns, and there are more. Choose "
                "the columns in the channel's settings, or another format."
            )
        workbook = xlsxwriter.Workbook(
            stream,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        try:
            count = self._fill(workbook.add_worksheet("Products"), columns, products, refuse)
        finally:
            # Also after a failure: its temporary files stay open otherwise.
            try:
                workbook.close()
            except FileCreateError as error:
                raise _cause(error) from error
        return count

    def _fill(self, sheet: Any, columns: list[str], products: Products, refuse: Refuse) -> int:
        places = {column: place for place, column in enumerate(columns)}
        for column, place in places.items():
            sheet.write_string(0, place, column)
        count = 0
        for row in self.rows(columns, products, refuse):
            count += 1
            if count >= XLSX_ROWS:
                raise ConfigurationError(
                    f"A spreadsheet has room for {XLSX_ROWS - 1:,} products, and there are more. "
                    "Choose another format."
                )
            for column, cell in row.items():
                _put(sheet, count, places[column], cell)
        return count


def _put(sheet: Any, row: int, column: int, cell: Cell) -> None:
    if cell.kind == "boolean":
        sheet.write_boolean(row, column, cell.text == "true")
    elif cell.kind == "number" and _EXACT.fullmatch(cell.text):
        sheet.write_number(row, column, float(cell.text))
    elif cell.text:
        sheet.write_string(row, column, cell.text)


def _cause(error: FileCreateError) -> BaseException:
    """The error of the disk that the library wrapped."""
    cause = error.args[0] if error.args else None
    return cause if isinstance(cause, OSError) else error


def _place(column: str) -> int:
    """Known targets in their own order, so that a header does not depend on the first product."""
    return _PLACES.get(column.partition(".")[0], len(_PLACES))
