"""What users change in the PIM that products refer to: no product's date moves with it.

Each of these holds the PIM's lock, and raises KeyError for what is not there.
"""

import datetime as dt
from typing import Any

from sandbox.data.structure import Resource
from sandbox.state import Pim
from sandbox.writing.assets import write_asset


def rename_option(pim: Pim, attribute: str, code: str, locale: str, text: str) -> None:
    """Give an option of a select attribute another label. The PIM keeps no date of options."""
    with pim.lock:
        known = pim.assortment.options[attribute]
        known[code] = _relabelled(known[code], locale, text)


def remove_option(pim: Pim, attribute: str, code: str) -> None:
    """Delete an option; products keep its code until somebody saves them."""
    with pim.lock:
        del pim.assortment.options[attribute][code]


def rename_category(pim: Pim, code: str, locale: str, text: str) -> None:
    with pim.lock:
        known = pim.assortment.categories
        known[code] = _relabelled(known[code], locale, text) | {"updated": _now(pim)}


def move_category(pim: Pim, code: str, parent: str) -> None:
    """Hang a category below another one, which stands before it in the list."""
    with pim.lock:
        known = pim.assortment.categories
        known[parent]
        known[code] = known[code] | {"parent": parent, "updated": _now(pim)}


def rename_record(pim: Pim, entity: str, code: str, locale: str, text: str) -> None:
    with pim.lock:
        known = pim.assortment.reference_entities[entity]
        known.rename(code, locale, text)
        known.records[code]["updated"] = _now(pim)


def save_asset(pim: Pim, family: str, code: str, values: dict[str, Any]) -> None:
    """Create or change an asset, by the rules for what apps write. Raises Refusal."""
    with pim.lock:
        known = pim.assortment.asset_families[family]
        write_asset(pim.assortment, known, code, {"values": values}, pim.clock(), "")


def _relabelled(resource: Resource, locale: str, text: str) -> Resource:
    """A new one, so that who shows the old one at this moment is not disturbed."""
    return resource | {"labels": {**resource["labels"], locale: text}}


def _now(pim: Pim) -> str:
    return dt.datetime.fromtimestamp(int(pim.clock()), dt.UTC).isoformat()
