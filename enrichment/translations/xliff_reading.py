"""Texts read from XLIFF 2, as translators' programs give them back.

Read as a stream: memory does not grow with the file. No DOCTYPE is taken, so that no entity is
ever expanded and nothing is fetched. Programs may cut a unit into segments, put these into another
order, mark words, and leave out what they do not need; the text is what its targets say together.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from enrichment.translations.xliff_writing import NAMESPACE, OWN_NAMESPACE
from enrichment.wording import shown

MAX_CHARACTERS = 1_000_000  # of one unit: the PIM takes no more of a whole product
_MOST_BEHIND = 16 * 1024 * 1024  # bytes of one tag
_DEEPEST = 1000  # of tags within tags
_CHUNK = 64 * 1024
_USABLE = ("translated", "reviewed", "final")
_PREFIX = f"{NAMESPACE} "
_WAS = f"{OWN_NAMESPACE} was"
_ARCHIVE = b"PK\x03\x04"
_NO_XLIFF = "This is no XLIFF file. Send the one that came back from the translators, as it is."
_NO_TEXT = "It is marked as translated, and has no text in the other language."
_NO_CODE = (
    "The tag “{}” in it is no code of XLIFF and would be lost. Translate it with the codes that "
    "the source text has. Write it as a text if the source text has none for it."
)
_INLINE = ("ph", "pc", "sc", "ec", "cp", "mrk", "sm", "em")


class XliffError(Exception):
    """This file cannot be read (any further); `message` is for people."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class ReadUnit:
    """A unit as it came back. `line` is where it starts.

    `target` is None as long as not all of it is translated. `problem` says why it cannot be used.
    `was` is that of the unit when it was written; empty where a program left it out.
    """

    id: str
    line: int
    source: str = ""
    target: str | None = None
    problem: str = ""
    was: str = ""


class XliffReader:
    """The units of a file, in their order; the languages are known once it is made.

    Raises XliffError for what is no XLIFF 2 or broken; what was read until then is whole.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._fed = 0
        self._failed: XliffError | None = None
        self._events = _Events()
        while self._events.languages is None and self._feed():
            pass
        if self._events.languages is None and self._failed is not None:
            raise self._failed
        self.source_language, self.target_language = self._events.languages or ("", "")

    def __iter__(self) -> Iterator[ReadUnit]:
        done = self._events.done
        more = True
        while done or more:
            while done:
                yield done.popleft()
            more = self._feed()
        if self._failed is not None:
            raise self._failed

    def _feed(self) -> bool:
        """Take one more piece in; False at the end, and where it cannot be read any further."""
        if self._failed is not None:
            return False
        chunk = self._file.read(_CHUNK)
        try:
            self._parse(chunk)
        except XliffError as error:
            self._failed = error
            return False
        return bool(chunk)

    def _parse(self, chunk: bytes) -> None:
        parser = self._events.parser
        if not self._fed and chunk.startswith(_ARCHIVE):
            raise XliffError(
                "This is an archive (ZIP) or a workbook. Unpack it, and send the XLIFF file in it.",
                1,
            )
        self._fed += len(chunk)
        try:
            parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            if self._events.languages is None:
                raise XliffError(_NO_XLIFF, error.lineno) from None
            raise XliffError(
                f"This is no whole XML from here on ({expat.ErrorString(error.code)}). Save the "
                "file again with the program it was translated with, and send it complete.",
                error.lineno,
            ) from None
        except (LookupError, ValueError):  # of codecs
            raise XliffError(
                "The file says that it has an encoding which cannot be read. Save it as UTF-8.", 1
            ) from None
        if self._fed - parser.CurrentByteIndex > _MOST_BEHIND:
            raise XliffError("A tag that begins here is too long.", parser.CurrentLineNumber)


@dataclass(slots=True)
class _Side:
    """The source or the target of a segment while it is read."""

    text: list[str] = field(default_factory=list)
    order: int = 0
    is_there: bool = False


@dataclass(slots=True)
class _Open:
    """A unit while it is read."""

    id: str
    line: int
    is_translatable: bool
    was: str = ""
    data: dict[str, str] = field(default_factory=dict)
    codes: dict[tuple[str, str], str] = field(default_factory=dict)  # of the source, by kind and id
    source: list[str] = field(default_factory=list)
    targets: list[tuple[int, str]] = field(default_factory=list)
    segments: int = 0
    is_translated: bool = True
    size: int = 0
    problem: str = ""


class _Events:
    """What the parser says, made into units."""

    def __init__(self) -> None:
        self.done: deque[ReadUnit] = deque()
        self.languages: tuple[str, str] | None = None
        self._unit: _Open | None = None
        self._state = ""
        self._is_ignorable = False
        self._sides: dict[str, _Side] = {}
        self._text: list[str] | None = None  # what characters are added to
        self._side = ""
        self._data_id = ""
        self._ends: list[str] = []  # what the open pairs of codes end with
        self._depth = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    @property
    def _line(self) -> int:
        return self.parser.CurrentLineNumber

    def _doctype(self, *_: object) -> None:
        raise XliffError(
            "This file has a DOCTYPE, and is not read: XLIFF needs none, and it can do harm.",
            self._line,
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise XliffError("Its tags lie too deep within one another.", self._line)
        if self.languages is None:
            self._root(name, attributes)
            return
        name = name.removeprefix(_PREFIX)
        if name == "unit":
            self._unit = _Open(
                attributes.get("id", ""),
                self._line,
                attributes.get("translate") != "no",
                attributes.get(_WAS, ""),
            )
        elif self._unit is None:
            return
        elif name == "data":
            self._text, self._data_id = [], attributes.get("id", "")
        elif name in ("segment", "ignorable"):
            self._sides = {"source": _Side(), "target": _Side()}
            self._is_ignorable = name == "ignorable"
            self._state = attributes.get("state", "initial")
        elif name in ("source", "target") and self._sides:
            side = self._sides[name]
            side.is_there, side.order = True, _number(attributes.get("order"))
            self._text, self._side = side.text, name
        elif name in _INLINE and self._text is not None:
            self._inline(name, attributes, self._unit, self._text)
        elif self._side == "target":
            tag = shown(name.rpartition(" ")[2])
            self._unit.problem = self._unit.problem or _NO_CODE.format(tag)

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name != f"{_PREFIX}xliff" or not attributes.get("version", "").startswith("2."):
            raise XliffError(
                "This is no XLIFF 2 file. Let the program that it was translated with save it as "
                "XLIFF 2.0 or 2.1, the kind it was given.",
                self._line,
            )
        self.languages = attributes.get("srcLang", ""), attributes.get("trgLang", "")

    def _inline(self, name: str, attributes: dict[str, str], unit: _Open, text: list[str]) -> None:
        if not self._fits(1, unit):
            return
        if name == "cp":
            self._add(_character(attributes.get("hex", "")), unit, text)
        elif name == "pc":
            start = self._code("pc", attributes, "dataRefStart", unit)
            self._ends.append(self._code("/pc", attributes, "dataRefEnd", unit))
            self._add(start, unit, text)
        elif name in ("ph", "sc", "ec"):
            self._add(self._code(name, attributes, "dataRef", unit), unit, text)

    def _code(self, kind: str, attributes: dict[str, str], ref: str, unit: _Open) -> str:
        """What a code stands for: by its original data, or as the source has it."""
        at = kind, attributes.get("id") or attributes.get("startRef", "")
        written = unit.data.get(attributes.get(ref, ""))
        if written is None:
            copied = kind, attributes.get("copyOf", "")
            written = unit.codes.get(at, unit.codes.get(copied))
        if written is None:
            unit.problem = unit.problem or (
                f"The code “{at[1]}” in it stands for nothing that this file holds. Translate it "
                "with the codes that the source text has."
            )
            return ""
        if self._side == "source":
            unit.codes[at] = written
        return written

    def _end(self, name: str) -> None:
        self._depth -= 1
        unit = self._unit
        if unit is None:
            return
        name = name.removeprefix(_PREFIX)
        if name == "unit":
            self.done.append(_closed(unit))
            self._unit = None
        elif name == "data" and self._text is not None:
            if self._fits(1, unit):
                unit.data[self._data_id] = "".join(self._text)
            self._text = None
        elif name in ("source", "target"):
            self._text, self._side, self._ends = None, "", []
        elif name in ("segment", "ignorable") and self._sides:
            self._close_segment(unit)
        elif name == "pc" and self._text is not None and self._ends:
            self._add(self._ends.pop(), unit, self._text)

    def _close_segment(self, unit: _Open) -> None:
        source, target = self._sides["source"], self._sides["target"]
        self._sides = {}
        unit.segments += not self._is_ignorable
        if not self._fits(1, unit):
            return
        unit.source.append("".join(source.text))
        if self._is_ignorable:
            text = target.text if target.is_there else source.text
        else:
            text = target.text
            if self._state not in _USABLE:
                unit.is_translated = False
            elif not target.is_there and "".join(source.text).strip():
                unit.problem = unit.problem or _NO_TEXT
        unit.targets.append((target.order or len(unit.targets) + 1, "".join(text)))

    def _characters(self, data: str) -> None:
        if self._unit is not None and self._text is not None:
            self._add(data, self._unit, self._text)

    def _add(self, piece: str, unit: _Open, text: list[str]) -> None:
        if self._fits(len(piece), unit):
            text.append(piece)

    def _fits(self, size: int, unit: _Open) -> bool:
        """Whether this much more is still kept of the unit."""
        unit.size += size
        if unit.size > 4 * MAX_CHARACTERS:  # source, target and their tags
            unit.problem = (
                f"It is longer than the {MAX_CHARACTERS:,} characters that a text can be."
            )
            return False
        return True


def _closed(unit: _Open) -> ReadUnit:
    source = "".join(unit.source)
    if not (unit.is_translatable and unit.segments and unit.is_translated):
        return ReadUnit(unit.id, unit.line, source)
    if unit.problem:
        return ReadUnit(unit.id, unit.line, source, problem=unit.problem)
    ordered = sorted(unit.targets, key=lambda one: one[0])
    target = "".join(text for _, text in ordered)
    if not target.strip() and source.strip():
        return ReadUnit(unit.id, unit.line, source, problem=_NO_TEXT)
    return ReadUnit(unit.id, unit.line, source, target, was=unit.was)


def _character(written: str) -> str:
    """The character of a `cp`; nothing for what is none."""
    try:
        return chr(int(written, 16)).encode().decode()
    except (ValueError, OverflowError):
        return ""


def _number(written: str | None) -> int:
    return int(written) if written and written.isascii() and written.isdigit() else 0
