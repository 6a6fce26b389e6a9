"""What products refer to, and what their mapped form leaves out (pim-contract.md 3.3, 3.8, 3.9)."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from pim.calls import SAFE_LIMIT
from pim.client import PimClient
from pim.links import atom
from pim.values import PimCategory, ProductFacts

_IDENTIFIER = {"type": [{"operator": "IN", "value": ["pim_catalog_identifier"]}]}
_ROOTS = {"is_root": [{"operator": "=", "value": True}]}
_MOST = 2**31  # places among siblings: more is no place
_ENABLED = {"enabled": [{"operator": "=", "value": True}]}


def codes_of(client: PimClient, path: str, *, enabled: bool = False) -> list[str]:
    """Return the codes of one of the PIM's lists; of locales and currencies those in use."""
    search = {"search": _json(_ENABLED)} if enabled else {}
    return [code for code, _ in _labelled(client, path, **search)]


def labelled(client: PimClient, path: str, locale: str = "") -> list[tuple[str, str]]:
    """Return one of the PIM's lists as (code, label): in this locale, or in any, or the code."""
    return [(code, _label(code, labels, locale)) for code, labels in _labelled(client, path)]


def categories(
    client: PimClient, *, since: datetime | None = None, most: int | None = None
) -> list[PimCategory]:
    """Return all categories; parents stand before their children in the PIM's own list.

    With `since`, those that were changed after that. Raises TransientError for a list that ended
    before the number of categories that the PIM told, and TooMany for more than `most`.
    """
    changed = since and _json({"updated": [{"operator": ">", "value": atom(since)}]})
    asked = {"limit": SAFE_LIMIT, "with_position": "true", "search": changed}
    return [_category(one) for one in client.counted("categories", asked, most=most)]


def trees(client: PimClient, most: int) -> list[PimCategory]:
    """Return the uppermost categories, up to `most` of them."""
    found = client.items("categories", limit=SAFE_LIMIT, search=_json(_ROOTS))
    return [_category(one) for one in islice(found, most)]


def has_category(client: PimClient, code: str) -> bool:
    search = _json({"code": [{"operator": "IN", "value": [code]}]})
    return any(one.get("code") == code for one in client.items("categories", search=search))


def identifier_attribute(client: PimClient) -> str | None:
    """Return the code of the attribute that identifies products, if the PIM tells one.

    Of several it is the main one; older PIMs have one, and do not say so of it.
    """
    found = client.items("attributes", search=_json(_IDENTIFIER), limit=SAFE_LIMIT)
    named = [one for one in found if "code" in one]
    named.sort(key=lambda one: one.get("is_main_identifier") is not True)
    return str(named[0]["code"]) if named else None


def facts_of(
    client: PimClient, uuids: Sequence[str], *, completeness: bool, attribute: str | None
) -> dict[str, ProductFacts]:
    """Return what the PIM says of up to 100 products; one call.

    `attribute`: the only one whose values come along, for a short answer. What the app may not see
    is not among them, nor what the PIM's search does not know yet, nor what it says half of.
    """
    if not uuids:
        return {}
    asked: dict[str, object] = {
        "search": _json({"uuid": [{"operator": "IN", "value": list(uuids)}]}),
        "pagination_type": "search_after",
        "limit": SAFE_LIMIT,
        "attributes": attribute,
        "with_completenesses": "true" if completeness else None,
    }
    # No more than were asked for: after a full page the PIM has an empty one.
    items = islice(client.items("products-uuid", **asked), len(uuids))
    facts = {
        str(one.get("uuid", "")).lower(): _facts(one, completeness=completeness) for one in items
    }
    return {uuid: one for uuid, one in facts.items() if one is not None}


def _facts(product: dict[str, Any], *, completeness: bool) -> ProductFacts | None:
    """What is said of a product; None where it is not said in full, as by a PIM that is unwell."""
    categories, told = product.get("categories"), product.get("completenesses", ())
    if not isinstance(categories, list):
        return None
    if not completeness:
        return ProductFacts(tuple(sorted(map(str, categories))), {})
    if not isinstance(told, list):
        return None
    percents: dict[tuple[str, str], int] = {}
    for one in told:
        data = one.get("data") if isinstance(one, dict) else None
        if not isinstance(data, int | float):
            return None
        percents[str(one.get("scope")), str(one.get("locale"))] = int(min(max(data, 0), 100))
    return ProductFacts(tuple(sorted(map(str, categories))), percents)


def _category(one: dict[str, Any]) -> PimCategory:
    parent, position = one.get("parent"), one.get("position")
    return PimCategory(
        str(one.get("code")),
        parent if isinstance(parent, str) and parent else None,
        _texts(one.get("labels")),
        position if isinstance(position, int) and 0 <= position < _MOST else 0,
    )


def _labelled(client: PimClient, path: str, **params: object) -> list[tuple[str, dict[str, str]]]:
    items = client.items(path, limit=SAFE_LIMIT, **params)
    return [(str(one["code"]), _texts(one.get("labels"))) for one in items if "code" in one]


def _label(code: str, labels: dict[str, str], locale: str) -> str:
    return labels.get(locale) or next(filter(None, labels.values()), code)


def _texts(labels: Any) -> dict[str, str]:
    """Labels as the PIM gives them: without any they are a list."""
    if not isinstance(labels, dict):
        return {}
    return {str(locale): text for locale, text in labels.items() if isinstance(text, str)}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
