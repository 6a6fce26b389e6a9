"""Translations from a file, compared with the PIM: what is to change there, and what is wrong.

A translation is out of date when the text that it was made from has changed in the PIM since, or
when somebody translated it there while the file was away.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import IO

from enrichment.candidates import Candidate, Problem
from enrichment.cells import BadCell, Cells
from enrichment.columns import CODE, UUID_KEY, BadColumn, Column, Columns
from enrichment.gathering import LONGEST_NAME, Offered, Problems, slices, uuid_of
from enrichment.lookup import Found, Lookup
from enrichment.models import Proposal
from enrichment.proposing import Judging, OfferedProduct, found_ahead
from enrichment.reading import Reading
from enrichment.spool import Spool
from enrichment.structure import Structure
from enrichment.tables import Cell, Unreadable
from enrichment.translations.choosing import TEXT_TYPES, CannotTranslate, locale_in
from enrichment.translations.line_ends import with_line_ends_of
from enrichment.translations.markup import has_stray, tags_of, without_stray
from enrichment.translations.memory import SourceText, source_digest
from enrichment.translations.places import TextPlace, place_of
from enrichment.translations.xliff_reading import XliffError, XliffReader
from enrichment.translations.xliff_units import ReadUnit
from enrichment.values import current
from enrichment.wording import shown
from pim.attributes import PimAttribute
from pim.client import PimClient

_NOT_OURS = (
    "This unit is none of an exported file: its id does not say which text it is. Let the program "
    "that it was translated with keep the ids."
)
_SOURCE_CHANGED = (
    "The original has changed in the PIM since it was given to be translated. Have it translated "
    "again."
)
_LOST = (
    "The tag “{}” of the original is not in the translation. It is taken as it came back: look "
    "whether that was meant, and have it translated again if not."
)


@dataclass(frozen=True, slots=True)
class _File:
    reader: XliffReader
    source: str
    target: str


def propose_translations(reading: Reading, client: PimClient, file: IO[bytes]) -> int:
    """Read a file to its end and let the reading take what it offers, slice by slice.

    Returns how many of its texts are not translated. Nothing is compared before all of the file was
    read. Raises Unreadable, OfferLost, what the client raises, and sqlite3.Error when the disk is
    full.
    """
    structure = Structure(client)
    opened = _open(file, structure)
    columns = Columns(structure)
    with Spool() as spool:
        untranslated = _gather(opened, columns, spool, reading)
        lookup = Lookup(client, structure, columns, reading.connection.uuid)
        judging = _Judging(structure, columns, Cells(structure), lookup, spool)
        judging.source = opened.source
        for offered, found in found_ahead(slices(spool, columns, reading), lookup):
            judging.take(offered, found, reading)
    return untranslated


class _Judging(Judging):
    """Judges translations; each comes with the text that it was made from, and what was there."""

    source = ""

    def take(self, offered: Sequence[Offered], found: Found, reading: Reading) -> None:
        self._lost: list[Problem] = []
        super().take(offered, found, reading)
        if self._lost:  # a translator may leave out a tag, so these are not invalid
            reading.take(problems=self._lost)

    def candidate(
        self, product: OfferedProduct, column: Column, line: int, cell: Cell, unit: Cell
    ) -> Candidate:
        text, was = unit if isinstance(unit, list) else ("", "")
        now = current(product.there, replace(column.place, locale=self.source))
        if isinstance(now, str) and isinstance(cell, str):
            cell = with_line_ends_of(now, cell)
        there = current(product.there, column.place)
        if isinstance(cell, str) and _is_html(column):
            cell = _with_typed_brackets(cell, (text, was, now, there))
        one = super().candidate(product, column, line, cell, None)
        made_from = SourceText(self.source, str(text))
        outdated = "" if source_digest(now) == made_from.digest else _SOURCE_CHANGED
        lost = next(iter(Counter(tags_of(str(text))) - Counter(tags_of(str(cell)))), None)
        if lost is not None and not outdated and one.value_digest != one.before_digest:
            self._lost.append(Problem(_LOST.format(shown(lost)), line, shown(column.name)))
        return replace(one, made_from=made_from, outdated=outdated, seen=str(was))


def _is_html(column: Column) -> bool:
    return column.attribute is not None and column.attribute.wysiwyg_enabled


def _with_typed_brackets(text: str, known: Iterable[object]) -> str:
    """Return HTML in which a `<` that a translator typed is a character and not half a tag.

    Tags are codes in the file, so nobody has to type one; a browser would take what comes after
    half of one for the rest. What is typed and is a whole tag stays one. Where a text that is
    `known` has such a `<` itself, it comes back as it is.
    """
    if "<" not in text or any(has_stray(one) for one in known if isinstance(one, str)):
        return text
    return without_stray(text)


def _open(file: IO[bytes], structure: Structure) -> _File:
    """The file and its languages, as the PIM calls them. Raises Unreadable."""
    try:
        reader = XliffReader(file)
        source = locale_in(structure, reader.source_language)
        target = locale_in(structure, reader.target_language)
    except XliffError as error:
        raise Unreadable(error.message, error.line) from None
    except CannotTranslate as error:
        raise Unreadable(f"The languages of the file do not fit: {error}", 1) from None
    if source == target:
        raise Unreadable(f"The file is a translation from {source} into {source}.", 1)
    return _File(reader, source, target)


def _gather(opened: _File, columns: Columns, spool: Spool, reading: Reading) -> int:
    """Read the units, into the spool; what is wrong with them goes to the reading.

    Returns how many are not translated. What stands before the place where a file is broken counts.
    """
    problems = Problems(reading)
    counts: Counter[str] = Counter()
    try:
        for unit in opened.reader:
            if unit.problem:
                problems.add(Problem(unit.problem, unit.line, shown(unit.id)))
            elif unit.target is None:
                counts["untranslated"] += 1
            else:
                _keep(unit, opened.target, columns, spool, problems)
    except XliffError as error:
        problems.add(Problem(error.message, error.line))
    problems.flush()
    return counts["untranslated"]


def _keep(unit: ReadUnit, locale: str, columns: Columns, spool: Spool, problems: Problems) -> None:
    place = place_of(unit.id)
    if place is None:
        problems.add(Problem(_NOT_OURS, unit.line, shown(unit.id)))
        return
    name = "-".join(filter(None, [place.attribute, locale, place.scope]))
    try:
        _check_text(columns.structure.attributes.get(place.attribute))
        column = columns.column(place.subject, name)
        key = _key_of(place)
    except (BadColumn, BadCell) as bad:
        problems.add(Problem(str(bad), unit.line, shown(name)))
        return
    spool.add(key, unit.line, [(column.number, unit.target, [unit.source, unit.was])])


def _check_text(attribute: PimAttribute | None) -> None:
    """Raise BadColumn for an attribute that is never translated, not for one that is not there."""
    if attribute is None:
        return
    if attribute.type not in TEXT_TYPES:
        raise BadColumn("It holds no texts, so it is not translated.")
    if not attribute.localizable:
        raise BadColumn("It has one value for all languages, so it is not translated.")


def _key_of(place: TextPlace) -> str:
    """Its product or model as the spool knows it. Raises BadCell."""
    if len(place.key) > LONGEST_NAME:
        raise BadCell(f"“{shown(place.key)}” is too long to name a product.")
    if place.subject == Proposal.Subject.MODEL:
        return f"{CODE}:{place.key}"
    return f"{UUID_KEY}:{uuid_of(place.key)}"
