"""What changed in the PIM that products refer to, and which products refer to it.

No product's own date moves with any of it (pim-contract.md 2.4). Products and models are searched
by dates in the PIM's own time zone, which is UTC on SaaS; all else by ISO 8601 (3.3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from pim.calls import SAFE_LIMIT
from pim.client import PimClient
from pim.errors import UnexpectedAnswer
from pim.links import atom, in_addresses
from pim.urls import host_of

SELECTS = ("pim_catalog_simpleselect", "pim_catalog_multiselect")
ASSETS = "pim_catalog_asset_collection"
RECORDS = ("akeneo_reference_entity", "akeneo_reference_entity_collection")
IDENTIFIER = "pim_catalog_identifier"

_LONGEST_SEARCH = 4000  # characters in an address, where servers bear 8,000
_LINKED = ["asset", "reference_entity_record"]


@dataclass(frozen=True, slots=True)
class Changed:
    """A model, asset or record; `updated` is the PIM's own text. Only models have a `parent`."""

    code: str
    updated: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Which products: those that have one of these codes there (pim-contract.md 3.3)."""

    field: str
    codes: tuple[str, ...]
    operator: str = "IN"
    locale: str | None = None
    scope: str | None = None

    def search(self, codes: Sequence[str]) -> dict[str, Any]:
        condition: dict[str, Any] = {"operator": self.operator, "value": list(codes)}
        if self.locale is not None:
            condition["locale"] = self.locale
        if self.scope is not None:
            condition["scope"] = self.scope
        return {self.field: [condition]}


def changed_models(client: PimClient, since: datetime, *, most: int) -> Iterator[Changed]:
    """Models of both levels that were changed. Raises TooMany."""
    search = {"updated": [{"operator": ">", "value": _plain(since)}]}
    for one in _counted(client, "product-models", search, most=most):
        parent = one.get("parent")
        yield Changed(
            _text(client, one, "code"),
            str(one.get("updated", "")),
            parent if isinstance(parent, str) and parent else None,
        )


def changed_assets(client: PimClient, family: str, since: datetime) -> Iterator[Changed]:
    """Assets of a family that were changed or are new. NotFound where there are none."""
    return _entities(client, f"asset-families/{quote(family, safe='')}/assets", since)


def changed_records(client: PimClient, entity: str, since: datetime) -> Iterator[Changed]:
    """As `changed_assets`, of the records of a reference entity."""
    return _entities(client, f"reference-entities/{quote(entity, safe='')}/records", since)


def models_below(client: PimClient, roots: Sequence[str], *, most: int) -> Iterator[str]:
    """The codes of the models below these uppermost ones. Raises TooMany."""
    below = Condition("parent", tuple(roots))
    for codes in in_addresses(below.codes, _LONGEST_SEARCH):
        for one in _counted(client, "product-models", below.search(codes), most=most):
            yield _text(client, one, "code")


def products_with(
    client: PimClient, condition: Condition, *, slim_by: str | None, most: int
) -> Iterator[str]:
    """The uuids of the PIM's products that fit, maybe twice. Raises TooMany.

    `slim_by`: the only attribute whose values come along, for short answers. ValidationFailed for
    a code or an attribute that is gone.
    """
    for codes in in_addresses(condition.codes, _LONGEST_SEARCH):
        search = condition.search(codes)
        for one in _counted(client, "products-uuid", search, attributes=slim_by, most=most):
            yield _text(client, one, "uuid").lower()


def products_with_changed_links(
    client: PimClient, since: datetime, *, slim_by: str | None, most: int
) -> Iterator[str]:
    """The uuids of products of which an asset or a record was changed. Raises TooMany.

    ValidationFailed where the PIM has no such search. It says nothing of what its configuration
    does not follow (System, Configuration, Linked entities update), and nobody can ask for that.
    """
    search = {
        "updated_including_linked_entities": [{"operator": ">", "value": _plain(since)}],
        "updated_including_linked_type": [{"operator": "IN", "value": _LINKED}],
    }
    for one in _counted(client, "products-uuid", search, attributes=slim_by, most=most):
        yield _text(client, one, "uuid").lower()


def has_changed_products(client: PimClient, uuids: Sequence[str], since: datetime) -> bool:
    """Whether any of these products was changed itself, and not only what it refers to."""
    changed = {"updated": [{"operator": ">", "value": _plain(since)}]}
    for some in in_addresses(uuids, _LONGEST_SEARCH):
        search = {"uuid": [{"operator": "IN", "value": list(some)}], **changed}
        if any(True for _ in client.items("products-uuid", search=_json(search), limit=1)):
            return True
    return False


def _counted(
    client: PimClient, path: str, search: dict[str, Any], *, most: int, **params: object
) -> Iterator[dict[str, Any]]:
    asked = {"search": _json(search), "limit": SAFE_LIMIT, **params}
    return client.counted(path, asked, most=most)


def _entities(client: PimClient, path: str, since: datetime) -> Iterator[Changed]:
    search = {"updated": [{"operator": ">", "value": atom(since)}]}
    for one in client.items(path, search=_json(search)):
        yield Changed(_text(client, one, "code"), str(one.get("updated", "")))


def _text(client: PimClient, item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value:
        raise UnexpectedAnswer(host_of(client.pim_url), f"a list of things without a {name}")
    return value


def _plain(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
