"""One mutation for several things: call by call for few of them, as a bulk operation for many."""

from collections.abc import Sequence

from channels.shopify.api import CallRefused, Json, ShopifyApi
from channels.shopify.bulk import BulkOperations

# From so many on: a bulk operation costs about eight calls and some seconds of waiting, but no
# points of the shop's budget, of which a product costs ten or more.
BULK_FROM = 50


class Runner:
    """Of one call of the adapter, named by its idempotency key."""

    def __init__(self, api: ShopifyApi, bulk: BulkOperations, idempotency_key: str) -> None:
        self._api = api
        self._bulk = bulk
        self._key = idempotency_key
        bulk.await_earlier(idempotency_key)

    def each(
        self, mutation: str, lines: Sequence[Json], *, are_heavy: bool = False
    ) -> list[Json | None]:
        """Run the mutation with each of these variables; an answer each, None for no word.

        Heavy ones go in bulk though they are few: a call of its own would run out of time. An
        answer has `data`, or `errors` where Shopify did not understand these variables.
        """
        if len(lines) >= BULK_FROM or (are_heavy and lines):
            return self._bulk.run(mutation, lines, self._key)
        return [self._one(mutation, variables) for variables in lines]

    def _one(self, mutation: str, variables: Json) -> Json | None:
        try:
            return {"data": self._api.call(mutation, variables)}
        except CallRefused as error:
            return {"errors": [{"message": error.detail or error.message}]}


def payload_of(answer: Json | None, name: str) -> Json | None:
    """What the mutation of this name answered; None for no word."""
    data = answer.get("data") if answer else None
    payload = data.get(name) if isinstance(data, dict) else None
    return payload if isinstance(payload, dict) else None


def errors_of(answer: Json | None, name: str) -> list[Json]:
    """What is wrong, be it by `userErrors` or because the call was not understood."""
    if answer is None:
        return []
    payload = payload_of(answer, name)
    errors = answer.get("errors") or (payload or {}).get("userErrors") or []
    if not errors and payload is None:
        return [{"message": "Shopify answered without a word about it."}]
    return [one if isinstance(one, dict) else {"message": str(one)} for one in errors]
