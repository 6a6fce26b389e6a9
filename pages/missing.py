"""Which fields of a channel many products lack, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalogs.models import Catalog
from channels.registry import adapter_class
from sync.fuse import broken_targets
from sync.needs import most_missing


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that the channel needs, and how many products cannot be sent without it."""

    title: str
    number: int


def missing_of(catalog: Catalog) -> list[Missing]:
    """Return the needed fields that many products lack, most first. Two queries at most."""
    return [Missing(target.title, number) for target, number in most_missing(catalog).items()]


def titles_of_broken(catalog: Catalog) -> list[str]:
    """Return the fields that most products would lose at once. Two queries at most."""
    return list(titled(catalog, broken_targets(catalog)))


def titled(catalog: Catalog, numbers: Mapping[str, int]) -> dict[str, int]:
    """Return numbers by target with the targets' titles; attributes of raw products have none."""
    titles = adapter_class(catalog.channel.kind).titles(catalog.channel.targets)
    if catalog.raw:
        return dict(numbers)
    return {titles.get(code, code): number for code, number in numbers.items()}
