"""What every kind of file gives: rows of cells under columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

# Numbers are texts with a decimal point, dates are ISO texts: what they mean, the attribute says.
Cell = str | bool | list["Cell"] | dict[str, "Cell"] | None

MOST_BYTES = 16 * 1024 * 1024  # of one row: more is no row but a quote that was never closed
MOST_COLUMNS = 5000


class Unreadable(Exception):
    """Nothing of the file can be used. `message` says why and what to do, `line` where if known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `line` is the physical line where it starts, in XLSX the row.

    With a `problem` it is not to be used; its cells are as far as they could be read.
    """

    line: int
    columns: tuple[str, ...]
    cells: Sequence[Cell]
    problem: str = ""


class Table(Protocol):
    """A file that was opened. Going through its rows raises Unreadable; they are read once.

    `columns` are those of its header; None where each row names its own. Rows without any text
    are left out.
    """

    @property
    def columns(self) -> tuple[str, ...] | None: ...

    def __iter__(self) -> Iterator[Row]: ...


def is_empty(cell: Cell) -> bool:
    """Whether it says nothing: blanks alone look so to whoever fills in a table."""
    if isinstance(cell, list):
        return all(map(is_empty, cell))
    return cell is None or (isinstance(cell, str) and not cell.strip())


def header(names: Sequence[str]) -> tuple[str, ...]:
    """The columns of a header; Unreadable if there are none, or far too many."""
    columns = tuple(name.strip() for name in names)
    if not any(columns):
        raise Unreadable("The first row must name the columns, and it is empty.", 1)
    if len(columns) > MOST_COLUMNS:
        raise Unreadable(
            f"The file has {len(columns)} columns; {MOST_COLUMNS} are possible. Split it.", 1
        )
    return columns


def fitted(line: int, columns: tuple[str, ...], cells: Sequence[Cell]) -> Row:
    """The row, with a problem if it has not as many cells as there are columns."""
    problem = ""
    if len(cells) != len(columns):
        problem = (
            f"This row has {counted(len(cells), 'cell')} where the header has "
            f"{counted(len(columns), 'column')}, so nobody can tell which is which. "
            "Nothing of it is written."
        )
    return Row(line, columns, cells, problem)


def counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
