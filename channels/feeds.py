"""What a feed is told when it is written, what it tells, and what its receivers say about it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels.base import ChannelProduct


@dataclass(frozen=True, slots=True)
class Edition:
    """One publication of a feed. `number` grows from one to the next, by one or more.

    Of a feed that publishes changes, `removed` gives what was taken away since the last edition, as
    it stood there.
    """

    number: int = 0
    removed: "Callable[[], Iterator[ChannelProduct]] | None" = None


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
    """A product that the receiver of a feed did not take. `key`: its uuid, or its identifier."""

    key: str
    message: str
