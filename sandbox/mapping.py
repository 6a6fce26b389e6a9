"""From products to what an app asked for: the selection of a catalog and its mapping."""

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.data.assortment import Assortment, Product
from sandbox.records import Criterion, Source


class InvalidSelection(ValueError):
    """A criterion names what does not exist (any more)."""


def selection(criteria: Sequence[Criterion], assortment: Assortment) -> Callable[[Product], bool]:
    """Whether a product is in the selection. Raises InvalidSelection."""
    return lambda product: product.enabled


def auto_map(schema: dict[str, Any], assortment: Assortment) -> dict[str, Source]:
    """A sensible source for every target, by name and type."""
    return {}
