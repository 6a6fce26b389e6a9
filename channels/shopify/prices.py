"""Prices as a product has them: in the shop's own currency, and in those of its markets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from channels.shop_products import ShopProduct, ShopVariant, prices
from channels.shopify import values
from channels.shopify.decisions import Decisions
from channels.shopify.shop import Shop

PRICES, COMPARED = "prices", "compare_at_prices"
OF_OWN_CURRENCY = {PRICES: "price", COMPARED: "compare_at_price"}


@dataclass(frozen=True, slots=True)
class Price:
    amount: str
    compared: str = ""


# By currency, of one variant. One that is missing is not to be there.
OfVariant = Mapping[str, Price]


def has_prices(product: ShopProduct) -> bool:
    """Whether any variant has prices by currency."""
    return any(
        values.is_filled(one.fields.get(code))
        for one in product.variants
        for code in OF_OWN_CURRENCY
    )


def with_own_prices(product: ShopProduct, shop: Shop) -> ShopProduct:
    """The product with its prices in the shop's own currency where nothing else says them."""
    if not has_prices(product):
        return product
    variants = tuple(
        replace(one, fields={**one.fields, **_own_prices(one, shop.currency)})
        for one in product.variants
    )
    return replace(product, variants=variants)


def also_of_own_currency(codes: frozenset[str]) -> frozenset[str]:
    """The codes, and those that follow them: who leaves all prices alone leaves that one alone."""
    return codes | {OF_OWN_CURRENCY[code] for code in codes if code in OF_OWN_CURRENCY}


def wanted_prices(
    product: ShopProduct, decisions: Decisions, known: Mapping[str, str], shop: Shop
) -> dict[str, OfVariant]:
    """The prices in markets of each variant for which the PIM has the say, by its uuid.

    `known` are the variants that are there. What their price lists say is not read: where a target
    counts only when the shop has nothing, they count as having something. Raises ValueError.
    """
    found: dict[str, OfVariant] = {}
    for variant in product.variants:
        filled = dict.fromkeys(OF_OWN_CURRENCY, True) if variant.uuid in known else None
        verdicts = {
            code: decisions.verdict(code, variant.fields, filled) for code in OF_OWN_CURRENCY
        }
        if verdicts[PRICES] != "leave":
            compares = verdicts[COMPARED] == "set"
            found[variant.uuid] = _read(variant, shop.currency, compares=compares)
    return found


def _own_prices(variant: ShopVariant, currency: str) -> dict[str, Any]:
    amounts = {
        single: prices(variant.fields.get(code) or []).get(currency)
        for code, single in OF_OWN_CURRENCY.items()
    }
    return {
        single: amount
        for single, amount in amounts.items()
        if amount is not None and not values.is_filled(variant.fields.get(single))
    }


def _read(variant: ShopVariant, own: str, *, compares: bool) -> OfVariant:
    compared = prices(variant.fields.get(COMPARED) or []) if compares else {}
    found = {}
    for currency, amount in prices(variant.fields.get(PRICES) or []).items():
        if currency != own and amount is not None:
            before = compared.get(currency)
            found[currency] = Price(
                values.decimal_text(amount), "" if before is None else values.decimal_text(before)
            )
    return found
