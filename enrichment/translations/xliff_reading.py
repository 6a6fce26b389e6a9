"""Texts read from XLIFF 2, as translators' programs give them back.

Read as a stream: memory does not grow with the file. No DOCTYPE is taken, so that no entity is
ever expanded and nothing is fetched.
"""

from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import IO
from xml.parsers import expat

from enrichment.translations.xliff_units import OpenUnit, ReadUnit, Segment
from enrichment.translations.xliff_writing import NAMESPACE, OWN_NAMESPACE
from enrichment.wording import shown

_MOST_BEHIND = 16 * 1024 * 1024  # bytes of one tag
_DEEPEST = 1000  # of tags within tags
_CHUNK = 64 * 1024
_PREFIX = f"{NAMESPACE} "
_WAS = f"{OWN_NAMESPACE} was"
_ARCHIVE = b"PK\x03\x04"
_NO_XLIFF = "This is no XLIFF file. Send the one that came back from the translators, as it is."
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


class _Events:
    """What the parser says, made into units."""

    def __init__(self) -> None:
        self.done: deque[ReadUnit] = deque()
        self.languages: tuple[str, str] | None = None
        self._unit: OpenUnit | None = None
        self._segment: Segment | None = None
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
            self._unit = OpenUnit(
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
            self._segment = Segment(attributes.get("state", "initial"), name == "ignorable")
        elif name in ("source", "target") and self._segment is not None:
            side = self._segment.source if name == "source" else self._segment.target
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

    def _inline(
        self, name: str, attributes: dict[str, str], unit: OpenUnit, text: list[str]
    ) -> None:
        if not unit.fits(1):
            return
        code = partial(unit.code, is_source=self._side == "source")
        if name == "cp":
            unit.add(_character(attributes.get("hex", "")), text)
        elif name == "pc":
            start = code("pc", attributes, "dataRefStart")
            self._ends.append(code("/pc", attributes, "dataRefEnd"))
            unit.add(start, text)
        elif name in ("ph", "sc", "ec"):
            unit.add(code(name, attributes, "dataRef"), text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        unit = self._unit
        if unit is None:
            return
        name = name.removeprefix(_PREFIX)
        if name == "unit":
            self.done.append(unit.closed())
            self._unit = None
        elif name == "data" and self._text is not None:
            if unit.fits(1):
                unit.data[self._data_id] = "".join(self._text)
            self._text = None
        elif name in ("source", "target"):
            self._text, self._side, self._ends = None, "", []
        elif name in ("segment", "ignorable") and self._segment is not None:
            unit.take(self._segment)
            self._segment = None
        elif name == "pc" and self._text is not None and self._ends:
            unit.add(self._ends.pop(), self._text)

    def _characters(self, data: str) -> None:
        if self._unit is not None and self._text is not None:
            self._unit.add(data, self._text)


def _character(written: str) -> str:
    """The character of a `cp`; nothing for what is none."""
    try:
        return chr(int(written, 16)).encode().decode()
    except (ValueError, OverflowError):
        return ""


def _number(written: str | None) -> int:
    return int(written) if written and written.isascii() and written.isdigit() else 0
