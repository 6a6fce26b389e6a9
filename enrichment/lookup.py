"""How the products that a file is about stand in the PIM."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.utils import timezone

from enrichment.columns import CODE, UUID_KEY, Columns
from enrichment.gathering import Offered
from enrichment.structure import IDENTIFIER, Structure
from pim.calls import SAFE_LIMIT
from pim.client import PimClient
from pim.finding import (
    FoundModel,
    FoundProduct,
    models_by_code,
    products_by_identifier,
    products_by_uuid,
)

_MOST_ATTRIBUTES = 700  # of one search, where the PIM takes 800 (pim-contract.md 3.3)


@dataclass(frozen=True, slots=True)
class Found:
    """What the PIM held at a time, at least: products by identifier and by uuid, models by code.

    `models` has the parents too, of those their values only if they were asked for themselves.
    """

    read_at: datetime
    by_identifier: Mapping[str, FoundProduct]
    by_uuid: Mapping[str, FoundProduct]
    models: Mapping[str, FoundModel]

    def of(self, one: Offered) -> FoundProduct | FoundModel | None:
        """The product or model itself, None if the PIM has none."""
        if one.kind == CODE:
            return self.models.get(one.name)
        if one.kind == UUID_KEY:
            return self.by_uuid.get(one.name)
        return self.by_identifier.get(one.name)


class Lookup:
    """Finds slices of products; threads may share it. Raises what the client raises.

    `connection` is the connection's uuid: with an identifier it makes the uuid of a new product, so
    that a second try makes no second one.
    """

    def __init__(
        self, client: PimClient, structure: Structure, columns: Columns, connection: UUID
    ) -> None:
        self._client = client
        self._identifier = structure.identifier
        self._columns = columns
        self._connection = connection

    def uuid_of_new(self, identifier: str) -> str:
        return str(uuid5(self._connection, identifier.casefold()))

    def find(self, offered: Sequence[Offered], *, may_create: bool) -> Found:
        """Find up to 100 products, and the models above them.

        With `may_create` those that were created by the same identifier are among `by_uuid`.
        """
        read_at = timezone.now()
        attributes = self._attributes(offered)
        names = {
            kind: [one.name for one in offered if one.kind == kind]
            for kind in (IDENTIFIER, UUID_KEY, CODE)
        }
        by_identifier = self._products(products_by_identifier, names[IDENTIFIER], attributes)
        uuids = names[UUID_KEY]
        if may_create:
            lacking = [name for name in names[IDENTIFIER] if name not in by_identifier]
            uuids = [*uuids, *map(self.uuid_of_new, lacking)]
        by_uuid = self._products(products_by_uuid, uuids, attributes)
        models = self._models(names[CODE], attributes)
        parents = {
            *(each.parent for each in (*by_identifier.values(), *by_uuid.values())),
            *(each.parent for each in models.values()),
            *self._offered_parents(offered),
        }
        above = sorted(filter(None, parents - models.keys()))
        models |= self._models(above, [self._identifier])
        return Found(read_at, by_identifier, by_uuid, models)

    def _products(
        self,
        find: Callable[..., dict[str, FoundProduct]],
        names: Sequence[str],
        attributes: Sequence[str],
    ) -> dict[str, FoundProduct]:
        found: dict[str, FoundProduct] = {}
        for some in _chunks(names, SAFE_LIMIT):
            for chosen in _chunks(attributes, _MOST_ATTRIBUTES) or [[]]:
                answer = find(self._client, self._identifier, some, attributes=chosen)
                _merge(found, answer)
        return found

    def _models(self, codes: Sequence[str], attributes: Sequence[str]) -> dict[str, FoundModel]:
        found: dict[str, FoundModel] = {}
        for some in _chunks(codes, SAFE_LIMIT):
            # Asked for none, the PIM would give the values of all attributes.
            chosen = attributes or [self._identifier]
            found |= models_by_code(self._client, some, attributes=chosen)
        return found

    def _attributes(self, offered: Sequence[Offered]) -> list[str]:
        numbers = {number for one in offered for number in one.values if number >= 0}
        columns = (self._columns.by_number[number] for number in numbers)
        return sorted({column.place.attribute for column in columns if column.attribute})

    def _offered_parents(self, offered: Sequence[Offered]) -> Iterator[str]:
        numbers = {
            column.number
            for column in self._columns.by_number
            if column.place.attribute == "parent"
        }
        for one in offered:
            for number in numbers & one.values.keys():
                cell = one.values[number][1]
                if isinstance(cell, str) and cell.strip():
                    yield cell.strip()


def _merge(found: dict[str, FoundProduct], more: Mapping[str, FoundProduct]) -> None:
    """Take in the same products with the values of other attributes."""
    for name, one in more.items():
        known = found.get(name)
        found[name] = one if known is None else replace(known, values=known.values | one.values)


def _chunks(items: Sequence[str], size: int) -> list[list[str]]:
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
