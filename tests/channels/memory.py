"""A kind of channel for tests alone: a shop in memory that a test can look into and break."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from channels.base import (
    ChannelAdapter,
    ChannelProduct,
    Outcome,
    PushResult,
    Setting,
)
from channels.targets import SHOP_TARGETS


@dataclass
class Shop:
    """`refuses` has a message for each key it will not take; `fault` fails the next calls."""

    products: dict[str, str] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    silent_about: set[str] = field(default_factory=set)
    fault: Exception | None = None
    calls: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)

    def called(self, action: str, idempotency_key: str, keys: Sequence[str]) -> None:
        if self.fault:
            raise self.fault
        self.calls.append((action, idempotency_key, tuple(keys)))


# By name, so that an adapter made from stored settings finds its shop.
SHOPS: dict[str, Shop] = {}


class MemoryAdapter(ChannelAdapter):
    """To be put into the registry with `monkeypatch.setitem(KINDS, "memory", MemoryAdapter)`."""

    kind = "memory"
    label = "Memory"
    description = "A shop in memory, for tests."
    settings = (
        Setting("shop", "Shop", "The name of a shop in memory.", required=True),
        Setting("secret", "Secret", "Something to hide.", secret=True),
    )
    targets = SHOP_TARGETS
    batch_size = 3

    @property
    def shop(self) -> Shop:
        return SHOPS.setdefault(self._values["shop"], Shop())

    def check(self) -> None:
        if self.shop.fault:
            raise self.shop.fault

    def push(self, products: Sequence[ChannelProduct], *, idempotency_key: str) -> list[PushResult]:
        self.shop.called("push", idempotency_key, [product.key for product in products])
        return [self._take(product) for product in products]

    def withdraw(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        self.shop.called("withdraw", idempotency_key, keys)
        for key in keys:
            self.shop.products.pop(key, None)
        return [PushResult(key, Outcome.ACCEPTED) for key in keys]

    def _take(self, product: ChannelProduct) -> PushResult:
        if product.key in self.shop.refuses:
            message = self.shop.refuses[product.key]
            return PushResult(product.key, Outcome.REJECTED, message)
        if product.key in self.shop.silent_about:
            return PushResult(product.key, Outcome.UNANSWERED)
        self.shop.products[product.key] = product.body
        return PushResult(product.key, Outcome.ACCEPTED, external_id=f"memory-{product.key}")
