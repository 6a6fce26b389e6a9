"""Slices of a list, for calls that carry only so much."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunks(several: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The list in slices of at most this size, in order."""
    for start in range(0, len(several), size):
        yield several[start : start + size]
