"""What a feed is told when it is written, what it tells, and what its receivers say about it."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels.base import ChannelProduct


def _tell_nobody(name: str, mark: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Edition:
    """One publication of a feed. `number` grows from one to the next, by one or more.

    Of a feed that publishes changes, `removed` gives what was taken away since the last edition, as
    it stood there. `announce` is told the name of each file that is complete, and its `mark_of` if
    it lies on this machine, before it takes its place; what it raises keeps the old file there.
    """

    number: int = 0
    removed: "Callable[[], Iterator[ChannelProduct]] | None" = None
    announce: Callable[[str, str], None] = _tell_nobody


def mark_of(stat: os.stat_result) -> str:
    """What tells one file at a path from every other that lay there before or will."""
    return f"{stat.st_mtime_ns:x}-{stat.st_size:x}"


@dataclass(frozen=True, slots=True)
class Published:
    """What `publish` wrote: the file's name, how many products are in it, its size in bytes.

    `refused` are products that were accepted and do not fit after all, as after another format was
    chosen, each key with the reason; they were left out.
    """

    name: str
    products: int
    size: int
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A product that the receiver of a feed did not take.

    `key`: its uuid, its identifier, or what the feed has in the column that the report calls
    `column`.
    """

    key: str
    message: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report of refused products as it lies ready, and how many seconds it does at least.

    By the clock of whoever keeps it, which may be wrong.
    """

    content: bytes
    age: float
