"""The options and variants of a product as Shopify wants them, with what its people added."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from channels.shop_products import ShopProduct, ShopVariant
from channels.shopify import values
from channels.shopify.api import Json
from channels.shopify.decisions import Decisions
from channels.shopify.held import HeldProduct, HeldVariant
from channels.shopify.metafields import NAMESPACE, identifier_of, written
from channels.shopify.options import ALONE, Option, chosen
from channels.shopify.shop import Shop

# Target, Shopify's word, how its value is written, and what empties it (missing: nothing does).
_Write = Callable[[Any], Any]
_OWN: tuple[tuple[str, str, _Write, tuple[Any, ...]], ...] = (
    ("sku", "sku", values.text, ("",)),
    ("barcode", "barcode", values.text, ("",)),
    ("price", "price", values.decimal_text, ()),
    ("compare_at_price", "compareAtPrice", values.decimal_text, (None,)),
    ("taxable", "taxable", values.boolean, ()),
    (
        "sell_when_out_of_stock",
        "inventoryPolicy",
        lambda value: "CONTINUE" if values.boolean(value) else "DENY",
        (),
    ),
)
_OF_ITEM: tuple[tuple[str, str, _Write, tuple[Any, ...]], ...] = (
    ("cost", "cost", values.decimal_text, (None,)),
    ("requires_shipping", "requiresShipping", values.boolean, ()),
    ("track_inventory", "tracked", values.boolean, ()),
    ("hs_code", "harmonizedSystemCode", values.text, (None,)),
    (
        "weight",
        "measurement",
        lambda value: {"weight": values.weight(value)},
        ({"weight": {"value": 0, "unit": "KILOGRAMS"}},),
    ),
)


class Variants:
    def __init__(
        self,
        shop: Shop,
        titles: Mapping[str, str],
        decisions: Decisions,
        product: ShopProduct,
        held: HeldProduct | None,
        options: Sequence[Option],
        filled_before: Mapping[str, frozenset[str]],
    ) -> None:
        self._shop = shop
        self._titles = titles
        self._decisions = decisions
        self._product = product
        self._options = options
        self._filled_before = filled_before
        self._held = _matched(product, held, options)
        self._foreign = _foreign(held, self._held.values())
        self._raise_for_foreign()
        self.metafields: list[Json] = []
        self.emptied: list[Json] = []
        self.filled: dict[str, frozenset[str]] = {}  # codes of targets, by uuid
        self.has_images = False
        self.emptied_images: list[tuple[str, str]] = []  # what variants with none show: their ids

    @property
    def ids(self) -> dict[str, str]:
        """Shopify's ids of the variants that are there already, by their uuids."""
        return {uuid: one.id for uuid, one in self._held.items()}

    def inputs(self, files: Mapping[str, str]) -> Json:
        """Return `productOptions` and `variants`."""
        variants = [self._input(one, files) for one in self._product.variants]
        variants += [
            {"id": one.id, "optionValues": _option_values(list(one.options.items()))}
            for one in self._foreign
        ]
        return {"productOptions": self._option_inputs(), "variants": variants}

    def _option_inputs(self) -> list[Json]:
        if not self._options:
            name, value = ALONE
            return [{"name": name, "position": 1, "values": [{"name": value}]}]
        return [
            {
                "name": option.name,
                "position": position,
                "values": [
                    {"name": name}
                    for name in dict.fromkeys(
                        [
                            *option.values.values(),
                            *(one.options[option.name] for one in self._foreign),
                        ]
                    )
                ],
            }
            for position, option in enumerate(self._options, 1)
        ]

    def _input(self, variant: ShopVariant, files: Mapping[str, str]) -> Json:
        held = self._held.get(variant.uuid)
        filled = held.filled if held else None
        decisions = self._decisions_about(variant)
        found: Json = {"optionValues": _option_values(chosen(variant, self._options))}
        if held:
            found["id"] = held.id
        found |= self._fields(_OWN, variant, filled, decisions)
        item = self._fields(_OF_ITEM, variant, filled, decisions)
        if item:
            found["inventoryItem"] = item
        image = values.text(variant.fields.get("variant_image"))
        verdict = decisions.verdict("variant_image", variant.fields, filled)
        if verdict == "set" and image in files:
            found["file"] = {"id": files[image]}
            self.has_images = True
        elif verdict == "empty" and held:
            self.emptied_images += [(held.id, one["id"]) for one in held.filled["variant_image"]]
        self._set_metafields(found, variant, held, files, decisions)
        self.filled[variant.uuid] = frozenset(decisions.now)
        self._decisions.now |= decisions.now
        return found

    def _decisions_about(self, variant: ShopVariant) -> Decisions:
        """What the PIM has of one variant empties no other one, which may have its people's value.

        Where nothing is remembered of it, it counts as filled like its product.
        """
        placed = self._filled_before.get(variant.uuid, self._decisions.placed)
        return replace(self._decisions, placed=placed, now=set())

    def _fields(
        self,
        table: tuple[tuple[str, str, _Write, tuple[Any, ...]], ...],
        variant: ShopVariant,
        filled: Mapping[str, Any] | None,
        decisions: Decisions,
    ) -> Json:
        found: Json = {}
        for code, word, write, emptied in table:
            verdict = decisions.verdict(code, variant.fields, filled)
            if verdict == "set":
                found[word] = self._written(code, variant, write)
            elif verdict == "empty" and emptied:
                found[word] = emptied[0]
        return found

    def _set_metafields(
        self,
        found: Json,
        variant: ShopVariant,
        held: HeldVariant | None,
        files: Mapping[str, str],
        decisions: Decisions,
    ) -> None:
        def add(namespace: str, key: str, type_: str, value: str) -> None:
            one = {"namespace": namespace, "key": key, "type": type_, "value": value}
            if held is None:
                found.setdefault("metafields", []).append(one)
            elif held.metafields.get(f"{namespace}.{key}") != value:
                self.metafields.append({"ownerId": held.id, **one})

        # Not of the unique type `id`: a variant that moves to another product is in both for a
        # while.
        add(NAMESPACE, "pim_id", "single_line_text_field", variant.uuid)
        for code, one in self._shop.variant_fields.items():
            filled = {code: held.metafields.get(one.full_key)} if held else None
            verdict = decisions.verdict(code, variant.fields, filled)
            if verdict == "set":
                value = self._written(code, variant, partial(written, one, files=files))
                if value:
                    add(one.namespace, one.key, one.type, value)
            elif verdict == "empty" and held and one.full_key in held.metafields:
                self.emptied.append(identifier_of(held.id, one))

    def _written(self, code: str, variant: ShopVariant, write: _Write) -> Any:
        try:
            return write(variant.fields[code])
        except ValueError as error:
            title = self._titles.get(code, code)
            sku = variant.fields.get("sku")
            of_which = f" of {values.text(sku)[:80]}" if values.is_filled(sku) else ""
            raise ValueError(f"“{title}”{of_which}: {error}.") from None

    def _raise_for_foreign(self) -> None:
        """Variants that the shop's people made stay, or nothing happens to the product."""
        names = [option.name for option in self._options] or [ALONE[0]]
        points = {
            tuple(value for _, value in chosen(one, self._options))
            for one in self._product.variants
        }
        for one in self._foreign:
            if list(one.options) != names or tuple(one.options.values()) in points:
                what = ", ".join(f"{name} {value}" for name, value in one.options.items())
                raise ValueError(
                    f"The shop has a variant of its own here, {what}, which does not go with the "
                    "variants of the PIM. Delete it in the shop, or give it the SKU that it has "
                    "in the PIM."
                )


def _option_values(pairs: Sequence[tuple[str, str]]) -> list[Json]:
    return [{"optionName": name, "name": value} for name, value in pairs]


def _matched(
    product: ShopProduct, held: HeldProduct | None, options: Sequence[Option]
) -> dict[str, HeldVariant]:
    """What the shop has of each variant, by uuid: known by our mark, its SKU or its options."""
    if held is None:
        return {}
    by_mark = {one.pim_id: one for one in held.variants if one.pim_id}
    found = {one.uuid: by_mark[one.uuid] for one in product.variants if one.uuid in by_mark}
    unmarked = [one for one in held.variants if not one.pim_id]
    for how in (_same_sku, _same_options):
        for variant in product.variants:
            alike = [one for one in unmarked if how(variant, one, options)]
            if variant.uuid not in found and len(alike) == 1:
                found[variant.uuid] = alike[0]
                unmarked.remove(alike[0])
    if len(product.variants) == len(held.variants) == len(unmarked) == 1:
        found.setdefault(product.variants[0].uuid, unmarked[0])  # each stands alone
    return found


def _same_sku(variant: ShopVariant, held: HeldVariant, options: Sequence[Option]) -> bool:
    sku = variant.fields.get("sku")
    return values.is_filled(sku) and values.text(sku) == held.sku


def _same_options(variant: ShopVariant, held: HeldVariant, options: Sequence[Option]) -> bool:
    ours = [(name.casefold(), value.casefold()) for name, value in chosen(variant, options)]
    return ours == [(name.casefold(), value.casefold()) for name, value in held.options.items()]


def _foreign(held: HeldProduct | None, matched: Iterable[HeldVariant]) -> list[HeldVariant]:
    """Variants that this app neither placed nor takes over."""
    taken = {one.id for one in matched}
    there = held.variants if held else ()
    return [one for one in there if not one.pim_id and one.id not in taken]
