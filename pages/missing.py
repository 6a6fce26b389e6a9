"""Which fields of a channel many products lack, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalogs.models import Catalog
from channels.registry import adapter_class
from sync.fuse import broken_targets
from sync.needs import few_missing, most_missing, needed_by
from sync.status import Counts


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that the channel needs, and how many products cannot be sent without it."""

    title: str
    number: int


def missing_of(catalog: Catalog) -> list[Missing]:
    """Return the needed fields that many products lack, most first. Two queries at most."""
    return [Missing(target.title, number) for target, number in most_missing(catalog).items()]


@dataclass(frozen=True, slots=True)
class MappingState:
    """What the channel needs, and which of that arrives empty, as far as products were read."""

    needed: list[str]
    lacking: list[Missing]
    was_read: bool


def mapping_of(catalog: Catalog, counts: Counts) -> MappingState:
    """Return what is known of the mapping. One query, and only where products are parked."""
    needed = needed_by(catalog)
    numbers = few_missing(catalog) if needed and counts.parked else {}
    lacking = [Missing(one.title, numbers[one.code]) for one in needed if one.code in numbers]
    was_read = bool(counts.listed or counts.waiting or counts.parked or counts.held)
    return MappingState([one.title for one in needed], lacking, was_read)


def titles_of_broken(catalog: Catalog) -> list[str]:
    """Return the fields that most products would lose at once. One query."""
    return list(titled(catalog, broken_targets(catalog)))


def titled(catalog: Catalog, numbers: Mapping[str, int]) -> dict[str, int]:
    """Return numbers by target with the targets' titles; attributes of raw products have none."""
    titles = adapter_class(catalog.channel.kind).titles(catalog.channel.targets)
    if catalog.raw:
        return dict(numbers)
    return {titles.get(code, code): number for code, number in numbers.items()}
