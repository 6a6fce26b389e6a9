"""The `vendure` channel's adapter."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from channels.base import (
    Category,
    ChannelAdapter,
    ChannelProduct,
    Outcome,
    PushResult,
    Setting,
    Target,
)
from channels.vendure import memory
from channels.vendure.about import read_about, read_shops, read_targets
from channels.vendure.graphql import AdminApi
from channels.vendure.lists import send_in_lists
from channels.vendure.navigation import arrange
from channels.vendure.parts import Parts
from channels.vendure.pushing import MAX_AXES, UPDATE, push_products
from channels.vendure.targets import TARGETS

# Reading, and writing by lists that are empty: it changes nothing, and needs the permissions.
_CHECKS = (
    "query Check { products(options: { take: 1 }) { totalItems } }",
    "mutation CheckProducts { updateProducts(input: []) { id } }",
    "mutation CheckVariants { createProductVariants(input: []) { id } }",
    "mutation CheckAssets { createAssets(input: []) { __typename } }",
)


class VendureAdapter(ChannelAdapter):
    """Keeps the products of one Vendure shop as they are wanted, through its Admin API."""

    kind = "vendure"
    label = "Vendure"
    description = (
        "A Vendure shop, version 3.6 or newer: products with variants, facets, pictures, "
        "collections and translations."
    )
    settings = (
        Setting(
            "url",
            "Admin API",
            "The address of the shop's Admin API, such as https://shop.example.com/admin-api.",
            required=True,
            kind="url",
        ),
        Setting(
            "api_key",
            "API key",
            "Made in Vendure under Settings → API keys. Its role may read, create, update and "
            "delete the catalog, and read channels.",
            required=True,
            secret=True,
        ),
        Setting(
            "channel_token",
            "Channel token",
            "Which of the shop's channels is meant. Empty: its default one.",
        ),
    )
    targets = TARGETS
    max_axes = MAX_AXES
    own_fields = "read"
    navigates = True
    fills_empty = True
    has_shops = True
    batch_size = 25  # each new product is a call of its own
    concurrency = 4  # the shop checks keys on as many threads

    def __init__(self, values: Mapping[str, str], **surroundings: Any) -> None:
        super().__init__(values, **surroundings)
        self._api = AdminApi(
            self._session,
            self._values["url"],
            api_key=self._values["api_key"],
            channel_token=self._values["channel_token"],
        )
        self._lock = threading.Lock()
        self._known_parts: Parts | None = None

    @classmethod
    def hides(cls, values: Mapping[str, str]) -> bool:
        return True

    @classmethod
    def wants_media(cls, values: Mapping[str, str]) -> bool:
        return True

    def check(self) -> None:
        for document in _CHECKS:
            self._api.read(document)

    def push(self, products: Sequence[ChannelProduct], *, idempotency_key: str) -> list[PushResult]:
        return push_products(self._parts(), products) if products else []

    def withdraw(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        return self._disable(keys, "withdrawn")

    def hide(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        return self._disable(keys, "hidden")

    def read_fields(self) -> list[Target]:
        return read_targets(self._api)

    def read_languages(self) -> list[str]:
        return list(read_about(self._api).languages)

    def read_shops(self) -> list[tuple[str, str]]:
        return read_shops(self._api)

    def arrange(self, tree: str, categories: Sequence[Category]) -> None:
        arrange(self._parts(), tree, categories)

    def _disable(self, keys: Sequence[str], why: str) -> list[PushResult]:
        """Hide products from customers; what the shop's people did to them stays for their return.

        Why is remembered first, so that a return shows what we disabled and nothing else.
        """
        if not keys:
            return []
        parts = self._parts()
        seen = {key: one for key, one in parts.finder.known(keys).items() if one.enabled}
        if seen:
            parts.ids.put(memory.TAKEN_OFF, dict.fromkeys(seen, why))
        inputs = {key: [{"id": one.id, "enabled": False}] for key, one in seen.items()}
        sent = send_in_lists(self._api, UPDATE, "updateProducts", inputs)
        return [
            PushResult(key, Outcome.REJECTED, f"The shop does not take it: “{said}”.")
            if (said := sent.refused.get(key))
            else PushResult(key, Outcome.ACCEPTED)
            for key in keys
        ]

    def _parts(self) -> Parts:
        """What the shop is; asked for once, by whoever comes first."""
        with self._lock:
            if self._known_parts is None:
                codes = [field.code for field in self._fields]
                titles = self.titles(self._fields)
                self._known_parts = Parts(self._api, self._ids, codes, titles)
            return self._known_parts
