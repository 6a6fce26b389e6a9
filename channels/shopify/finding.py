"""Which product of the shop a product of the PIM is.

A product carries our key in the metafield `ferry.pim_id`, which Shopify keeps unique. So a product
whose id was lost, with an answer or with a database, is found again before one is made, and if two
make it at the same time Shopify itself makes one. Our own id map only saves the looking up.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from channels.shop_products import ShopProduct
from channels.shopify.api import Json, ShopifyApi
from channels.shopify.chunks import chunks
from channels.shopify.documents import BY_SKU, by_identifier
from channels.shopify.metafields import NAMESPACE
from channels.shopify.paging import Cursors
from channels.shopify.values import is_filled, text
from channels.surroundings import IdMap

PRODUCT = "product"  # kind of ids: key of a product to the shop's id
VARIANT = "variant"  # kind of ids: uuid of a variant to the id of the product that has it

LOOKUPS_A_CALL = 25
SKUS_A_CALL = 20


class Finder:
    def __init__(self, api: ShopifyApi, ids: IdMap) -> None:
        self._api = api
        self._ids = ids

    def known(self, keys: Sequence[str]) -> dict[str, str]:
        """Ids of the products that this app placed, by key: remembered, else asked for."""
        found = self._ids.get(PRODUCT, keys)
        missing = [key for key in keys if key not in found]
        return found | (self.look_up(missing) if missing else {})

    def linked(self, keys: Sequence[str]) -> dict[str, str]:
        """Ids of the products that these keys lead to, of a product or of one of its variants."""
        found = self._ids.get(VARIANT, keys)
        return found | self.known([key for key in keys if key not in found])

    def look_up(self, keys: Sequence[str]) -> dict[str, str]:
        """Ask the shop for products by our keys, and remember them."""
        wanted = [
            {"customId": {"namespace": NAMESPACE, "key": "pim_id", "value": key}} for key in keys
        ]
        found = {
            key: node["id"]
            for key, node in zip(keys, self._by_identifier(wanted), strict=True)
            if node is not None
        }
        if found:
            self._ids.put(PRODUCT, found)
        return found

    def adopted(self, products: Sequence[ShopProduct], by: str) -> dict[str, str]:
        """Ids of products that are in the shop already and belong to no other product of the PIM.

        By `sku` or `handle`; nothing is adopted where two of the shop's products have the SKUs, or
        two of ours want the same one.
        """
        if by == "sku":
            candidates = self._by_sku(products)
        elif by == "handle":
            candidates = self._by_handle(products)
        else:
            return {}
        counts: dict[str, int] = {}
        for id_ in candidates.values():
            counts[id_] = counts.get(id_, 0) + 1
        return {key: id_ for key, id_ in candidates.items() if counts[id_] == 1}

    def remember(self, ids: Mapping[str, str]) -> None:
        if ids:
            self._ids.put(PRODUCT, ids)

    def remember_variants(self, ids: Mapping[str, str]) -> None:
        if ids:
            self._ids.put(VARIANT, ids)

    def forget(self, keys: Iterable[str]) -> None:
        self._ids.forget(PRODUCT, list(keys))

    def _by_handle(self, products: Sequence[ShopProduct]) -> dict[str, str]:
        handles = {
            one.key: text(one.fields["handle"])
            for one in products
            if is_filled(one.fields.get("handle"))
        }
        nodes = self._by_identifier([{"handle": handle} for handle in handles.values()])
        return {
            key: node["id"]
            for key, node in zip(handles, nodes, strict=True)
            if node is not None and not _is_taken(node, key)
        }

    def _by_sku(self, products: Sequence[ShopProduct]) -> dict[str, str]:
        wanted = {
            one.key: {
                text(variant.fields["sku"])
                for variant in one.variants
                if is_filled(variant.fields.get("sku"))
            }
            for one in products
        }
        holders = self._holders(sorted(set().union(*wanted.values())) if wanted else [])
        found = {}
        for key, skus in wanted.items():
            nodes = {node["id"]: node for sku in skus for node in holders.get(sku, [])}
            if len(nodes) == 1:
                [node] = nodes.values()
                if not _is_taken(node, key):
                    found[key] = node["id"]
        return found

    def _holders(self, skus: Sequence[str]) -> dict[str, list[Json]]:
        """The products that have a variant with one of these SKUs."""
        found: dict[str, list[Json]] = {}
        for some in chunks(skus, SKUS_A_CALL):
            query = " OR ".join(f"sku:{json.dumps(sku, ensure_ascii=False)}" for sku in some)
            cursors, after = Cursors(), None
            while True:
                page = self._api.call(BY_SKU, {"query": query, "after": after})["productVariants"]
                for node in page["nodes"]:
                    # The search finds more than was asked for: it splits words and ignores case.
                    if node["sku"] in some:
                        found.setdefault(node["sku"], []).append(node["product"])
                after = cursors.after(page)
                if after is None:
                    break
        return found

    def _by_identifier(self, identifiers: Sequence[Json]) -> list[Json | None]:
        found: list[Json | None] = []
        for some in chunks(identifiers, LOOKUPS_A_CALL):
            variables = {f"i{n}": one for n, one in enumerate(some)}
            answer = self._api.call(by_identifier(len(some)), variables)
            found += [answer[f"p{n}"] for n in range(len(some))]
        return found


def _is_taken(node: Json, key: str) -> bool:
    """Whether the product carries the key of another product of the PIM."""
    return node["metafield"] is not None and node["metafield"]["value"] != key
