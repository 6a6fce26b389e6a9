"""The `vendure` adapter in front of a real shop, and what stands in that shop."""

import hashlib
import io
import json
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from channels.base import ChannelProduct
from channels.surroundings import IdMap, MediaFile, MemoryIds
from channels.vendure import VendureAdapter
from outbound.guard import AddressPolicy
from outbound.session import GuardedSession
from tests.channels.conformance import Stage, product
from tests.channels.receiver import Answer, answer_json
from tests.shops.between import Between
from tests.shops.vendure_shop import VendureShop

_PRODUCTS = """query($customs: Boolean!) { products(options: { take: 1000 }) { items {
  id enabled updatedAt name slug description
  translations { languageCode name slug description }
  assets { id name } featuredAsset { id name } channels { code }
  facetValues { code facet { code } } optionGroups { code translations { languageCode name } }
  ...Customs @include(if: $customs)
  variants {
    id enabled updatedAt sku name translations { languageCode name } prices { currencyCode price }
    assets { name } options { code group { code } translations { languageCode name } }
    ...VariantCustoms @include(if: $customs)
  }
} } }"""
_WITH_CUSTOMS = """
fragment Customs on Product { customFields {
  externalId color size madeOn isVegan weight badges
} customTexts: translations { languageCode customFields { care } } }
fragment VariantCustoms on ProductVariant { customFields { externalId ean pieces } }
"""


class WithSku(VendureAdapter):
    """The suite's products have no SKU, which every document for a shop must have."""

    def push(self, products, *, idempotency_key):
        sellable = [
            replace(one, body=json.dumps({"sku": f"SKU-{one.key}", **json.loads(one.body)}))
            for one in products
        ]
        return super().push(sellable, idempotency_key=idempotency_key)


class VendureStage(Stage):
    def __init__(self, shop: VendureShop, between: Between) -> None:
        self.shop = shop
        self.between = between
        self.adapter = adapter_for(shop, between, kind=WithSku)

    def holds(self) -> dict[str, Any]:
        return {
            one["customFields"]["externalId"]: {**one, **one["customFields"]}
            for one in standing(self.shop).values()
            if one["enabled"]
        }

    def refused_product(self, key):
        return product(key, price=19.999)

    def unavailable(self):
        return self._scripted(Answer(503, f"Down. Your key is {self.shop.api_key}.".encode()))

    def misconfigured(self):
        error = {"message": f"{self.shop.api_key} is no key.", "extensions": {"code": "FORBIDDEN"}}
        return self._scripted(answer_json({"errors": [error], "data": None}))

    @contextmanager
    def _scripted(self, answer):
        self.between.script = answer
        try:
            yield
        finally:
            self.between.script = None


def adapter_for(
    shop: VendureShop,
    between: Between,
    *,
    ids: IdMap | None = None,
    kind: type[VendureAdapter] = VendureAdapter,
    **values: str,
) -> VendureAdapter:
    """An adapter that knows the shop's fields; a new one with the same ids is the next run."""
    cleaned = kind.clean({"url": between.url, "api_key": shop.api_key, **values})
    session = GuardedSession(AddressPolicy(hosts=None, insecure=True))
    fields = kind(cleaned, session=session).read_fields()
    between.said.clear()
    return kind(cleaned, session=session, fields=fields, ids=ids or MemoryIds())


def standing(shop: VendureShop, *, customs: bool = True) -> dict[str, Any]:
    """The products in the shop by their ids, to the last field."""
    document = _PRODUCTS + _WITH_CUSTOMS
    if not customs:
        document = (
            _PRODUCTS.replace("...Customs @include(if: $customs)", "")
            .replace("...VariantCustoms @include(if: $customs)", "")
            .replace("($customs: Boolean!)", "")
        )
        return {one["id"]: one for one in shop.ask(document)["products"]["items"]}
    return {one["id"]: one for one in shop.ask(document, customs=True)["products"]["items"]}


class Picture(MediaFile):
    """A file of the PIM. The same `content` is the same file."""

    def __init__(self, name: str, content: bytes, mime_type: str = "image/png") -> None:
        self.name, self._content, self.mime_type = name, content, mime_type
        self.digest = hashlib.sha256(content).hexdigest()
        self.size = len(content)
        self.address = ""

    def open(self):
        return io.BytesIO(self._content)


def text(
    en: str | None = None, fr: str | None = None, de: str | None = None
) -> list[dict[str, Any]]:
    """A localized value; a language that is left out is not in it."""
    given = {"en": en, "fr": fr, "de": de}
    return [{"locale": name, "value": one} for name, one in given.items() if one is not None]


def price(**amounts: float) -> list[dict[str, Any]]:
    return [{"currency": currency, "amount": amount} for currency, amount in amounts.items()]


def simple(key: str, **fields: Any) -> ChannelProduct:
    """A product that stands alone."""
    media = fields.pop("media", {})
    if_empty = frozenset(fields.pop("if_empty", ()))
    document = {
        "uuid": key,
        "sku": f"SKU-{key}",
        "name": text(f"Product {key}", f"Produit {key}", f"Produkt {key}"),
        "price": price(EUR=10),
        **fields,
    }
    document = {name: value for name, value in document.items() if value is not ...}
    return ChannelProduct(key, json.dumps(document), if_empty=if_empty, media=media)


def axis(code: str, en: str, fr: str) -> dict[str, Any]:
    return {"code": code, "label": text(en, fr)}


def variant(uuid: str, color: str, size: str, **fields: Any) -> dict[str, Any]:
    """A variant of a model with two axes."""
    return {
        "uuid": uuid,
        "sku": f"SKU-{uuid}",
        "price": price(EUR=20, USD=22),
        "variation_axes_values": [
            {"code": "color", "value": color, "label": text(color.title(), f"{color} (fr)")},
            {"code": "size", "value": size, "label": text(size.upper(), size.upper())},
        ],
        **fields,
    }


def model(code: str, *variants: dict[str, Any], **fields: Any) -> ChannelProduct:
    """A model with two axes and these variants."""
    media = fields.pop("media", {})
    document = {
        "code": code,
        "name": text("T-shirt", "Tee-shirt", "T-Shirt"),
        "variation_axes": [axis("color", "Colour", "Couleur"), axis("size", "Size", "Taille")],
        "variants": list(variants),
        **fields,
    }
    return ChannelProduct(code, json.dumps(document), media=media)
