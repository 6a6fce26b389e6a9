"""Which fields of a channel many products lack, in words."""

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
    titles = adapter_class(catalog.channel.kind).titles(catalog.channel.targets)
    return [titles.get(code, code) for code in broken_targets(catalog)]
