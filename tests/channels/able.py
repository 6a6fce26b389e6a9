"""A kind of channel for tests alone that can do everything an adapter may declare."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from channels.base import Category, ChannelProduct, Outcome, PushResult
from channels.targets import ASSOCIATIONS, LOCALIZED_FIELDS, SHOP_TARGETS, Target
from tests.channels.memory import SHOPS, MemoryAdapter, Shop


@dataclass
class AbleShop(Shop):
    """`given` is every product that was pushed, in order; `trees` the navigation by its root.

    `arranged` has each call's root, `there_then` how many products were there at each.
    `remarks` has what the shop remarks on a product that it takes.
    """

    given: list[ChannelProduct] = field(default_factory=list)
    trees: dict[str, list[Category]] = field(default_factory=dict)
    arranged: list[str] = field(default_factory=list)
    there_then: list[int] = field(default_factory=list)
    remarks: dict[str, str] = field(default_factory=dict)
    languages: list[str] = field(default_factory=lambda: ["de", "en", "fr"])
    shops: list[tuple[str, str]] = field(default_factory=lambda: [("1", "Main"), ("2", "Outlet")])
    arrange_fault: BaseException | None = None
    awaits_for_ever: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def last(self, key: str) -> ChannelProduct:
        return [product for product in self.given if product.key == key][-1]


class AbleAdapter(MemoryAdapter):
    """To be put into the registry as `MemoryAdapter` is; its shop is made by the test."""

    kind = "able"
    label = "Able"
    description = "A shop in memory that can do everything, for tests."
    targets: ClassVar[tuple[Target, ...]] = (
        *(target for target in SHOP_TARGETS if target.code not in ("name", "price")),
        Target(
            "name", "array", "Name", "In all languages.", items="object", fields=LOCALIZED_FIELDS
        ),
        Target("price", "number", "Price", "As a number.", of_variant=True),
    )
    navigates = True
    fills_empty = True
    relations = (("related", "Related products"), ("accessory", "Accessories"))
    has_shops = True

    @property
    def shop(self) -> AbleShop:
        shop = SHOPS.setdefault(self._values["shop"], AbleShop())
        assert isinstance(shop, AbleShop)
        return shop

    def read_languages(self) -> list[str]:
        self.check()
        return self.shop.languages

    def read_shops(self) -> list[tuple[str, str]]:
        self.check()
        return self.shop.shops

    def arrange(self, tree: str, categories: Sequence[Category]) -> None:
        if self.shop.arrange_fault:
            raise self.shop.arrange_fault
        self.shop.there_then.append(len(self.shop.products))
        self.shop.trees[tree] = list(categories)
        self.shop.arranged.append(tree)

    def _take(self, product: ChannelProduct) -> PushResult:
        self.shop.given.append(product)
        result = super()._take(product)
        if result.outcome is not Outcome.ACCEPTED:
            return result
        missing = tuple(sorted(set(_linked(product.data)) - self.shop.products.keys()))
        missing = self.shop.awaits_for_ever.get(product.key, missing)
        return replace(result, message=self.shop.remarks.get(product.key, ""), awaits=missing)


def _linked(document: dict[str, Any]) -> list[str]:
    """The products that it links to, by the relations that this kind of channel knows."""
    return [
        linked["uuid"]
        for one in document.get(ASSOCIATIONS, ())
        if one.get("relation")
        for linked in one["associated_objects"]
        if "uuid" in linked
    ]
