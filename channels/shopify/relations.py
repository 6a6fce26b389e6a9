"""Links between products: the two standard metafields that Shopify's themes show."""

import json
from collections.abc import Mapping, Sequence

from channels.shopify.api import Json
from channels.shopify.finding import Finder
from channels.shopify.prepared import Prepared
from channels.shopify.shop import COMPLEMENTARY, RELATED, Shop

RELATIONS = (("related", "Related products"), ("complementary", "Complementary products"))
_METAFIELDS = {"related": RELATED, "complementary": COMPLEMENTARY}
LINKS = tuple(_METAFIELDS.values())  # by namespace.key

_TYPE = "list.product_reference"


class Links:
    """What is to be set and emptied, and which products are awaited, by the key of a product."""

    def __init__(self) -> None:
        self.set: dict[str, list[Json]] = {}
        self.emptied: list[Json] = []
        self.awaited: dict[str, tuple[str, ...]] = {}
        self.remarks: dict[str, str] = {}


def links_of(
    written: Mapping[str, Prepared], ids: Mapping[str, str], finder: Finder, shop: Shop
) -> Links:
    """The links of these products, whose ids are `ids`, as far as what they lead to is there."""
    links = Links()
    targets = {
        key
        for one in written.values()
        for word, keys in (one.relations or {}).items()
        if word in _METAFIELDS
        for key in keys
    }
    known = finder.linked(sorted(targets)) if targets else {}
    has = {one.full_key for one in shop.product_definitions} if targets else set()
    for key, prepared in written.items():
        missing: list[str] = []
        for word, full_key in _METAFIELDS.items():
            wanted = (prepared.relations or {}).get(word, [])
            if wanted and full_key not in has:
                links.remarks[key] = (
                    "The shop has no field for related products. Install Shopify's app "
                    "Search & Discovery there."
                )
                continue
            missing += [one for one in wanted if one not in known]
            _compare(
                links, prepared, ids[key], word, [known[one] for one in wanted if one in known]
            )
        if missing:
            links.awaited[key] = tuple(dict.fromkeys(missing))
    return links


def _compare(links: Links, prepared: Prepared, id_: str, word: str, wanted: Sequence[str]) -> None:
    full_key = _METAFIELDS[word]
    namespace, key = full_key.split(".")
    there = prepared.held.metafields.get(full_key) if prepared.held else None
    value = json.dumps(list(dict.fromkeys(wanted)))
    placed = prepared.held is not None and f"@{word}" in prepared.held.placed.fields
    if wanted and value != there:
        one = {"ownerId": id_, "namespace": namespace, "key": key, "type": _TYPE, "value": value}
        links.set.setdefault(prepared.key, []).append(one)
    elif not wanted and there is not None and placed and prepared.relations is not None:
        links.emptied.append({"ownerId": id_, "namespace": namespace, "key": key})
