"""Shopify's ids of variants, by the uuid that each of them carries: of what was just made."""

from collections.abc import Iterator, Mapping

from channels.shopify.api import Json, ShopifyApi
from channels.shopify.paging import Cursors
from channels.shopify.price_documents import MORE_VARIANT_IDS, VARIANT_IDS

MOST = 250  # variants of one product a call
_POINTS = 900  # of the 1,000 that a query may cost
_A_PRODUCT, _A_VARIANT = 3, 2


def variant_ids(api: ShopifyApi, numbers: Mapping[str, int]) -> dict[tuple[str, str], str]:
    """Ids by the product's id and the variant's uuid. `numbers`: variants of each product."""
    found: dict[tuple[str, str], str] = {}
    for some, most in _calls(numbers):
        nodes = api.call(VARIANT_IDS, {"ids": some, "variants": most})["nodes"]
        for node in filter(None, nodes):
            for variant in _all_of(api, node):
                mark = variant["metafield"]
                if mark:
                    found[node["id"], mark["value"]] = variant["id"]
    return found


def _calls(numbers: Mapping[str, int]) -> Iterator[tuple[list[str], int]]:
    """Which products fit into one call, and how many variants are asked for of each."""
    some: list[str] = []
    most = 1
    for id_, number in sorted(numbers.items(), key=lambda one: one[1]):
        wanted = max(1, min(number, MOST))
        if some and (len(some) + 1) * (_A_PRODUCT + _A_VARIANT * wanted) > _POINTS:
            yield some, most
            some = []
        some, most = [*some, id_], wanted
    if some:
        yield some, most


def _all_of(api: ShopifyApi, node: Json) -> Iterator[Json]:
    page, cursors = node["variants"], Cursors()
    while True:
        yield from page["nodes"]
        after = cursors.after(page)
        if after is None:
            return
        variables = {"id": node["id"], "after": after}
        product = api.call(MORE_VARIANT_IDS, variables)["product"]
        if product is None:  # deleted meanwhile
            return
        page = product["variants"]
