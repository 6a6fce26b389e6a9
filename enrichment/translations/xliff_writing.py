"""Texts written as XLIFF 2.1, for translators' programs.

https://docs.oasis-open.org/xliff/xliff-core/v2.1/xliff-core-v2.1.html. Tags of HTML are inline
codes with their original data, so that a translator sees the text and cannot hurt the tags; what
XML cannot hold is a code point (`<cp>`). So every text comes back to the letter.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import IO
from xml.sax.saxutils import escape, quoteattr  # nosec B406  # to write, not to read

from enrichment.translations.languages import tag_of
from enrichment.translations.markup import Role, Tag, parts_of

NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"  # of 2.1 as well
OWN_NAMESPACE = "urn:ferry:translations"  # of what programs carry along without reading it

# What XML 1.0 holds: https://www.w3.org/TR/xml/#charsets
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RETURN = {"\r": "&#13;"}  # written as it is, a reader would make a line feed of it


class State(StrEnum):
    """Of a segment: whether its target may be used."""

    INITIAL = "initial"
    TRANSLATED = "translated"


@dataclass(frozen=True, slots=True)
class Unit:
    """A text to translate. `notes` are for translators: (category, text).

    `was` is a word that comes back with the unit: letters and digits that say what stood there.
    """

    id: str
    source: str
    target: str = ""
    state: State = State.INITIAL
    notes: tuple[tuple[str, str], ...] = ()
    was: str = ""


def write_xliff(
    file: IO[bytes], units: Iterable[Unit], *, source: str, target: str, original: str
) -> int:
    """Write the units one by one and return how many; memory stays flat.

    `source` and `target` are locales of the PIM, `original` says where the texts are from. Raises
    ValueError for a locale without language tag, before anything is written.
    """
    languages = f'srcLang="{tag_of(source)}" trgLang="{tag_of(target)}"'
    _put(
        file,
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<xliff xmlns="{NAMESPACE}" xmlns:ferry="{OWN_NAMESPACE}" version="2.1" {languages}>\n'
        f'  <file id="texts" original={quoteattr(_legal(original))}>\n',
    )
    number = 0
    for number, unit in enumerate(units, 1):  # noqa: B007  # it is returned
        _put(file, "".join(_unit(unit)))
    if not number:
        _put(file, '    <group id="nothing"/>\n')  # a file without any content is none
    _put(file, "  </file>\n</xliff>\n")
    return number


def _unit(unit: Unit) -> Iterator[str]:
    codes = _Codes()
    source = codes.inline(unit.source)
    codes.go_on_with_target()
    target = codes.inline(unit.target) if unit.target else None
    was = f" ferry:was={quoteattr(unit.was)}" if unit.was else ""
    yield f'    <unit id="{unit.id}" xml:space="preserve"{was}>\n'
    if unit.notes:
        yield "      <notes>\n"
        for category, text in unit.notes:
            note = escape(_legal(text), _RETURN)
            yield f"        <note category={quoteattr(category)}>{note}</note>\n"
        yield "      </notes>\n"
    if codes.data:
        yield "      <originalData>\n"
        for written, name in codes.data.items():
            yield f'        <data id="{name}">{_text(written)}</data>\n'
        yield "      </originalData>\n"
    yield f'      <segment state="{unit.state}">\n        <source>{source}</source>\n'
    if target is not None:
        yield f"        <target>{target}</target>\n"
    yield "      </segment>\n    </unit>\n"


class _Codes:
    """The inline codes of one unit: what is in its source and in its target has the same id."""

    def __init__(self) -> None:
        self.data: dict[str, str] = {}  # what is written -> id of the original data
        self._count = 0
        self._in_source: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._free: dict[tuple[str, ...], list[str]] | None = None

    def go_on_with_target(self) -> None:
        self._free = {what: list(ids) for what, ids in self._in_source.items()}

    def inline(self, text: str) -> str:
        parts = parts_of(text)
        ends = {
            part.pair: part.written
            for part in parts
            if isinstance(part, Tag) and part.role == Role.CLOSES
        }
        return "".join(
            self._code(part, ends) if isinstance(part, Tag) else _text(part) for part in parts
        )

    def _code(self, tag: Tag, ends: dict[int, str]) -> str:
        if tag.role == Role.CLOSES:
            return "</pc>"
        start = self._name(tag.written)
        if tag.role == Role.ALONE:
            return f'<ph id="{self._id(tag.written)}" dataRef="{start}"/>'
        end = ends[tag.pair]
        id_ = self._id(tag.written, end)
        return f'<pc id="{id_}" dataRefStart="{start}" dataRefEnd="{self._name(end)}">'

    def _name(self, written: str) -> str:
        return self.data.setdefault(written, f"d{len(self.data) + 1}")

    def _id(self, *written: str) -> str:
        if self._free is not None and self._free.get(written):
            return self._free[written].pop(0)
        self._count += 1
        if self._free is None:
            self._in_source[written].append(str(self._count))
        return str(self._count)


def _text(text: str) -> str:
    return _NO_XML.sub(lambda found: f'<cp hex="{ord(found[0]):04X}"/>', escape(text, _RETURN))


def _legal(text: str) -> str:
    return _NO_XML.sub(" ", text)


def _put(file: IO[bytes], text: str) -> None:
    file.write(text.encode())
