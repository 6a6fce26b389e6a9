"""Products as they stand in the shop."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.vendure.about import EXTERNAL_ID, About, CustomField
from channels.vendure.graphql import AdminApi

_BY_SKU = """query BySku($skus: [String!]!, $take: Int!) {
  productVariants(options: { filter: { sku: { in: $skus } }, take: $take }) {
    items { sku product { id } }
  }
}"""
_BY_SLUG = """query BySlug($slugs: [String!]!, $take: Int!) {
  products(options: { filter: { slug: { in: $slugs } }, take: $take }) { items { id } }
}"""
_MOST = 500  # products of the same SKU or slug that are looked at

Texts = Mapping[str, Mapping[str, Any]]  # by language, then by field


@dataclass(frozen=True, slots=True)
class StandingVariant:
    """A variant in the shop. `options` are its options by their groups."""

    id: str
    enabled: bool
    sku: str
    external_id: str
    names: Mapping[str, str]
    customs: Mapping[str, Any]
    texts: Texts
    prices: Mapping[str, int]
    assets: tuple[str, ...]
    featured: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StandingProduct:
    """A product in the shop. `facet_values` are its values' ids with their facets' codes."""

    id: str
    enabled: bool
    external_id: str
    names: Mapping[str, str]
    slugs: Mapping[str, str]
    descriptions: Mapping[str, str]
    customs: Mapping[str, Any]
    texts: Texts
    assets: tuple[str, ...]
    featured: str
    facet_values: Mapping[str, str]
    channels: frozenset[str]
    groups: tuple[str, ...]
    variants: tuple[StandingVariant, ...] = field(default=())


class Standing:
    """Finds products in one shop."""

    def __init__(self, api: AdminApi, about: About, codes: Collection[str]) -> None:
        """`codes` are the targets whose custom fields are read."""
        self._api = api
        self._about = about
        self._document = _document(about, codes)

    def by_ids(
        self, ids: Collection[str], external_ids: Collection[str] = ()
    ) -> list[StandingProduct]:
        """The products with these ids, or with these keys where the shop keeps them."""
        conditions: list[dict[str, Any]] = []
        if ids:
            conditions.append({"id": {"in": sorted(ids)}})
        if external_ids and self._about.names_products:
            conditions.append({EXTERNAL_ID: {"in": sorted(external_ids)}})
        if not conditions:
            return []
        options = {"filter": {"_or": conditions}, "take": len(ids) + len(external_ids)}
        data = self._api.read(self._document, {"options": options})
        return [_product(item) for item in data["products"]["items"]]

    def ids_by_sku(self, skus: Collection[str]) -> dict[str, set[str]]:
        """The products that have variants with these SKUs, which are not unique."""
        if not skus:
            return {}
        data = self._api.read(_BY_SKU, {"skus": sorted(skus), "take": _MOST})
        found: dict[str, set[str]] = {}
        for item in data["productVariants"]["items"]:
            found.setdefault(item["sku"], set()).add(item["product"]["id"])
        return found

    def ids_by_slug(self, slugs: Collection[str]) -> set[str]:
        """The products with these slugs, in any language."""
        if not slugs:
            return set()
        data = self._api.read(_BY_SLUG, {"slugs": sorted(slugs), "take": _MOST})
        return {item["id"] for item in data["products"]["items"]}


def _document(about: About, codes: Collection[str]) -> str:
    products = _customs(about.product_fields, codes, with_id=about.names_products)
    variants = _customs(about.variant_fields, codes, with_id=about.names_variants)
    return f"""query Standing($options: ProductListOptions) {{
  products(options: $options) {{ items {{
  id enabled
  translations {{ languageCode name slug description {products.of_texts} }}
  {products.plain}
  featuredAsset {{ id }} assets {{ id }} channels {{ id }} optionGroups {{ id }}
  facetValues {{ id facet {{ code }} }}
  variants {{
    id enabled sku
    translations {{ languageCode name {variants.of_texts} }}
    {variants.plain}
    prices {{ currencyCode price }}
    featuredAsset {{ id }} assets {{ id }} options {{ id group {{ id }} }}
  }}
}} }} }}"""


@dataclass(frozen=True, slots=True)
class _Selection:
    plain: str
    of_texts: str


def _customs(
    fields: Mapping[str, CustomField], codes: Collection[str], *, with_id: bool
) -> _Selection:
    wanted = [field for code, field in fields.items() if code in codes]
    plain = [field.name for field in wanted if not field.is_localized]
    localized = [field.name for field in wanted if field.is_localized]
    return _Selection(_selected([EXTERNAL_ID, *plain] if with_id else plain), _selected(localized))


def _selected(names: list[str]) -> str:
    return f"customFields {{ {' '.join(names)} }}" if names else ""


def _product(item: dict[str, Any]) -> StandingProduct:
    customs = item.get("customFields") or {}
    return StandingProduct(
        id=item["id"],
        enabled=item["enabled"],
        external_id=customs.get(EXTERNAL_ID) or "",
        names=_text(item, "name"),
        slugs=_text(item, "slug"),
        descriptions=_text(item, "description"),
        customs=customs,
        texts=_texts(item),
        assets=tuple(one["id"] for one in item["assets"]),
        featured=(item["featuredAsset"] or {}).get("id", ""),
        facet_values={one["id"]: one["facet"]["code"] for one in item["facetValues"]},
        channels=frozenset(one["id"] for one in item["channels"]),
        groups=tuple(one["id"] for one in item["optionGroups"]),
        variants=tuple(map(_variant, item["variants"])),
    )


def _variant(item: dict[str, Any]) -> StandingVariant:
    customs = item.get("customFields") or {}
    return StandingVariant(
        id=item["id"],
        enabled=item["enabled"],
        sku=item["sku"],
        external_id=customs.get(EXTERNAL_ID) or "",
        names=_text(item, "name"),
        customs=customs,
        texts=_texts(item),
        prices={one["currencyCode"]: one["price"] for one in item["prices"]},
        assets=tuple(one["id"] for one in item["assets"]),
        featured=(item["featuredAsset"] or {}).get("id", ""),
        options={one["group"]["id"]: one["id"] for one in item["options"]},
    )


def _text(item: dict[str, Any], name: str) -> dict[str, str]:
    return {one["languageCode"]: one[name] for one in item["translations"]}


def _texts(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["languageCode"]: one.get("customFields") or {} for one in item["translations"]}
