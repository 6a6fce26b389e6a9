"""What an adapter finds around it: ids it gave out before, files of the PIM, categories.

All of it is plain values and two small contracts; who keeps them is not an adapter's business.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol


class IdMap(Protocol):
    """What the channel calls things: its ids of products, variants, assets, categories, options.

    `kind` is the adapter's own word for a sort of things and `key` our name of one of them, such as
    a product's uuid. Kept for each channel, written at once and lost by no crash; but a crash
    between the call that made something and `put` does lose its id, so look the thing up on the
    channel where that can be done before making it again. May be called from the threads that push.
    """

    def get(self, kind: str, keys: Collection[str]) -> dict[str, str]:
        """Return the ids of those keys that are known."""

    def all(self, kind: str) -> dict[str, str]:
        """Return every key of this kind with its id. For kinds that stay small."""

    def put(self, kind: str, ids: Mapping[str, str]) -> None:
        """Remember ids, in place of earlier ones."""

    def forget(self, kind: str, keys: Collection[str]) -> None:
        """Forget ids, known or not."""


@dataclass(slots=True)
class MemoryIds:
    """An IdMap that lasts as long as its object: for tests, and for adapters that need none."""

    ids: dict[tuple[str, str], str] = field(default_factory=dict)

    def get(self, kind: str, keys: Collection[str]) -> dict[str, str]:
        return {key: self.ids[kind, key] for key in keys if (kind, key) in self.ids}

    def all(self, kind: str) -> dict[str, str]:
        return {key: id_ for (of, key), id_ in self.ids.items() if of == kind}

    def put(self, kind: str, ids: Mapping[str, str]) -> None:
        self.ids.update({(kind, key): id_ for key, id_ in ids.items()})

    def forget(self, kind: str, keys: Collection[str]) -> None:
        for key in keys:
            self.ids.pop((kind, key), None)


class MediaFile(ABC):
    """One file of the PIM, downloaded and kept. Equal files have equal digests."""

    digest: str  # of the content, 64 hex digits
    name: str  # as the PIM calls it, such as front.png
    mime_type: str
    size: int  # bytes
    address: str  # where anybody can fetch it from this app, signed; "" if this app has no address

    @abstractmethod
    def open(self) -> BinaryIO:
        """Open the content for reading; the caller closes it."""


@dataclass(frozen=True, slots=True)
class Category:
    """One category of a tree. `labels` by the channel's languages; a root has no parent."""

    code: str
    parent: str | None
    labels: Mapping[str, str]
    position: int = 0  # among its siblings

    def label(self, *languages: str) -> str:
        """The label in the first of these languages that has one; else any; else the code."""
        wanted = [self.labels.get(language, "") for language in languages]
        return next(filter(None, [*wanted, *self.labels.values()]), self.code)
