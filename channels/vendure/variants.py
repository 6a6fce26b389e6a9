"""The variants of products: their options, what differs in them, and what is not for sale."""

from typing import Any

from channels.vendure import memory
from channels.vendure.changes import new_variant, price_changes, variant_changes
from channels.vendure.graphql import Refused
from channels.vendure.lists import Sent, send_in_lists
from channels.vendure.parts import Item, Parts, still_open
from channels.vendure.wanted import WantedVariant

_ADD_GROUP = """mutation AddGroup($product: ID!, $group: ID!) {
  addOptionGroupToProduct(productId: $product, optionGroupId: $group) { id }
}"""
_REMOVE_GROUP = """mutation RemoveGroup($product: ID!, $group: ID!) {
  removeOptionGroupFromProduct(productId: $product, optionGroupId: $group, force: true) {
    __typename
  }
}"""
_CREATE = """mutation CreateVariants($input: [CreateProductVariantInput!]!) {
  createProductVariants(input: $input) { id prices { currencyCode price } }
}"""
_UPDATE = """mutation UpdateVariants($input: [UpdateProductVariantInput!]!) {
  updateProductVariants(input: $input) { id }
}"""

_LEFT, _NO_PRICE = "left", "price"  # why we took a variant off sale

Input = dict[str, Any]


def push_variants(parts: Parts, items: list[Item]) -> None:
    """Let products have the variants that are wanted. Raises ChannelError."""
    for item in items:
        _set_groups(parts, item)
    _Variants(parts, still_open(items)).push()


def _set_groups(parts: Parts, item: Item) -> None:
    """The product's option groups: those of its axes, and what the shop's people added."""
    there = item.standing.groups if item.standing else ()
    surplus = [group for group in there if group not in item.wanted.groups]
    try:
        if surplus:
            ours = set(parts.ids.all(memory.OPTION_GROUP).values())
            for group in surplus:
                if group in ours:
                    parts.api.change(_REMOVE_GROUP, {"product": item.id, "group": group})
        for group in item.wanted.groups:
            if group not in there:
                parts.api.change(_ADD_GROUP, {"product": item.id, "group": group})
    except Refused as refused:
        item.refuse(refused.message)


class _Variants:
    """The variants of a batch of products."""

    def __init__(self, parts: Parts, items: list[Item]) -> None:
        self._parts = parts
        self._about = parts.about
        self._items = items
        uuids = [variant.uuid for item in items for variant in item.wanted.variants]
        self._off = parts.ids.get(memory.VARIANT_OFF, uuids)
        self._unnamed = parts.ids.get(memory.VARIANT_UNNAMED, uuids)
        self._put_on: list[str] = []

    def push(self) -> None:
        self._parts.finder.remember_variants(
            {
                variant.uuid: variant.standing.id
                for item in self._items
                for variant in item.wanted.variants
                if variant.standing
            }
        )
        updates = {item.key: self._updates(item) for item in self._items}
        self._refuse(send_in_lists(self._parts.api, _UPDATE, "updateProductVariants", updates))
        self._parts.ids.forget(memory.VARIANT_OFF, self._put_on)
        self._create()
        for item in still_open(self._items):
            self._tell_of_prices(item)

    def _updates(self, item: Item) -> list[Input]:
        inputs = []
        for variant in item.wanted.variants:
            standing = variant.standing
            if standing is None:
                continue
            with_id = self._about.names_variants and variant.uuid not in self._unnamed
            changes = variant_changes(variant, standing, item.found, self._about, with_id=with_id)
            if not standing.enabled and self._comes_back(variant):
                changes["enabled"] = True
                self._put_on.append(variant.uuid)
            if changes:
                inputs.append({"id": standing.id, **changes})
        return [*inputs, *self._leaving(item)]

    def _comes_back(self, variant: WantedVariant) -> bool:
        """Whether a variant that we took off sale can be sold again."""
        return variant.uuid in self._off and self._has_price(variant)

    def _has_price(self, variant: WantedVariant) -> bool:
        there = variant.standing.prices if variant.standing else {}
        return self._about.currency in variant.prices or there.get(self._about.currency, 0) > 0

    def _leaving(self, item: Item) -> list[Input]:
        """Variants of ours that are not in the document any more are not for sale any more."""
        if item.standing is None:
            return []
        wanted = {variant.standing.id for variant in item.wanted.variants if variant.standing}
        ours = self._parts.finder.our_variants(item.standing)
        left = [
            one
            for one in item.standing.variants
            if one.id in ours and one.id not in wanted and one.enabled
        ]
        if left:
            self._parts.ids.put(memory.VARIANT_OFF, {ours[one.id]: _LEFT for one in left})
        return [{"id": one.id, "enabled": False} for one in left]

    def _create(self) -> None:
        new = {
            item.key: [one for one in item.wanted.variants if one.standing is None]
            for item in still_open(self._items)
        }
        by_key = {item.key: item for item in self._items}
        no_price = {
            v.uuid: _NO_PRICE
            for some in new.values()
            for v in some
            if self._about.currency not in v.prices
        }
        if no_price:
            self._parts.ids.put(memory.VARIANT_OFF, no_price)
        inputs = {
            key: [self._new(by_key[key], one, self._about.names_variants) for one in some]
            for key, some in new.items()
        }
        sent = send_in_lists(self._parts.api, _CREATE, "createProductVariants", inputs)
        if sent.refused and self._about.names_variants:
            sent = self._created_without_ids(by_key, new, sent)
        self._refuse(sent)
        made = {
            variant.uuid: answer
            for key, answers in sent.answers.items()
            for variant, answer in zip(new[key], answers, strict=True)
        }
        self._parts.finder.remember_variants({uuid: one["id"] for uuid, one in made.items()})
        self._set_other_prices(new, made)

    def _created_without_ids(
        self, by_key: dict[str, Item], new: dict[str, list[WantedVariant]], first: Sent
    ) -> Sent:
        """Try once more: a variant that was deleted in the shop keeps its externalId for ever."""
        inputs = {
            key: [self._new(by_key[key], one, with_id=False) for one in new[key]]
            for key in first.refused
        }
        again = send_in_lists(self._parts.api, _CREATE, "createProductVariants", inputs)
        unnamed = {
            variant.uuid: answer["id"]
            for key, answers in again.answers.items()
            for variant, answer in zip(new[key], answers, strict=True)
        }
        if unnamed:
            self._parts.ids.put(memory.VARIANT_UNNAMED, unnamed)
        refused = {key: first.refused[key] for key in again.refused}
        return Sent({**first.answers, **again.answers}, refused)

    def _new(self, item: Item, variant: WantedVariant, with_id: bool) -> Input:
        return new_variant(variant, item.id, item.found, self._about, with_id=with_id)

    def _set_other_prices(
        self, new: dict[str, list[WantedVariant]], made: dict[str, dict[str, Any]]
    ) -> None:
        """Vendure creates a variant with one price, whatever else it is told."""
        inputs: dict[str, list[Input]] = {}
        for key, variants in new.items():
            for variant in variants:
                answer = made.get(variant.uuid)
                there = {
                    one["currencyCode"]: one["price"] for one in (answer or {}).get("prices", ())
                }
                prices = price_changes(variant.prices, there) if answer else []
                if answer and prices:
                    inputs.setdefault(key, []).append({"id": answer["id"], "prices": prices})
        self._refuse(send_in_lists(self._parts.api, _UPDATE, "updateProductVariants", inputs))

    def _refuse(self, sent: Sent) -> None:
        for item in self._items:
            if item.key in sent.refused:
                item.refuse(sent.refused[item.key])

    def _tell_of_prices(self, item: Item) -> None:
        """Tell what is not for sale because of us, for want of a price."""
        unpriced = [
            variant.sku or (variant.standing.sku if variant.standing else "")
            for variant in item.wanted.variants
            if not self._has_price(variant)
        ]
        if unpriced:
            item.remarks.append(
                f"Without a price in {self._about.currency} it is not for sale: "
                f"{', '.join(unpriced[:5])}{' and others' if len(unpriced) > 5 else ''}."
            )
