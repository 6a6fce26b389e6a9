"""From the rows of a file to what it offers for each product."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from enrichment.candidates import Problem
from enrichment.cells import BadCell, key_of
from enrichment.columns import CODE, UUID_KEY, Columns, Layout
from enrichment.models import Proposal
from enrichment.reading import Reading
from enrichment.spool import Spool, SpooledCells
from enrichment.structure import IDENTIFIER
from enrichment.tables import Cell, Row, Table, Unreadable, is_empty
from enrichment.wording import shown

OWN_NAME = -1  # in place of a column's number: the identifier beside a uuid

_AT_ONCE = 500  # problems that are stored together
_MOST_PRODUCTS = 100  # of a slice, as many as one call to the PIM is about
_MOST_VALUES = 10_000  # of a slice, for the memory
LONGEST_NAME = 255

_NO_KEY = (
    "No column says which product a row is about. Name one “sku” for its identifier, or “uuid”; "
    "for product models “code”."
)
_NO_NAME = "This row does not say which product it is about. Nothing of it is written."


@dataclass(slots=True)
class Offered:
    """What a file offers for one product or model.

    `kind` says what `name` is: an identifier, a uuid, or the code of a model. `values` by the
    number of their column: the line, the cell, and the cell with its unit.
    """

    kind: str
    name: str
    line: int
    values: dict[int, tuple[int, Cell, Cell]] = field(default_factory=dict)

    @property
    def subject(self) -> Proposal.Subject:
        return Proposal.Subject.MODEL if self.kind == CODE else Proposal.Subject.PRODUCT

    @property
    def count(self) -> int:
        """How many values it offers."""
        return len(self.values) - (OWN_NAME in self.values)


class Problems:
    """Problems on their way to a reading, some hundred at once."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._found: list[Problem] = []
        self._invalid = 0

    def add(self, problem: Problem, invalid: int = 1) -> None:
        self._found.append(problem)
        self._invalid += invalid
        if len(self._found) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        if self._found:
            self._reading.take(problems=self._found, invalid=self._invalid)
        self._found, self._invalid = [], 0


def gather(
    table: Table, columns: Columns, spool: Spool, reading: Reading, *, empty_erases: bool
) -> None:
    """Read a file to its end, into the spool. What is wrong with its rows goes to the reading.

    Raises Unreadable when nothing of it can be used.
    """
    problems = Problems(reading)
    if table.columns is not None:
        layout, bad = columns.layout(table.columns, 1)
        for problem in bad:
            problems.add(problem)
        if not layout.keys:
            raise Unreadable(_NO_KEY, 1)
    for row in table:
        layout, bad = columns.layout(row.columns, row.line)
        for problem in bad:
            problems.add(problem)
        cells = _cells_of(row, layout, empty_erases=empty_erases)
        name = Problem(row.problem, row.line) if row.problem else _name_of(row, layout)
        if isinstance(name, Problem):
            problems.add(name, max(len(cells), 1))
        elif cells:
            spool.add(name, row.line, cells + _own_name(row, layout))
    problems.flush()


def slices(spool: Spool, columns: Columns, reading: Reading) -> Iterator[list[Offered]]:
    """What was gathered, for up to 100 products at once.

    Of two rows with the same value the last one counts; the first is a problem.
    """
    problems = Problems(reading)
    found: list[Offered] = []
    count = 0
    for name, rows in spool.products():
        one = _offered(name, rows, columns, problems)
        found.append(one)
        count += len(one.values)
        if len(found) == _MOST_PRODUCTS or count >= _MOST_VALUES:
            problems.flush()
            yield found
            found, count = [], 0
    problems.flush()
    if found:
        yield found


def _offered(
    name: str, rows: Iterator[tuple[int, SpooledCells]], columns: Columns, problems: Problems
) -> Offered:
    kind, _, key = name.partition(":")
    one: Offered | None = None
    for line, cells in rows:
        one = one or Offered(kind, key, line)
        for number, cell, unit in cells:
            earlier = one.values.get(number)
            if earlier is not None and number != OWN_NAME:
                column = columns.by_number[number].name
                sentence = f"Line {line} has another value for it, and the last one counts."
                problems.add(Problem(sentence, earlier[0], shown(column)))
            one.values[number] = (line, cell, unit)
    assert one is not None  # noqa: S101  # nosec B101  # no name is kept without a row
    return one


def _cells_of(row: Row, layout: Layout, *, empty_erases: bool) -> SpooledCells:
    """The cells that say something; of a row that is too short those that are there."""
    found: SpooledCells = []
    for column, at, unit_at in layout.values:
        cell = _cell_at(row, at)
        # A product is enabled or not: there is nothing that it could be emptied to.
        is_erasing = empty_erases and not row.problem and column.place.attribute != "enabled"
        if not is_empty(cell) or is_erasing:
            found.append((column.number, cell, _cell_at(row, unit_at)))
    return found


def _cell_at(row: Row, at: int | None) -> Cell:
    return row.cells[at] if at is not None and at < len(row.cells) else None


def _name_of(row: Row, layout: Layout) -> str | Problem:
    """The product's name with its kind before it, or why there is none."""
    for kind in (UUID_KEY, IDENTIFIER, CODE):
        if kind not in layout.keys:
            continue
        at = layout.keys[kind]
        try:
            name = key_of(row.cells[at])
            if len(name) > LONGEST_NAME:
                raise BadCell(f"“{shown(name)}” is too long to name a product.")
            if name:
                return f"{kind}:{uuid_of(name) if kind == UUID_KEY else name}"
        except BadCell as bad:
            return Problem(bad.sentence, row.line, row.columns[at])
    return Problem(_NO_NAME, row.line)


def _own_name(row: Row, layout: Layout) -> SpooledCells:
    """The identifier in a row whose uuid names the product."""
    if UUID_KEY not in layout.keys or IDENTIFIER not in layout.keys:
        return []
    if is_empty(row.cells[layout.keys[UUID_KEY]]):
        return []
    cell = row.cells[layout.keys[IDENTIFIER]]
    return [] if is_empty(cell) else [(OWN_NAME, cell, row.columns[layout.keys[IDENTIFIER]])]


def uuid_of(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise BadCell(f"“{shown(text)}” is no uuid of a product.") from None
