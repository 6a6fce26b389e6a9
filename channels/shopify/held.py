"""What the shop has of a product now, and what of it this app placed there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from channels.shopify.api import Json, ShopifyApi
from channels.shopify.chunks import chunks
from channels.shopify.documents import MORE_MEDIA, MORE_VARIANTS, PRODUCTS
from channels.shopify.metafields import NAMESPACE, by_owner_key
from channels.shopify.paging import Cursors

PIM_ID = f"{NAMESPACE}.pim_id"
PLACED = f"{NAMESPACE}.placed"
CATEGORIES = f"{NAMESPACE}.categories"

# The status that `Placed` has from a product's making until all that belongs to it was done.
UNFINISHED = "UNFINISHED"

# A query may cost 1,000 points. So few products with so few variants and pictures are read at
# once that it stays below, and what is more is read by itself.
PRODUCTS_A_CALL = 4
VARIANTS_A_PRODUCT = 8
VARIANTS_A_CALL = 40
MEDIA_A_PRODUCT = 10
_POINTS = 600
MOST_NODES = 250  # of one list; a field that is not read is written again, which changes nothing


@dataclass(frozen=True, slots=True)
class Placed:
    """What this app put on a product: all that it may ever take away again.

    It is kept on the product itself, as a metafield, and so outlives this app's database. `status`
    is the one that the app gave a product that it took off, or hid.
    """

    fields: frozenset[str] = frozenset()  # codes of targets
    tags: frozenset[str] = frozenset()
    publications: frozenset[str] = frozenset()
    status: str = ""

    @classmethod
    def read(cls, value: str | None) -> "Placed":
        """Read the metafield; one that people broke says nothing."""
        try:
            told = msgspec.json.decode(value or "{}", type=dict[str, Any])
            sets = [frozenset(map(str, told.get(name) or ())) for name in _SETS]
        except (msgspec.DecodeError, TypeError, RecursionError):
            return cls()
        return cls(sets[0], sets[1], sets[2], str(told.get("status") or ""))

    def written(self) -> str:
        told = {name: sorted(getattr(self, name)) for name in _SETS} | {"status": self.status}
        return msgspec.json.encode({k: v for k, v in told.items() if v}).decode()

    def with_all_of(self, other: "Placed") -> "Placed":
        """Return this with what the other placed besides; the status stays."""
        return Placed(
            self.fields | other.fields,
            self.tags | other.tags,
            self.publications | other.publications,
            self.status,
        )


_SETS = ("fields", "tags", "publications")


@dataclass(frozen=True, slots=True)
class HeldVariant:
    """`pim_id` is the uuid of the variant that this app placed; foreign ones have none."""

    id: str
    pim_id: str
    sku: str
    options: dict[str, str]
    filled: dict[str, Any]  # what it has, by code of target
    metafields: dict[str, str]


@dataclass(frozen=True, slots=True)
class HeldProduct:
    id: str
    pim_id: str
    status: str
    tags: tuple[str, ...]
    media: tuple[str, ...]
    alts: dict[str, str]  # what its pictures say in the primary language, by their ids
    filled: dict[str, Any]
    metafields: dict[str, str]
    variants: tuple[HeldVariant, ...]
    placed: Placed = field(default_factory=Placed)


class Reader:
    """Reads products, with those metafields that are asked for by `namespace.key`."""

    def __init__(
        self, api: ShopifyApi, product_keys: Sequence[str], variant_keys: Sequence[str]
    ) -> None:
        self._api = api
        self._keys = list(dict.fromkeys([PIM_ID, PLACED, CATEGORIES, *product_keys]))
        self._variant_keys = list(dict.fromkeys([PIM_ID, *variant_keys]))

    def read(self, ids: Iterable[str]) -> dict[str, HeldProduct]:
        """The products by id; those that are gone are missing."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, HeldProduct] = {}
        for some in chunks(wanted, self._products_a_call()):
            nodes = self._api.call(PRODUCTS, {"ids": some, **self._sizes()})["nodes"]
            # A node of another type, or one that is gone, is told as {} or null.
            for node in filter(None, nodes):
                found[node["id"]] = self._held(node)
        return found

    def _products_a_call(self) -> int:
        return max(1, min(PRODUCTS_A_CALL, _POINTS // (len(self._keys) + 60)))

    def _sizes(self) -> Json:
        a_variant = len(self._variant_keys) + 12
        variants = _POINTS // (self._products_a_call() * a_variant)
        return {
            "media": MEDIA_A_PRODUCT,
            "keys": self._keys,
            "fields": min(len(self._keys), MOST_NODES),
            **self._of_variants(max(1, min(VARIANTS_A_PRODUCT, variants))),
        }

    def _of_variants(self, number: int) -> Json:
        return {
            "variants": number,
            "variantKeys": self._variant_keys,
            "variantFields": min(len(self._variant_keys), MOST_NODES),
        }

    def _held(self, node: Json) -> HeldProduct:
        metafields = by_owner_key(node["metafields"]["nodes"])
        alts = {one["id"]: one["alt"] or "" for one in self._media(node)}
        return HeldProduct(
            id=node["id"],
            pim_id=metafields.get(PIM_ID, ""),
            status=node["status"],
            tags=tuple(node["tags"]),
            media=tuple(alts),
            alts=alts,
            filled=_filled(node),
            metafields=metafields,
            variants=tuple(map(_variant, self._variants(node))),
            placed=Placed.read(metafields.get(PLACED)),
        )

    def _media(self, node: Json) -> Iterator[Json]:
        page, cursors = node["media"], Cursors()
        while True:
            yield from page["nodes"]
            after = cursors.after(page)
            if after is None:
                return
            product = self._api.call(MORE_MEDIA, {"id": node["id"], "after": after})["product"]
            if product is None:  # deleted meanwhile
                return
            page = product["media"]

    def _variants(self, node: Json) -> Iterator[Json]:
        page, cursors = node["variants"], Cursors()
        number = max(1, min(VARIANTS_A_CALL, _POINTS // (len(self._variant_keys) + 12)))
        while True:
            yield from page["nodes"]
            after = cursors.after(page)
            if after is None:
                return
            variables = {"id": node["id"], "after": after, **self._of_variants(number)}
            product = self._api.call(MORE_VARIANTS, variables)["product"]
            if product is None:
                return
            page = product["variants"]


def _filled(node: Json) -> dict[str, Any]:
    seo = node["seo"] or {}
    return {
        "title": node["title"],
        "description": node["descriptionHtml"],
        "handle": node["handle"],
        "vendor": node["vendor"],
        "product_type": node["productType"],
        "category": (node["category"] or {}).get("id"),
        "tags": node["tags"],
        "status": node["status"],
        "seo_title": seo.get("title"),
        "seo_description": seo.get("description"),
        "images": node["media"]["nodes"],
    }


def _variant(node: Json) -> HeldVariant:
    metafields = by_owner_key(node["metafields"]["nodes"])
    item = node["inventoryItem"]
    weight = (item["measurement"] or {}).get("weight") or {}
    filled = {
        "sku": node["sku"],
        "price": node["price"].strip("0.") and node["price"],  # 0.00 where nobody said anything
        "compare_at_price": node["compareAtPrice"],
        "cost": (item["unitCost"] or {}).get("amount"),
        "barcode": node["barcode"],
        "weight": weight.get("value") or None,  # Shopify has 0 where nobody said anything
        "variant_image": node["media"]["nodes"],
        "hs_code": item["harmonizedSystemCode"],
        # Never empty: Shopify has a yes or no for each from the start.
        "taxable": True,
        "requires_shipping": True,
        "track_inventory": True,
        "sell_when_out_of_stock": True,
    }
    return HeldVariant(
        id=node["id"],
        pim_id=metafields.get(PIM_ID, ""),
        sku=node["sku"] or "",
        options={one["name"]: one["value"] for one in node["selectedOptions"]},
        filled=filled,
        metafields=metafields,
    )
