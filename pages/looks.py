"""What a look at a few products found, as the page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from catalogs.models import Catalog
from channels.registry import adapter_class
from pages.differences import ShownField, shown_fields
from pages.missing import Missing
from sync.models import Listing, Look


@dataclass(frozen=True, slots=True)
class Example:
    """A product as the channel will get it."""

    name: str
    identifier: str
    price: str
    picture: str  # the path of its address here
    missing: list[str]
    fields: list[ShownField]


@dataclass(frozen=True, slots=True)
class Shown:
    """A product that is sent first: before that its name alone, then what became of it."""

    name: str
    identifier: str
    key: str
    listing: Listing | None
    address: str  # where people see it at the channel

    @property
    def is_carried_elsewhere(self) -> bool:
        return self.listing is not None and self.listing.status == Listing.Status.CARRIED


def examples_of(catalog: Catalog, look: Look) -> list[Example]:
    titles = _titles(catalog)
    return [
        Example(
            _name(one),
            one["identifier"],
            one["price"],
            # Without the host, so that the browser finds it at whatever address it knows us by.
            urlsplit(one["picture"]).path,
            [titles.get(code, code) for code in one["missing"]],
            shown_fields(
                ((field, None, text) for field, text in one["fields"]),
                titles,
                one.get("variants", {}),  # one that looked before this was kept has none
            ),
        )
        for one in look.examples
    ]


def missing_in(catalog: Catalog, look: Look) -> list[Missing]:
    """Return the needed fields that the sample lacks, most first."""
    titles = _titles(catalog)
    most_first = sorted(look.missing.items(), key=lambda each: -each[1])
    return [Missing(titles.get(code, code), number) for code, number in most_first]


def shown_first(catalog: Catalog, look: Look | None, keys: list[str]) -> list[Shown]:
    """Return the products that are sent first, with what became of each. One query."""
    listings = {one.key: one for one in Listing.objects.filter(catalog=catalog, key__in=keys)}
    named = {one["key"]: one for one in look.first} if look is not None else {}
    return [_shown(catalog, key, named.get(key, {}), listings.get(key)) for key in keys]


def _shown(catalog: Catalog, key: str, named: Mapping[str, str], listing: Listing | None) -> Shown:
    if listing is None:
        return Shown(_name({"key": key, **named}), named.get("identifier", ""), key, None, "")
    channel = catalog.channel
    is_there = listing.sent_id is not None
    address = adapter_class(channel.kind).address_of(channel.settings, listing.external_id)
    return Shown(str(listing), listing.identifier, key, listing, address if is_there else "")


def _name(one: Mapping[str, Any]) -> str:
    return str(one.get("label") or one.get("identifier") or one["key"])


def _titles(catalog: Catalog) -> dict[str, str]:
    return adapter_class(catalog.channel.kind).titles(catalog.channel.targets)
