"""A Vendure shop compared with documents, field by field and not by the adapter's own rules."""

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from channels.base import Category, ChannelProduct
from tests.shops.vendure_shop import VendureShop

LANGUAGES = {"en_US": "en", "fr_FR": "fr", "de_DE": "de"}

_PRODUCTS = """query($skip: Int!) { products(options: { skip: $skip, take: 100 }) { items {
  enabled customFields { externalId weight isVegan }
  translations { languageCode name slug description customFields { care } }
  assets { name } featuredAsset { name } facetValues { code facet { code } }
  optionGroups { code translations { languageCode name } }
  variants {
    enabled sku customFields { externalId ean } prices { currencyCode price }
    translations { languageCode name }
    assets { name } options { code group { code } translations { languageCode name } }
  }
} } }"""

_COLLECTIONS = """{ collections(options: { take: 1000 }) { items {
  position translations { languageCode name slug } parent { translations { languageCode name } }
  productVariants(options: { take: 1000 }) { totalItems items { sku } }
} } }"""
_PATIENCE = 90  # seconds; the shop fills its collections by a job of its own

# Where no accents are left when they are taken off, Vendure writes more letters.
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

Thing = dict[str, Any]


def shop_state(shop: VendureShop) -> dict[str, Thing]:
    """Everything that is for sale, by our keys, in the words of `wanted_state`."""
    return {key: _seen(one) for key, one in _for_sale(shop).items()}


def _for_sale(shop: VendureShop) -> dict[str, Thing]:
    found: dict[str, Thing] = {}
    skip = 0
    while items := shop.ask(_PRODUCTS, skip=skip)["products"]["items"]:
        found |= {one["customFields"]["externalId"]: one for one in items if one["enabled"]}
        skip += len(items)
    return found


def wanted_state(products: Iterable[ChannelProduct]) -> dict[str, Thing]:
    """What customers should find by these documents."""
    return {product.key: _wanted(product) for product in products}


def compare_with_shop(shop: VendureShop, products: Iterable[ChannelProduct]) -> dict[str, Thing]:
    """The products that are not in the shop as their documents say: wanted and seen."""
    wanted, seen = wanted_state(products), shop_state(shop)
    return {
        key: {"wanted": wanted.get(key), "seen": seen.get(key)}
        for key in wanted.keys() | seen.keys()
        if wanted.get(key) != seen.get(key)
    }


def compare_slugs(shop: VendureShop, products: Iterable[ChannelProduct]) -> dict[str, Thing]:
    """The new products whose addresses are not their names, or those of another product as well."""
    wanted = {product.key: _slugs(_localized(product.data["name"])) for product in products}
    seen = {
        key: {each["languageCode"]: each["slug"] for each in one["translations"]}
        for key, one in _for_sale(shop).items()
    }
    users = Counter(address for slugs in seen.values() for address in slugs.items())
    return {
        key: {"wanted": wanted.get(key), "seen": seen.get(key)}
        for key in wanted.keys() | seen.keys()
        if {language: _plain(slug) for language, slug in seen.get(key, {}).items()}
        != wanted.get(key)
        or any(users[address] > 1 for address in seen[key].items())
    }


def compare_collections(
    shop: VendureShop,
    tree: Sequence[Category],
    products: Sequence[ChannelProduct],
    *,
    at_first: Sequence[Category] = (),
) -> dict[str, Thing]:
    """The collections that are not as these say, by English names, once they are settled.

    `at_first`: the tree by which they were made, if it was another: their slugs stay.
    """
    wanted = _wanted_collections(tree, products)
    slugs = {one.code: _slugs(_in_shop(one.labels)) for one in at_first or tree}
    for one in tree:
        wanted[one.labels["en_US"]]["slugs"] = slugs[one.code]
    deadline = time.monotonic() + _PATIENCE
    while (seen := _seen_collections(shop)) != wanted and time.monotonic() < deadline:
        pass
    return {
        name: {"wanted": wanted.get(name), "seen": seen.get(name)}
        for name in wanted.keys() | seen.keys()
        if wanted.get(name) != seen.get(name)
    }


def _seen_collections(shop: VendureShop) -> dict[str, Thing]:
    items = shop.ask(_COLLECTIONS)["collections"]["items"]
    items.sort(key=lambda one: one["position"])
    parents = {_names(one)["en"]: _names(one["parent"])["en"] for one in items}
    return {
        _names(one)["en"]: {
            "slugs": {each["languageCode"]: _plain(each["slug"]) for each in one["translations"]},
            "place": _place(_names(one)["en"], parents),
            "names": _names(one),
            "parent": _names(one["parent"])["en"],
            "members": sorted(each["sku"] for each in one["productVariants"]["items"]),
        }
        for one in items
    }


def _wanted_collections(
    tree: Sequence[Category], products: Sequence[ChannelProduct]
) -> dict[str, Thing]:
    parents = {one.code: one.parent for one in tree}
    members: dict[str | None, set[str]] = {one.code: set() for one in tree}
    for product in products:
        document = product.data
        skus = {one["sku"] for one in document.get("variants", (document,))}
        for category in document["pim_categories"]:
            code = category
            while code is not None:  # what is below a category is in it as well
                members[code] |= skus
                code = parents[code]
    english = {one.code: one.labels["en_US"] for one in tree}
    in_order = {one.code: one.parent for one in sorted(tree, key=lambda one: one.position)}
    return {
        english[one.code]: {
            "place": _place(one.code, in_order),
            "names": _in_shop(one.labels),
            "parent": english[one.parent] if one.parent else "__root_collection__",
            "members": sorted(members[one.code]),
        }
        for one in tree
    }


def _place(name: str, parents: Mapping[str, str | None]) -> int:
    """Its number among its siblings; `parents` are in the order of what has them."""
    return [one for one, parent in parents.items() if parent == parents[name]].index(name)


def _in_shop(labels: Mapping[str, str]) -> dict[str, str]:
    return {LANGUAGES[locale]: label for locale, label in labels.items()}


def _slugs(names: Mapping[str, str]) -> dict[str, str]:
    return {language: _plain(name) for language, name in names.items()}


def _plain(text: str) -> str:
    """A name, or a slug made of it, without what a shop may do to tell two slugs apart."""
    letters = unicodedata.normalize("NFD", text.lower().translate(_LETTERS))
    words = re.sub("['’\u0300-\u036f]", "", letters)
    return re.sub(r"-\d+$", "", re.sub("[^a-z0-9]+", "-", words).strip("-"))


def _seen(item: Thing) -> Thing:
    texts = {one["languageCode"]: one for one in item["translations"]}
    return {
        "name": {language: one["name"] for language, one in texts.items()},
        "description": _filled({language: one["description"] for language, one in texts.items()}),
        "care": _filled({la: one["customFields"]["care"] for la, one in texts.items()}),
        "weight": _decimal(item["customFields"]["weight"]),
        "images": [one["name"] for one in item["assets"]],
        "front": (item["featuredAsset"] or {}).get("name"),
        "categories": sorted(
            one["code"] for one in item["facetValues"] if one["facet"]["code"] == "pim-categories"
        ),
        "axes": {one["code"]: _names(one) for one in item["optionGroups"]},
        "variants": {
            one["customFields"]["externalId"]: _seen_variant(one)
            for one in item["variants"]
            if one["enabled"]
        },
    }


def _seen_variant(item: Thing) -> Thing:
    return {
        "sku": item["sku"],
        "ean": item["customFields"]["ean"],
        "price": {one["currencyCode"]: Decimal(one["price"]) / 100 for one in item["prices"]},
        "images": [one["name"] for one in item["assets"]],
        "options": {one["group"]["code"]: (one["code"], _names(one)) for one in item["options"]},
    }


def _wanted(product: ChannelProduct) -> Thing:
    document = product.data
    alone = {name: document.get(name) for name in ("uuid", "sku", "price", "variant_images")}
    alone["variant_ean"] = document.get("variant_ean")
    images = [product.media[one].name for one in document.get("images", ())]
    return {
        "name": _localized(document["name"]),
        "description": _localized(document.get("description", ())),
        "care": _localized(document.get("care", ())),
        "weight": _decimal(document.get("weight")),
        "images": images,
        "front": images[0] if images else None,
        "categories": document["pim_categories"],
        "axes": {
            one["code"]: _localized(one["label"]) for one in document.get("variation_axes", ())
        },
        "variants": {
            one["uuid"]: _wanted_variant(one, product) for one in document.get("variants", (alone,))
        },
    }


def _wanted_variant(document: Thing, product: ChannelProduct) -> Thing:
    return {
        "sku": document["sku"],
        "ean": document.get("variant_ean"),
        "price": {one["currency"]: Decimal(str(one["amount"])) for one in document["price"]},
        "images": [product.media[one].name for one in document.get("variant_images") or ()],
        "options": {
            one["code"]: (one["value"], _localized(one["label"]))
            for one in document.get("variation_axes_values", ())
        },
    }


def _localized(entries: Iterable[Thing]) -> dict[str, str]:
    return {LANGUAGES[one["locale"]]: one["value"] for one in entries}


def _names(item: Thing) -> dict[str, str]:
    return {one["languageCode"]: one["name"] for one in item["translations"]}


def _filled(texts: dict[str, str | None]) -> dict[str, str]:
    return {language: text for language, text in texts.items() if text}


def _decimal(number: Any) -> Decimal | None:
    return None if number is None else Decimal(str(number)).normalize()
