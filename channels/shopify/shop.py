"""What is asked of the shop once and remembered as long as the adapter lives."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from channels.base import ConfigurationError
from channels.shopify.api import Json, ShopifyApi
from channels.shopify.documents import (
    CREATE_DEFINITION,
    LANGUAGES,
    PUBLICATIONS,
    SHOP,
)
from channels.shopify.metafields import NAMESPACE, Definition, Owner, offered, read_definitions
from channels.shopify.paging import Cursors
from channels.shopify.price_documents import PRICE_LISTS
from outbound.sentences import Sentence

# What the access token needs, with what it is for (docs/channels/shopify.md).
SCOPES = (
    "write_products",
    "write_files",
    "read_locales",
    "write_translations",
    "write_publications",
    "write_online_store_navigation",
)

RELATED = "shopify--discovery--product_recommendation.related_products"
COMPLEMENTARY = "shopify--discovery--product_recommendation.complementary_products"

_ID = {
    "namespace": NAMESPACE,
    "key": "pim_id",
    "type": "id",
    "description": "Which product of the PIM this is. Kept by the app that feeds this shop.",
}
_CATEGORIES = {
    "namespace": NAMESPACE,
    "key": "categories",
    "type": "list.single_line_text_field",
    "description": "The PIM's categories of this product. Collections are filled by them.",
    "capabilities": {"smartCollectionCondition": {"enabled": True}},
}
# The definitions that this app makes for itself. The type `id` makes Shopify refuse a second
# product with the same value, and find a product by it.
OWN_DEFINITIONS: tuple[tuple[Owner, Json], ...] = (
    ("PRODUCT", {**_ID, "name": "PIM identity"}),
    ("COLLECTION", {**_ID, "name": "PIM category"}),
    ("PRODUCT", {**_CATEGORIES, "name": "PIM categories"}),
)


@dataclass(frozen=True, slots=True)
class PriceList:
    """Of a market: what its customers pay, in its currency."""

    id: str
    name: str
    currency: str

    @property
    def kind(self) -> str:
        """Under which kind of ids it is noted which variants have a price of ours in it."""
        return f"price_in:{self.id.rpartition('/')[2]}"


class Shop:
    def __init__(self, api: ShopifyApi) -> None:
        self._api = api

    def check(self) -> None:
        """Raise ChannelError unless the shop answers and the token may do what it must."""
        answer = self._api.call(SHOP)
        scopes = {one["handle"] for one in answer["currentAppInstallation"]["accessScopes"]}
        scopes |= {f"read_{one.removeprefix('write_')}" for one in scopes}
        missing = [one for one in SCOPES if one not in scopes]
        if missing:
            raise ConfigurationError(
                Sentence(
                    "The access token lacks %(scopes)s. Add these scopes to the app in the shop's "
                    "settings, install it again and enter its new token.",
                    scopes=", ".join(missing),
                )
            )

    def languages(self) -> list[str]:
        """The shop's languages, the primary one first."""
        return [self.primary, *self.others]

    @cached_property
    def _locales(self) -> Sequence[Json]:
        found: Sequence[Json] = self._api.call(LANGUAGES)["shopLocales"]
        return found

    @cached_property
    def primary(self) -> str:
        return next(str(one["locale"]) for one in self._locales if one["primary"])

    @cached_property
    def others(self) -> list[str]:
        return [str(one["locale"]) for one in self._locales if not one["primary"]]

    @cached_property
    def publications(self) -> list[tuple[str, str]]:
        """Where products can be published, as (id, name)."""
        found: list[tuple[str, str]] = []
        cursors, after = Cursors(), None
        while True:
            page = self._api.call(PUBLICATIONS, {"after": after})["publications"]
            found += [
                (one["id"], (one["catalog"] or {}).get("title") or one["id"])
                for one in page["nodes"]
            ]
            after = cursors.after(page)
            if after is None:
                return found

    @cached_property
    def currency(self) -> str:
        return str(self._api.call(SHOP)["shop"]["currencyCode"])

    @cached_property
    def price_lists(self) -> list[PriceList]:
        """The price lists of markets with another currency than the shop's own."""
        found: list[PriceList] = []
        cursors, after = Cursors(), None
        while True:
            page = self._api.call(PRICE_LISTS, {"after": after})["priceLists"]
            found += [
                PriceList(one["id"], one["name"], one["currency"])
                for one in page["nodes"]
                if (one["catalog"] or {}).get("__typename") == "MarketCatalog"
                and one["currency"] != self.currency
            ]
            after = cursors.after(page)
            if after is None:
                return found

    @cached_property
    def product_definitions(self) -> list[Definition]:
        return read_definitions(self._api, "PRODUCT")

    @cached_property
    def variant_definitions(self) -> list[Definition]:
        return read_definitions(self._api, "PRODUCTVARIANT")

    @cached_property
    def product_fields(self) -> dict[str, Definition]:
        """The shop's own fields of products, by the codes of their targets."""
        return {one.code: one for one in offered(self.product_definitions)}

    @cached_property
    def variant_fields(self) -> dict[str, Definition]:
        return {one.code: one for one in offered(self.variant_definitions)}

    @cached_property
    def collection_definitions(self) -> list[Definition]:
        return read_definitions(self._api, "COLLECTION")

    @cached_property
    def categories_definition(self) -> str:
        """The id of the definition by which collections are filled; make it first."""
        full_key = f"{NAMESPACE}.categories"
        return next(
            (one.id for one in self.product_definitions if one.full_key == full_key),
            self._made.get(full_key, ""),
        )

    def make_own_definitions(self) -> None:
        """Make the definitions that identity and collections rest on, where they are missing."""
        if self._has_own_definitions:
            return
        there = {
            (one.owner, one.full_key): one.type
            for one in (*self.product_definitions, *self.collection_definitions)
        }
        for owner, wanted in OWN_DEFINITIONS:
            full_key = f"{wanted['namespace']}.{wanted['key']}"
            type_ = there.get((owner, full_key))
            if type_ is None:
                self._make(owner, full_key, wanted)
            elif type_ != wanted["type"]:
                raise ConfigurationError(
                    f"The shop has a metafield {full_key} of the type {type_}, and this app needs "
                    f"it as {wanted['type']}. Somebody must delete or rename it in the shop."
                )
        self._has_own_definitions = True

    _has_own_definitions = False

    @cached_property
    def _made(self) -> dict[str, str]:
        return {}

    def _make(self, owner: Owner, full_key: str, wanted: Json) -> None:
        answer = self._api.call(CREATE_DEFINITION, {"definition": {**wanted, "ownerType": owner}})
        made = answer["metafieldDefinitionCreate"]
        errors = made["userErrors"]
        if made["createdDefinition"] is None and all(one["code"] != "TAKEN" for one in errors):
            said = self._api.plain(errors[0]["message"]) if errors else "no reason was given"
            raise ConfigurationError(
                f"The shop refused to define the metafield {full_key}, by which this app knows "
                f"products again: {said}. Somebody must make room for it in the shop's settings, "
                "under Custom data."
            )
        if made["createdDefinition"]:
            self._made.setdefault(full_key, made["createdDefinition"]["id"])
