"""`updated_including_linked_entities`: by the dates of assets and records that products have.

Only in editions that know it, and only of the kinds that somebody switched on in the PIM's
configuration: the others are left out without a word (pim-contract.md 3.3).
"""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

from sandbox.data.assets import TYPE as ASSETS
from sandbox.data.assortment import Assortment, Model, Product
from sandbox.data.reference_entities import TYPE as RECORD
from sandbox.data.structure import Resource
from sandbox.rest.conditions import expect

PROPERTY, COMPANION = "updated_including_linked_entities", "updated_including_linked_type"
TYPES = {"asset": ASSETS, "reference_entity_record": RECORD}


def types_in(search: dict[str, Any]) -> list[str] | None:
    """The kinds that the companion names, None without one; 422 for what it does not take."""
    conditions = search.get(COMPANION)
    if conditions is None:
        return None
    given = conditions[0] if isinstance(conditions, list) and len(conditions) == 1 else None
    value = given.get("value") if isinstance(given, dict) else None
    is_right = (
        isinstance(given, dict)
        and given.get("operator") == "IN"
        and isinstance(value, list)
        and all(each in TYPES for each in value)
        and PROPERTY in search
    )
    expect(is_right, COMPANION, "an array of types of linked entities", value)
    return list(value) if isinstance(value, list) else None


def times(assortment: Assortment, item: Product | Model, kinds: Collection[str]) -> Iterator[int]:
    """When the assets and records of these kinds were changed that an item has."""
    wanted = {TYPES[kind] for kind in kinds if kind in assortment.linked_types}
    for code, entries in assortment.values_of(item).items():
        attribute = assortment.attributes[code]
        if attribute["type"] not in wanted:
            continue
        known = _known(assortment, attribute)
        for entry in entries:
            data = entry["data"]
            for each in data if isinstance(data, list) else [data]:
                if each in known:
                    yield int(dt.datetime.fromisoformat(known[each]["updated"]).timestamp())


def _known(assortment: Assortment, attribute: Resource) -> dict[str, Resource]:
    name = attribute["reference_data_name"]
    if attribute["type"] == ASSETS:
        return assortment.asset_families[name].assets
    return assortment.reference_entities[name].records
