"""JSON Lines: one object a line, each with the columns it has."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

from enrichment.tables.base import Cell, Row, is_empty
from enrichment.tables.lines import Lines, TooLong
from enrichment.tables.numbers import plain
from enrichment.wording import shown

_NO_OBJECT = (
    'This line is no JSON object, such as {"sku": "mug-1", "name-en_US": "Mug"}, on one line. '
    "Nothing of it is written."
)
_HALF = re.compile("[\ud800-\udfff]")
_TOO_LONG = "This line is far too long for one product. Nothing of it is written."


class _Doubled(ValueError):
    """An object names a column twice."""


class JsonLines:
    """The objects of a file. Numbers are read exactly; what lies within lists keeps its form."""

    columns = None

    def __init__(self, file: BinaryIO) -> None:
        self._lines = Lines(file)

    def __iter__(self) -> Iterator[Row]:
        while True:
            line = self._lines.count + 1
            self._lines.start_row()
            try:
                text = next(self._lines)
            except StopIteration:
                return
            except TooLong:
                yield Row(line, (), (), _TOO_LONG)
                continue
            if text.strip():
                yield from _row(line, text)


def _row(line: int, text: str) -> Iterator[Row]:
    try:
        found = json.loads(
            text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_object
        )
        cells = [_cell(each) for each in found.values()] if isinstance(found, dict) else []
    except _Doubled as error:
        yield Row(line, (), (), f"“{error}” stands twice in this line. Nothing of it is written.")
        return
    except (ValueError, ArithmeticError, RecursionError):
        found = None
    if not isinstance(found, dict):
        yield Row(line, (), (), _NO_OBJECT)
        return
    if not all(map(is_empty, cells)):
        yield Row(line, tuple(found), cells)


def _cell(value: Any) -> Cell:
    if isinstance(value, dict):
        return {_whole(name): _cell(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_cell(each) for each in value]
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return plain(Decimal(value))
    if isinstance(value, str):
        return _whole(value)
    return value if isinstance(value, bool) else None


def _whole(text: str) -> str:
    """The text with NUL for half characters, which only JSON can write, and nothing can keep.

    Neither belongs to any text, so whoever reads the cell tells of it (`enrichment.wording`).
    """
    return _HALF.sub("\0", text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Doubled(shown(name))
        found[name] = value
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
