"""The stand-in's markets: price lists with fixed prices, by variant."""

from typing import Any

from tests.channels.shopify.state import Node, Shop, connection, error, resolves

MOST = 250  # prices of one call


def add_price_list(shop: Shop, currency: str, name: str = "", kind: str = "MarketCatalog") -> Node:
    """What the shop's people do under Markets, or for companies."""
    return shop.add(
        "PriceList",
        name=name or f"Prices in {currency}",
        currency=currency,
        catalog={"__typename": kind} if kind else None,
        fixed={},  # amount and amount before, by the id of a variant
    )


@resolves("QueryRoot", "priceLists")
def _price_lists(shop: Shop, _: Node, args: Node) -> Node:
    return connection(shop.all("PriceList"), args)


@resolves("Mutation", "priceListFixedPricesAdd")
def _add(shop: Shop, _: Node, args: Node) -> Node:
    price_list = shop.nodes.get(args["priceListId"])
    wrong = _wrong(price_list, args["prices"]) or [
        problem
        for index, one in enumerate(args["prices"])
        if price_list and (problem := _wrong_price(shop, price_list, index, one))
    ]
    if wrong or price_list is None:
        return {"prices": None, "userErrors": wrong}
    for one in args["prices"]:
        compared = one.get("compareAtPrice")
        price_list["fixed"][one["variantId"]] = (
            one["price"]["amount"],
            compared and compared["amount"],
        )
    return {"prices": [], "userErrors": []}


@resolves("Mutation", "priceListFixedPricesDelete")
def _delete(shop: Shop, _: Node, args: Node) -> Node:
    price_list = shop.nodes.get(args["priceListId"])
    wrong = _wrong(price_list, args["variantIds"]) or [
        error(["variantIds", index], "A fixed price does not exist", "PRICE_NOT_FIXED")
        for index, one in enumerate(args["variantIds"])
        if price_list and one not in price_list["fixed"]
    ]
    if wrong or price_list is None:
        return {"deletedFixedPriceVariantIds": None, "userErrors": wrong}
    for one in args["variantIds"]:
        del price_list["fixed"][one]
    return {"deletedFixedPriceVariantIds": args["variantIds"], "userErrors": []}


def _wrong(price_list: Node | None, entries: list[Any]) -> list[Node]:
    if price_list is None:
        return [error(["priceListId"], "Price list does not exist", "PRICE_LIST_NOT_FOUND")]
    if len(entries) > MOST:
        raise ValueError(f"a list may have {MOST} elements, and not {len(entries)}")
    return []


def _wrong_price(shop: Shop, price_list: Node, index: int, wanted: Node) -> Node | None:
    path = ["prices", index]
    amounts = [wanted["price"], wanted.get("compareAtPrice") or wanted["price"]]
    if wanted["variantId"] not in shop.nodes:
        return error(path, "Variant does not exist", "VARIANT_NOT_FOUND")
    if any(one["currencyCode"] != price_list["currency"] for one in amounts):
        return error(path, "The currency does not match", "PRICE_LIST_CURRENCY_MISMATCH")
    if any(float(one["amount"]) < 0 for one in amounts):
        return error(path, "must be greater than or equal to 0", "BLANK")
    return None
