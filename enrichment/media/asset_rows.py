"""What `assets.csv` beside the files says of them: their codes, what they are of, their fields."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath

from enrichment.candidates import Problem
from enrichment.cells import BadCell, key_of
from enrichment.media.files import BadFile, Folder
from enrichment.tables import Row, Unreadable, is_empty, open_table
from enrichment.wording import shown

TABLE = "assets.csv"
MOST_OF_TABLE = 16 * 1024**2  # its rows are kept in memory; no folder has so many files

_FILE, _CODE, _SKU, _MODEL, _ATTRIBUTE = _OWN = ("file", "code", "sku", "model", "attribute")
_NO_CODE = re.compile(r"[^A-Za-z0-9_]+")
_LONGEST_CODE = 100

Tell = Callable[[Problem], None]


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One row: what is empty the name of the file says. `fields` by the name of their column."""

    line: int
    file: str
    code: str
    owner: str
    is_model: bool
    attribute: str
    fields: dict[str, str]


def is_code(text: str) -> bool:
    """Whether an asset may be called so. The PIM would only say so once it has the file."""
    return bool(text) and not _NO_CODE.search(text)


@dataclass(slots=True)
class AssetTable:
    """What could be read of a table. `unusable` are the files that a row with a problem may mean.

    Of one that is not whole nobody knows which other files it has something to say of.
    """

    rows: list[AssetRow] = field(default_factory=list)
    unusable: set[str] = field(default_factory=set)
    is_whole: bool = True


def code_for(name: str) -> str:
    """The code of an asset that nobody named: that of its file, as far as it can be one."""
    return _NO_CODE.sub("_", PurePath(name).stem)[:_LONGEST_CODE]


def read_table(folder: Folder, tell: Tell) -> AssetTable:
    """Read the table of a folder that has one. What is wrong with it is told, and left out."""
    found = AssetTable()
    try:
        if folder.size_of(TABLE) > MOST_OF_TABLE:
            raise Unreadable(f"The table has more than {MOST_OF_TABLE // 1024**2} MB.", 1)
        with folder.open(TABLE) as file:
            table = open_table(file, TABLE)
            columns = table.columns or ()
            if _FILE not in columns:
                raise Unreadable("No column “file” says which file a row is about.", 1)
            doubled = next((name for name in columns if name and columns.count(name) > 1), None)
            if doubled:
                raise Unreadable(f"The column “{shown(doubled)}” stands more than once.", 1)
            for row in table:
                _take(row, found, tell)
    except BadFile as bad:
        tell(Problem(str(bad), place=TABLE))
        return AssetTable(is_whole=False)
    except Unreadable as bad:
        tell(Problem(bad.message, bad.line, place=TABLE))
        return AssetTable(is_whole=False)
    return found


def _take(row: Row, found: AssetTable, tell: Tell) -> None:
    try:
        found.rows.append(_row(row))
    except BadCell as bad:
        tell(Problem(bad.sentence, row.line, place=TABLE))
        # Its cells may stand in wrong columns; without any, all that follows may be lost with it.
        found.unusable.update(str(cell).strip() for cell in row.cells if not is_empty(cell))
        found.is_whole = found.is_whole and bool(row.cells)


def _row(row: Row) -> AssetRow:
    """Raises BadCell."""
    if row.problem:
        raise BadCell(row.problem)
    cells = {
        name: key_of(cell) if name in _OWN else str(cell)
        for name, cell in zip(row.columns, row.cells, strict=True)
        if not is_empty(cell)
    }
    own = {name: cells.pop(name, "") for name in _OWN}
    if not own[_FILE]:
        raise BadCell("This row does not say which file it is about.")
    if own[_SKU] and own[_MODEL]:
        raise BadCell("This row names a product and a product model: leave one of them empty.")
    if bool(own[_SKU] or own[_MODEL]) != bool(own[_ATTRIBUTE]):
        raise BadCell("Beside “sku” or “model” stands the “attribute” that holds its assets.")
    return AssetRow(
        row.line,
        own[_FILE],
        own[_CODE] or code_for(own[_FILE]),
        own[_MODEL] or own[_SKU],
        bool(own[_MODEL]),
        own[_ATTRIBUTE],
        cells,
    )
