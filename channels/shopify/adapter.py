"""The adapter: its settings, and which part of the package does what."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from channels.base import ChannelAdapter, ChannelProduct, PushResult, Setting
from channels.filled import Filled
from channels.shopify.api import ShopifyApi
from channels.shopify.bulk import BulkOperations
from channels.shopify.clock import Clock
from channels.shopify.files import Files
from channels.shopify.finding import Finder
from channels.shopify.fixed_prices import FixedPrices
from channels.shopify.metafields import offered
from channels.shopify.navigation import Navigation
from channels.shopify.pushing import MAX_AXES, Push
from channels.shopify.relations import RELATIONS
from channels.shopify.runner import Runner
from channels.shopify.shop import Shop
from channels.shopify.shop_address import clean_shop, product_page
from channels.shopify.targets import TARGETS
from channels.shopify.withdrawing import take_off
from channels.surroundings import Category
from channels.targets import Target


class ShopifyAdapter(ChannelAdapter):
    """Keeps products of the PIM in one Shopify shop."""

    kind = "shopify"
    label = "Shopify"
    description = "A Shopify shop: products with variants, metafields, images and translations."
    settings = (
        Setting(
            "shop",
            "Shop",
            "The shop's own address at Shopify, such as acme.myshopify.com.",
            required=True,
            kind="host",
        ),
        Setting(
            "access_token",
            "Access token",
            "The Admin API access token of an app that the shop's owner made and installed. It "
            "begins with shpat_.",
            required=True,
            secret=True,
        ),
        Setting(
            "adopt",
            "Products that are in the shop already",
            "Whether a product that the shop has before it comes from the PIM is taken over, "
            "rather than made a second time, and how it is recognized.",
            default="no",
            kind="choice",
            choices=(
                ("no", "Make new products"),
                ("sku", "Take over products with the same SKU"),
                ("handle", "Take over products with the same handle"),
            ),
        ),
        Setting(
            "publish",
            "New products and collections",
            "Where they are shown at first. Afterwards the shop's people decide, unless the "
            "catalog says in which of the shop's sales channels a product belongs.",
            default="everywhere",
            kind="choice",
            choices=(
                ("everywhere", "Publish in every sales channel"),
                ("nowhere", "Publish nowhere: the shop's people do it"),
            ),
        ),
    )
    targets = TARGETS
    max_axes = MAX_AXES
    own_fields = "read"
    navigates = True
    fills_empty = True
    relations = RELATIONS
    has_shops = True
    batch_size = 250

    def __init__(self, values: Mapping[str, str], **surroundings: Any) -> None:
        super().__init__(values, **surroundings)
        self.clock = Clock()

    @classmethod
    def clean_setting(cls, setting: Setting, value: str) -> str:
        cleaned = super().clean_setting(setting, value)
        return clean_shop(cleaned) if setting.name == "shop" else cleaned

    @classmethod
    def hides(cls, values: Mapping[str, str]) -> bool:
        return True

    @classmethod
    def wants_media(cls, values: Mapping[str, str]) -> bool:
        return True

    @classmethod
    def address_of(cls, values: Mapping[str, str], external_id: str) -> str:
        return product_page(values.get("shop", ""), external_id)

    def check(self) -> None:
        self._shop.check()

    def push(self, products: Sequence[ChannelProduct], *, idempotency_key: str) -> list[PushResult]:
        if not products:
            return []
        runner = self._runner(idempotency_key)
        push = Push(
            self._api,
            self._shop,
            Finder(self._api, self._ids),
            Files(self._api, self._ids),
            FixedPrices(self._api, self._shop, runner, self._ids),
            Filled(self._ids),
            runner,
            self.titles(self._fields),
            adopt=self._values["adopt"],
            publishes=self._publishes,
        )
        return push.push(products)

    def withdraw(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        return self._take_off(keys, "ARCHIVED", idempotency_key)

    def hide(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        return self._take_off(keys, "DRAFT", idempotency_key)

    def read_fields(self) -> list[Target]:
        definitions = [*self._shop.product_definitions, *self._shop.variant_definitions]
        return [one.target() for one in offered(definitions)]

    def read_languages(self) -> list[str]:
        return self._shop.languages()

    def read_shops(self) -> list[tuple[str, str]]:
        return self._shop.publications

    def arrange(self, tree: str, categories: Sequence[Category]) -> None:
        runner = self._runner(f"arrange {tree}")
        navigation = Navigation(self._api, self._shop, self._ids, runner, publishes=self._publishes)
        navigation.arrange(tree, categories)

    @property
    def _publishes(self) -> bool:
        return self._values["publish"] == "everywhere"

    @cached_property
    def _api(self) -> ShopifyApi:
        return ShopifyApi(
            self._session, self._values["shop"], self._values["access_token"], self.clock
        )

    @cached_property
    def _shop(self) -> Shop:
        return Shop(self._api)

    def _runner(self, idempotency_key: str) -> Runner:
        return Runner(self._api, BulkOperations(self._api, self._ids), idempotency_key)

    def _take_off(self, keys: Sequence[str], status: Any, idempotency_key: str) -> list[PushResult]:
        if not keys:
            return []
        runner = self._runner(idempotency_key)
        return take_off(self._api, Finder(self._api, self._ids), runner, keys, status)
