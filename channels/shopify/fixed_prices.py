"""Fixed prices in the price lists of a shop's markets.

A price list that has none for a variant calculates it, and does so again once ours is taken away.
Price lists for companies are left to the shop's people. Which variants have a price of ours is
noted before it is written: nothing else is ever taken away.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from channels.base import TransientError
from channels.shopify.api import Json, ShopifyApi
from channels.shopify.chunks import chunks
from channels.shopify.prepared import Prepared
from channels.shopify.price_documents import ADD_PRICES, DELETE_PRICES
from channels.shopify.prices import OfVariant, Price
from channels.shopify.runner import Runner, errors_of
from channels.shopify.shop import PriceList, Shop
from channels.shopify.variant_ids import variant_ids
from channels.surroundings import IdMap

PRICES_A_CALL = 250
# What Shopify says to a deletion of what is gone already.
_GONE = ("VARIANT_NOT_FOUND", "PRICE_NOT_FIXED")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One variant in a price list; without a price it is to leave it."""

    product: str  # its key
    variant: str  # Shopify's id
    price: Price | None


class FixedPrices:
    def __init__(self, api: ShopifyApi, shop: Shop, runner: Runner, ids: IdMap) -> None:
        self._api = api
        self._shop = shop
        self._runner = runner
        self._ids = ids

    def lacking(self, wanted: Iterable[OfVariant]) -> list[str]:
        """Currencies of these prices for which no market of the shop has a price list."""
        there = {one.currency for one in self._shop.price_lists}
        return sorted({currency for one in wanted for currency in one} - there)

    def write(self, prepared: Mapping[str, Prepared], ids: Mapping[str, str]) -> dict[str, str]:
        """Write the prices of these products, whose ids these are; what is wrong, by key."""
        if not prepared or not self._shop.price_lists:
            return {}
        wanted = self._by_id(prepared, ids)
        problems: dict[str, str] = {}
        for price_list in self._shop.price_lists:
            ours = self._ids.get(price_list.kind, [variant for _, variant in wanted])
            entries = [
                _Entry(key, variant, of.get(price_list.currency))
                for (key, variant), of in wanted.items()
                if price_list.currency in of or variant in ours
            ]
            placed = [one for one in entries if one.price]
            gone = [one for one in entries if not one.price]
            if placed:
                self._ids.put(price_list.kind, {one.variant: "1" for one in placed})
            refused = self._send(price_list, placed) | self._send(price_list, gone)
            left = [one.variant for one in gone if one.product not in refused]
            self._ids.forget(price_list.kind, left)
            problems |= {
                key: f"Shopify refused a price for “{price_list.name}”: “{said}”"
                for key, said in refused.items()
            }
        return problems

    def _by_id(
        self, prepared: Mapping[str, Prepared], ids: Mapping[str, str]
    ) -> dict[tuple[str, str], OfVariant]:
        """Prices by the product's key and the variant's id. What was just made is asked for."""
        new = {
            ids[key]: len(one.input["variants"])
            for key, one in prepared.items()
            if not one.prices.keys() <= one.known_variants.keys()
        }
        made = variant_ids(self._api, new)
        found = {}
        for key, one in prepared.items():
            for uuid, prices in one.prices.items():
                id_ = one.known_variants.get(uuid) or made.get((ids[key], uuid))
                if id_:
                    found[key, id_] = prices
        return found

    def _send(self, price_list: PriceList, entries: Sequence[_Entry]) -> dict[str, str]:
        """Add or delete; return what Shopify says is wrong, by the product's key."""
        is_addition = any(one.price for one in entries)
        document = ADD_PRICES if is_addition else DELETE_PRICES
        name = f"priceListFixedPrices{'Add' if is_addition else 'Delete'}"
        several = list(chunks(entries, PRICES_A_CALL))
        answers = self._runner.each(document, [_line(price_list, some) for some in several])
        refused: dict[str, str] = {}
        for some, answer in zip(several, answers, strict=True):
            if answer is None:
                raise TransientError("Shopify said nothing about prices. It will be tried again.")
            errors = errors_of(answer, name)
            if not is_addition:
                errors = [one for one in errors if one.get("code") not in _GONE]
            if not errors:
                continue
            products = list(_by_product(some))
            if len(products) == 1:
                refused[some[0].product] = self._api.plain(errors[0].get("message", ""))
            for one in products if len(products) > 1 else ():
                refused |= self._send(price_list, one)  # alone, which tells whose fault it is
        return refused


def without_market(currencies: Sequence[str]) -> str:
    """What to tell people about prices that the shop has no place for."""
    named = ", ".join(currencies)
    return (
        f"Its prices in {named} are not in the shop: no market of the shop has a price list in "
        f"{named}. Add one in Shopify, under Markets, or take the currency out of the catalog."
    )


def _line(price_list: PriceList, entries: Sequence[_Entry]) -> Json:
    prices = [_input(one.variant, one.price, price_list.currency) for one in entries if one.price]
    if prices:
        return {"list": price_list.id, "prices": prices}
    return {"list": price_list.id, "variants": [one.variant for one in entries]}


def _input(variant: str, price: Price, currency: str) -> Json:
    found: Json = {
        "variantId": variant,
        "price": {"amount": price.amount, "currencyCode": currency},
    }
    if price.compared:
        found["compareAtPrice"] = {"amount": price.compared, "currencyCode": currency}
    return found


def _by_product(entries: Sequence[_Entry]) -> Iterator[list[_Entry]]:
    for key in dict.fromkeys(one.product for one in entries):
        yield [one for one in entries if one.product == key]
