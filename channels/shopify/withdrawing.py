"""Taking products off the shop, or hiding them, by their status.

A product that leaves is archived, not deleted: it keeps its address, its reviews and its place in
the shop's reports, and comes back as the same product. One that is hidden becomes a draft.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from channels.base import Outcome, PushResult
from channels.shopify.api import Json, ShopifyApi
from channels.shopify.documents import UPDATE_PRODUCT
from channels.shopify.finding import Finder
from channels.shopify.held import PLACED, HeldProduct, Reader
from channels.shopify.runner import Runner, errors_of

# What customers do not see already is not touched; so a draft of the shop's people stays theirs.
_ENOUGH = {"ARCHIVED": ("ARCHIVED",), "DRAFT": ("DRAFT", "ARCHIVED")}


def take_off(
    api: ShopifyApi,
    finder: Finder,
    runner: Runner,
    keys: Sequence[str],
    status: Literal["ARCHIVED", "DRAFT"],
) -> list[PushResult]:
    """Give these products this status; what the shop does not have is a success."""
    ids = finder.known(keys)
    held = Reader(api, [], []).read(ids.values())
    going = [
        key
        for key in keys
        if ids.get(key) in held
        and held[ids[key]].pim_id in ("", key)
        and held[ids[key]].status not in _ENOUGH[status]
    ]
    lines = [{"product": _change(held[ids[key]], status)} for key in going]
    results = {key: PushResult(key, Outcome.ACCEPTED, external_id=ids.get(key, "")) for key in keys}
    for key, answer in zip(going, runner.each(UPDATE_PRODUCT, lines), strict=True):
        errors = errors_of(answer, "productUpdate")
        if answer is None:
            results[key] = PushResult(
                key, Outcome.UNANSWERED, "Shopify said nothing about this product.", ids[key]
            )
        elif errors:
            said = api.plain(errors[0].get("message") or "no reason was given")
            results[key] = PushResult(
                key, Outcome.REJECTED, f"It could not be taken off: “{said}”", ids[key]
            )
    return [results[key] for key in keys]


def _change(held: HeldProduct, status: str) -> Json:
    namespace, key = PLACED.split(".")
    placed = replace(held.placed, status=status)
    return {
        "id": held.id,
        "status": status,
        "metafields": [
            {"namespace": namespace, "key": key, "type": "json", "value": placed.written()}
        ],
    }
