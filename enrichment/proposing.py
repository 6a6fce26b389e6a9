"""Values from a file, compared with the PIM: what is to change there, and what is wrong with it."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from enrichment.candidates import Candidate, Problem
from enrichment.cells import BadCell, Cells, key_of
from enrichment.columns import Column, Columns
from enrichment.fitting import (
    DoesNotFit,
    Standing,
    check_family,
    check_model,
    check_parent,
    check_product,
    check_property_of_model,
)
from enrichment.gathering import OWN_NAME, Offered, gather, slices
from enrichment.lookup import Found, Lookup
from enrichment.models import Proposal
from enrichment.new_options import create_options
from enrichment.reading import Reading
from enrichment.spool import Spool
from enrichment.structure import IDENTIFIER, Structure
from enrichment.tables import Cell, Table
from enrichment.values import current, digest
from enrichment.wording import shown
from pim.client import PimClient
from pim.finding import FoundModel, FoundProduct

_CALLS_AHEAD = 3  # of the four that a connection has

_FORBIDDEN = (",", ";")  # in an identifier, by the PIM


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a file may do beside changing values."""

    create: bool = False
    create_options: bool = False
    empty_erases: bool = False


NOTHING_ELSE = Allowed()


def propose_values(
    reading: Reading, client: PimClient, table: Table, allowed: Allowed = NOTHING_ELSE
) -> None:
    """Read a file to its end and let the reading take what it offers, slice by slice.

    Nothing is compared before all of the file was read; it waits on the disk. Unless the reading is
    dry, new options are created in the PIM at the end. Raises Unreadable, OfferLost, what the
    client raises, and sqlite3.Error when the disk is full.
    """
    structure = Structure(client)
    columns = Columns(structure)
    with Spool() as spool:
        gather(table, columns, spool, reading, empty_erases=allowed.empty_erases)
        lookup = Lookup(client, structure, columns, reading.connection.uuid)
        cells = Cells(structure, may_create_options=allowed.create_options)
        judging = Judging(structure, columns, cells, lookup, spool, allowed)
        for offered, found in found_ahead(slices(spool, columns, reading), lookup, allowed):
            judging.take(offered, found, reading)
    if not reading.is_dry:
        wanted = {attribute: list(codes) for attribute, codes in cells.new_options.items()}
        reading.take(problems=list(create_options(client, wanted)))


def found_ahead(
    offered: Iterator[list[Offered]], lookup: Lookup, allowed: Allowed = NOTHING_ELSE
) -> Iterator[tuple[list[Offered], Found]]:
    """Each slice with what the PIM has of it, while the next ones are being looked up."""
    waiting: deque[tuple[list[Offered], Future[Found]]] = deque()
    pool = ThreadPoolExecutor(_CALLS_AHEAD, thread_name_prefix="looking up")
    try:
        for one in offered:
            waiting.append((one, pool.submit(lookup.find, one, may_create=allowed.create)))
            if len(waiting) > _CALLS_AHEAD:
                first, found = waiting.popleft()
                yield first, found.result()
        for last, found in waiting:
            yield last, found.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class Judging:
    """Turns slices of what was offered into candidates and problems."""

    def __init__(
        self,
        structure: Structure,
        columns: Columns,
        cells: Cells,
        lookup: Lookup,
        spool: Spool,
        allowed: Allowed = NOTHING_ELSE,
    ) -> None:
        self._structure = structure
        self._columns = columns
        self._cells = cells
        self._lookup = lookup
        self._spool = spool
        self._allowed = allowed

    def take(self, offered: Sequence[Offered], found: Found, reading: Reading) -> None:
        candidates: list[Candidate] = []
        problems: list[Problem] = []
        invalid = 0
        for one in offered:
            try:
                product = self._product(one, found)
            except BadCell as bad:
                problems.append(Problem(bad.sentence, one.line))
                invalid += max(one.count, 1)
                continue
            mine, bad_ones, is_whole = self._values(product)
            if is_whole:
                candidates += mine
                invalid += len(bad_ones)
            else:
                invalid += len(bad_ones) + len(mine)
            problems += bad_ones
        reading.take(candidates, problems, invalid=invalid, read_at=found.read_at)

    def _product(self, one: Offered, found: Found) -> "OfferedProduct":
        """The product that the file is about. Raises BadCell if there is none."""
        there = found.of(one)
        key = there.code if isinstance(there, FoundModel) else there.uuid if there else ""
        if there is None:
            key = self._key_of_new(one, found)
            there = found.by_uuid.get(key)
        if not self._spool.meets(f"{one.subject}:{key}"):
            raise BadCell(
                f"“{shown(one.name)}” stands in the file already, under another name. "
                "Nothing of it is written."
            )
        return OfferedProduct(one, key, there, found)

    def _key_of_new(self, one: Offered, found: Found) -> str:
        """The uuid that a new product gets. Raises BadCell if none is created."""
        if one.kind != IDENTIFIER or not self._allowed.create:
            what = "product model" if one.subject == Proposal.Subject.MODEL else "product"
            raise BadCell(f"The PIM has no {what} “{shown(one.name)}”. Nothing of it is written.")
        if any(each in one.name for each in _FORBIDDEN):
            raise BadCell(
                f"“{shown(one.name)}” cannot be the identifier of a new product: the PIM takes no "
                "comma and no semicolon in it."
            )
        key = self._lookup.uuid_of_new(one.name)
        known = found.by_uuid.get(key)
        if known is not None and (known.identifier or "").casefold() != one.name.casefold():
            raise BadCell(
                f"The product that was created as “{shown(one.name)}” is called "
                f"“{shown(known.identifier)}” in the PIM now. Nothing of it is written."
            )
        return key

    def _values(self, product: "OfferedProduct") -> tuple[list[Candidate], list[Problem], bool]:
        """What is offered for a product, what is wrong with it, and whether the rest is of use.

        It is not for a new product without its family or parent: nobody could tell what it is.
        """
        candidates: list[Candidate] = []
        problems: list[Problem] = []
        is_whole = True
        offered = product.offered.values
        for number in sorted(offered, key=self._order):
            line, cell, unit = offered[number]
            if number == OWN_NAME:
                problems += _renamed(product, line, cell, str(unit))
                continue
            column = self._columns.by_number[number]
            try:
                candidates.append(self.candidate(product, column, line, cell, unit))
            except (BadCell, DoesNotFit) as bad:
                is_unit = isinstance(bad, BadCell) and bad.is_unit and column.unit
                name = column.unit if is_unit and unit is not None else column.name
                problems.append(Problem(str(bad), line, shown(name)))
                if product.is_new and column.place.attribute in ("family", "parent"):
                    is_whole = False
        return candidates, problems, is_whole

    def _order(self, number: int) -> int:
        """Properties first: by them it is told which attributes a product may have."""
        name = "" if number == OWN_NAME else self._columns.by_number[number].place.attribute
        return {"family": 0, "parent": 1}.get(name, 2)

    def candidate(
        self, product: "OfferedProduct", column: Column, line: int, cell: Cell, unit: Cell
    ) -> Candidate:
        """Raises BadCell and DoesNotFit."""
        place, there = column.place, product.there
        type_ = place.type or place.attribute
        value = self._cells.read(column, cell, unit)
        before = current(there, place)
        if place.attribute == "categories" and product.standing.parent:
            # A variant always has those of its models as well, and none but them once emptied.
            own = value if isinstance(value, list) else []
            value = sorted({*own, *product.standing.parent.categories})
        if digest(value, type_) != digest(before, type_):
            self._check_fits(product, column, value, before)
        self._cells.accept(column, value)
        if not place.type:
            product.settle(place.attribute, value)
        return Candidate(
            product.offered.subject,
            product.key,
            product.name,
            place,
            value,
            before,
            line,
            column.name,
            creates=product.is_new,
        )

    def _check_fits(
        self, product: "OfferedProduct", column: Column, value: object, before: object
    ) -> None:
        name, standing = column.place.attribute, product.standing
        if isinstance(product.there, FoundModel):
            if column.attribute is None:
                check_property_of_model(name)
            else:
                check_model(self._structure, product.there, name)
        elif column.attribute is not None:
            # What is there already, beside the family, may be changed.
            if before is None or standing.parent is not None:
                check_product(self._structure, standing, name)
        elif name == "parent" and isinstance(value, str):
            model = product.found.models.get(value)
            check_parent(self._structure, standing.family, value, model)
        elif name == "family":
            check_family(value, standing.parent)


@dataclass(slots=True)
class OfferedProduct:
    """One product or model as the file offers it and as it stands; None where it is new."""

    offered: Offered
    key: str
    there: FoundProduct | FoundModel | None
    found: Found
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        parent = self.there.parent if self.there else None
        self.standing = Standing(
            self.there.family if self.there else None,
            self.found.models.get(parent) if parent else None,
        )

    @property
    def is_new(self) -> bool:
        return self.there is None

    @property
    def name(self) -> str:
        """What people call it."""
        if isinstance(self.there, FoundProduct):
            return self.there.identifier or self.key
        return self.offered.name

    def settle(self, name: str, value: object) -> None:
        """Let it stand where its own properties will put it."""
        code = value if isinstance(value, str) else None
        if name == "family":
            self.standing = replace(self.standing, family=code)
        elif name == "parent":
            parent = self.found.models.get(code) if code else None
            family = self.standing.family or (parent.family if parent else None)
            self.standing = Standing(family, parent)


def _renamed(product: OfferedProduct, line: int, cell: Cell, column: str) -> list[Problem]:
    """A problem for another identifier beside the product's uuid."""
    try:
        name = key_of(cell)
    except BadCell as bad:
        return [Problem(bad.sentence, line, shown(column))]
    own = product.there.identifier if isinstance(product.there, FoundProduct) else None
    if name.casefold() == (own or "").casefold():
        return []
    called = f"is “{shown(own)}”" if own else "has none"
    sentence = f"The identifier of this product {called}, and is not changed from a file."
    return [Problem(sentence, line, shown(column))]
