"""The units of XLIFF 2, put together while a file is read piece by piece.

Programs may cut a unit into segments, put these into another order, mark words, and leave out what
they do not need; the text is what its targets say together.
"""

from dataclasses import dataclass, field

MAX_CHARACTERS = 1_000_000  # of one unit: the PIM takes no more of a whole product
_USABLE = ("translated", "reviewed", "final")
_NO_TEXT = "It is marked as translated, and has no text in the other language."


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


@dataclass(slots=True)
class Side:
    """The source or the target of a segment while it is read."""

    text: list[str] = field(default_factory=list)
    order: int = 0
    is_there: bool = False


@dataclass(slots=True)
class Segment:
    """A segment while it is read, or what stands between two (`ignorable`)."""

    state: str
    is_ignorable: bool
    source: Side = field(default_factory=Side)
    target: Side = field(default_factory=Side)


@dataclass(slots=True)
class OpenUnit:
    """A unit while it is read."""

    id: str
    line: int
    is_translatable: bool
    was: str = ""
    data: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    _codes: dict[tuple[str, str], str] = field(default_factory=dict)  # of the source, by kind, id
    _source: list[str] = field(default_factory=list)
    _targets: list[tuple[int, str]] = field(default_factory=list)
    _segments: int = 0
    _is_translated: bool = True
    _size: int = 0

    def fits(self, size: int) -> bool:
        """Whether this much more is still kept of it."""
        self._size += size
        if self._size > 4 * MAX_CHARACTERS:  # source, target and their tags
            self.problem = (
                f"It is longer than the {MAX_CHARACTERS:,} characters that a text can be."
            )
            return False
        return True

    def add(self, piece: str, text: list[str]) -> None:
        """Add a piece to the text of a side, or to data, as long as it fits."""
        if self.fits(len(piece)):
            text.append(piece)

    def code(self, kind: str, attributes: dict[str, str], ref: str, *, is_source: bool) -> str:
        """What a code stands for: by its original data, or as the source has it."""
        at = kind, attributes.get("id") or attributes.get("startRef", "")
        written = self.data.get(attributes.get(ref, ""))
        if written is None:
            copied = kind, attributes.get("copyOf", "")
            written = self._codes.get(at, self._codes.get(copied))
        if written is None:
            self.problem = self.problem or (
                f"The code “{at[1]}” in it stands for nothing that this file holds. Translate it "
                "with the codes that the source text has."
            )
            return ""
        if is_source:
            self._codes[at] = written
        return written

    def take(self, segment: Segment) -> None:
        """Take in what was read of a segment, which is whole now."""
        source, target = segment.source, segment.target
        self._segments += not segment.is_ignorable
        if not self.fits(1):
            return
        self._source.append("".join(source.text))
        if segment.is_ignorable:
            text = target.text if target.is_there else source.text
        else:
            text = target.text
            if segment.state not in _USABLE:
                self._is_translated = False
            elif not target.is_there and "".join(source.text).strip():
                self.problem = self.problem or _NO_TEXT
        self._targets.append((target.order or len(self._targets) + 1, "".join(text)))

    def closed(self) -> ReadUnit:
        source = "".join(self._source)
        if not (self.is_translatable and self._segments and self._is_translated):
            return ReadUnit(self.id, self.line, source)
        if self.problem:
            return ReadUnit(self.id, self.line, source, problem=self.problem)
        ordered = sorted(self._targets, key=lambda one: one[0])
        target = "".join(text for _, text in ordered)
        if not target.strip() and source.strip():
            return ReadUnit(self.id, self.line, source, problem=_NO_TEXT)
        return ReadUnit(self.id, self.line, source, target, was=self.was)
