"""The files of a folder by where they go: values of their own, or assets in a collection."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from enrichment.candidates import Problem
from enrichment.media.asset_rows import TABLE, AssetRow, code_for, read_table
from enrichment.media.files import BadFile, Folder
from enrichment.media.matching import Matched, Matcher
from enrichment.reading import Reading
from enrichment.values import ASSETS
from enrichment.wording import shown

AT_ONCE = 100  # files, as many products as one call finds

_NO_TABLE = (
    f"It may be another asset by “{TABLE}”, which cannot be read to its end, so it is left out. "
    "Correct the table first."
)
_BAD_ROW = f"The row of “{TABLE}” that speaks of it has a problem, so it is left out."

_T = TypeVar("_T")


class Problems:
    """Problems on their way to a reading, some at once; each is about one file or value."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._found: list[Problem] = []

    def add(self, problem: Problem) -> None:
        self._found.append(problem)
        if len(self._found) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        if self._found:
            self._reading.take(problems=self._found, invalid=len(self._found))
        self._found = []


class Sorted:
    """The files of a folder; what is wrong with a name is told.

    `files` are values of their own, by their place, new or not. Of two for one place the last one
    counts.
    """

    def __init__(self, matcher: Matcher, folder: Folder, problems: Problems) -> None:
        self.files: dict[tuple[Any, ...], Matched] = {}
        self._matcher = matcher
        self._folder = folder
        self._problems = problems
        self._collections: dict[tuple[Any, ...], list[tuple[Matched, AssetRow]]] = {}
        self._is_told_all = True  # by the table, of the files that become assets

    def take(self, names: Iterable[str]) -> None:
        """Sort in these files of the folder; what its table says of one is not told by its name."""
        left = dict.fromkeys(names)
        if TABLE in left:
            table = read_table(self._folder, self._problems.add)
            for row in table.rows:
                self._take_row(row)
            for name in (TABLE, *(row.file for row in table.rows)):
                left.pop(name, None)
            for name in [one for one in left if one in table.unusable]:
                self._problems.add(Problem(_BAD_ROW, place=shown(name)))
                left.pop(name)
            self._is_told_all = table.is_whole
        for name in left:
            self._take_name(name)

    def collections(self) -> Iterator[list[tuple[Matched, AssetRow]]]:
        """Files that become assets, up to 100 at once unless one collection has more.

        Of a collection of which something is new all files come, for their order.
        """
        some: list[tuple[Matched, AssetRow]] = []
        for group in filter(self._is_new, self._collections.values()):
            if some and len(some) + len(group) > AT_ONCE:
                yield some
                some = []
            some = some + group
        if some:
            yield some

    def _is_new(self, group: list[tuple[Matched, AssetRow]]) -> bool:
        return any(
            self._folder.is_new(one.name) or (row.line > 0 and self._folder.is_new(TABLE))
            for one, row in group
        )

    def _take_row(self, row: AssetRow) -> None:
        try:
            size = self._folder.size_of(row.file)
            self._link(self._matcher.match_row(row, size), row)
        except BadFile as bad:
            self._problems.add(Problem(str(bad), row.line, place=shown(row.file)))

    def _take_name(self, name: str) -> None:
        try:
            one = self._matcher.match(name, self._folder.size_of(name))
        except BadFile as bad:
            self._problems.add(problem_of(bad, name))
            return
        if one.place.type == ASSETS:
            if not self._is_told_all:
                self._problems.add(Problem(_NO_TABLE, place=shown(name)))
                return
            row = AssetRow(0, name, code_for(name), one.owner, one.is_model, "", {})
            self._link(one, row)
            return
        earlier = self.files.pop(one.address, None)
        if earlier is not None:
            sentence = f"“{shown(name)}” is for the same value, and the last one counts."
            self._problems.add(Problem(sentence, place=shown(earlier.name)))
        self.files[one.address] = one

    def _link(self, one: Matched, row: AssetRow) -> None:
        self._collections.setdefault(one.address, []).append((one, row))


def batched(items: Iterable[_T]) -> Iterator[list[_T]]:
    some: list[_T] = []
    for one in items:
        some.append(one)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def problem_of(bad: Exception, name: str) -> Problem:
    return Problem(str(bad), place=shown(name))
