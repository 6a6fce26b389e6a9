"""Which kind of file this is: its name tells, or its first bytes."""

from pathlib import PurePath
from typing import BinaryIO

from enrichment.tables.base import Table, Unreadable
from enrichment.tables.json_lines import JsonLines
from enrichment.tables.separated import Separated

_OF_WORKBOOKS = (".xlsx", ".xlsm")
_OF_JSON_LINES = (".jsonl", ".ndjson")
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and .xlsx with a password
_BOM = b"\xef\xbb\xbf"


def open_table(file: BinaryIO, name: str) -> Table:
    """Return the rows of a file that can be read from any place. Raises Unreadable."""
    start = file.read(64)
    file.seek(0)
    if not start:
        raise Unreadable("The file is empty.")
    if start.startswith(_OLD_OFFICE):
        raise Unreadable(
            "This is a workbook of an old Excel, or one with a password. Save it as .xlsx without "
            "a password, or as CSV UTF-8."
        )
    ending = PurePath(name).suffix.lower()
    if start.startswith(_ZIP) or ending in _OF_WORKBOOKS:
        # What reads workbooks takes a tenth of a second to load, and few need it.
        from enrichment.tables.workbooks import Workbook

        return Workbook(file)
    if ending in _OF_JSON_LINES or start.removeprefix(_BOM).lstrip().startswith(b"{"):
        return JsonLines(file)
    return Separated(file)
