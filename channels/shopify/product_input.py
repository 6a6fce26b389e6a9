"""A product as ProductSetInput, and what does not fit into it.

Lists in ProductSetInput replace what is there, so a list is sent only when it changes, and then
with what the shop's people put into it. Metafields of what exists are therefore set by a call of
their own, which leaves all others as they are.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from channels.base import ChannelProduct
from channels.shop_products import ShopProduct
from channels.shopify import held as of_shop
from channels.shopify import values
from channels.shopify.alt_texts import changed_texts
from channels.shopify.api import Json
from channels.shopify.decisions import Decisions
from channels.shopify.held import UNFINISHED, HeldProduct, Placed
from channels.shopify.metafields import identifier_of, written
from channels.shopify.options import options_of
from channels.shopify.prepared import Prepared
from channels.shopify.prices import (
    OF_OWN_CURRENCY,
    PRICES,
    OfVariant,
    also_of_own_currency,
    has_prices,
    wanted_prices,
)
from channels.shopify.shop import Shop
from channels.shopify.targets import TEXTS, TRANSLATED
from channels.shopify.variant_input import Variants

SHOPS = "shops"  # ids of publications, where a catalog says in which the product belongs


class Preparer:
    """Prepares products of one shop.

    `titles` has what targets are called for people. `publishes` says whether new products are
    published wherever the shop can.
    """

    def __init__(self, shop: Shop, titles: Mapping[str, str], *, publishes: bool) -> None:
        self._shop = shop
        self._titles = titles
        self._publishes = publishes

    def prepare(
        self,
        product: ShopProduct,
        sent: ChannelProduct,
        held: HeldProduct | None,
        files: Mapping[str, str],
        own_media: frozenset[str],
        filled: Mapping[str, frozenset[str]],
    ) -> Prepared:
        """`files` has ids of files by their address; `own_media` are files this app uploaded.

        `filled` has the targets that were filled of variants, by their uuids, as far as known.

        Raises ValueError with a sentence that a product manager understands.
        """
        return _Preparing(
            self._shop, self._titles, self._publishes, product, sent, held, files, own_media, filled
        ).prepare()


class _Preparing:
    def __init__(
        self,
        shop: Shop,
        titles: Mapping[str, str],
        publishes: bool,
        product: ShopProduct,
        sent: ChannelProduct,
        held: HeldProduct | None,
        files: Mapping[str, str],
        own_media: frozenset[str],
        filled: Mapping[str, frozenset[str]],
    ) -> None:
        self._shop = shop
        self._titles = titles
        self._publishes = publishes
        self._product = product
        self._held = held
        self._files = files
        self._own_media = own_media
        self._filled_before = filled
        self._placed = held.placed if held else Placed()
        self._filled = held.filled if held else None
        self._decisions = Decisions(
            self._placed.fields,
            also_of_own_currency(sent.if_empty),
            also_of_own_currency(sent.left_alone),
        )
        self._input: Json = {}
        self._prepared = Prepared(product.key, self._input, held, self._placed)

    def prepare(self) -> Prepared:
        done, fields = self._prepared, self._product.fields
        done.options = options_of(self._product, self._shop.primary)
        done.variant_uuids = tuple(
            one.uuid for one in self._product.variants if one.uuid != self._product.key
        )
        self._set_texts()
        self._set_simple("category", "category", values.taxonomy_id)
        tags = self._set_tags()
        self._set_status()
        variants = Variants(
            self._shop,
            self._titles,
            self._decisions,
            self._product,
            self._held,
            done.options,
            self._filled_before,
        )
        self._input |= variants.inputs(self._files)
        done.filled = {uuid: variants.filled[uuid] for uuid in done.variant_uuids}
        done.filled_before = {
            uuid: self._filled_before[uuid]
            for uuid in done.variant_uuids
            if uuid in self._filled_before
        }
        media = self._set_files(needed=variants.has_images)
        done.detached = [
            {"variantId": variant, "mediaIds": [id_]}
            for variant, id_ in variants.emptied_images
            if id_ in media and id_ in self._own_media
        ]
        self._set_metafields()
        done.prices = self._prices(variants)
        done.metafields += variants.metafields
        done.emptied += variants.emptied
        done.relations = _relations(fields)
        words = {f"@{word}" for word, keys in (done.relations or {}).items() if keys}
        if done.relations is None:
            words = {one for one in self._placed.fields if one.startswith("@")}
        done.placed = Placed(
            frozenset(self._decisions.now | words), tags, self._placed.publications
        )
        self._set_publications()
        self._write_own_metafields()
        done.titles = {
            one.full_key: one.name or one.full_key
            for one in (*self._shop.product_fields.values(), *self._shop.variant_fields.values())
        }
        return done

    def _set_texts(self) -> None:
        for code, word in TEXTS.items():
            if code not in TRANSLATED:
                self._set_simple(code, word, values.text, emptied="" if code != "handle" else None)
        if self._held and self._input.get("handle", "") not in ("", self._held.filled["handle"]):
            self._input["redirectNewHandle"] = True  # links to the old address go on working
        for code, key in TRANSLATED.items():
            self._set_translated(code, key)
        if not self._input.get("title", "title" if self._held else ""):
            raise ValueError(
                f"“{self._title('title')}” is empty, and Shopify takes no product without one. "
                "Fill it in, in the PIM."
            )

    def _set_simple(
        self, code: str, word: str, write: Callable[[Any], Any], emptied: str | None = None
    ) -> None:
        verdict = self._decisions.verdict(code, self._product.fields, self._filled)
        if verdict == "set":
            self._input[word] = self._written(code, write)
        elif verdict == "empty" and emptied is not None:
            self._input[word] = emptied

    def _set_translated(self, code: str, key: str) -> None:
        """Set the text in the primary language, and note it in the others for after that."""
        value = self._product.fields.get(code)
        verdict = self._decisions.verdict(code, self._product.fields, self._filled)
        primary = self._shop.primary
        if verdict == "empty":
            texts = dict.fromkeys(self._shop.languages(), "")
        elif values.is_filled(value) and (verdict == "set" or code in self._decisions.if_empty):
            texts = values.texts(value, primary)
        else:
            return
        if code == "title" and self._held is None and not texts.get(primary):
            texts[primary] = next(filter(None, texts.values()), "")
        if verdict != "leave" and primary in texts:
            self._put_text(code, texts[primary])
        for language in texts.keys() - {primary}:
            if language in self._shop.others:
                self._prepared.texts.setdefault(language, {})[key] = texts[language]
        if code in self._decisions.if_empty:
            self._prepared.keep_texts |= {key}

    def _put_text(self, code: str, text: str) -> None:
        if code.startswith("seo_"):
            self._input.setdefault("seo", {})[code.removeprefix("seo_")] = text
        else:
            self._input[TEXTS[code]] = text

    def _set_tags(self) -> frozenset[str]:
        """Set the tags, and return those of them that are this app's."""
        verdict = self._decisions.verdict("tags", self._product.fields, self._filled)
        if verdict == "leave":
            return self._placed.tags
        wanted = values.strings(self._product.fields.get("tags") or [])
        there = self._held.tags if self._held else ()
        foreign = [tag for tag in there if tag not in self._placed.tags]
        tags = list(dict.fromkeys([*foreign, *wanted]))
        if sorted(tags) != sorted(there):
            self._input["tags"] = tags
        return frozenset(wanted) - frozenset(foreign)

    def _set_status(self) -> None:
        held = self._held
        verdict = self._decisions.verdict("status", self._product.fields, self._filled)
        if verdict == "set":
            self._input["status"] = self._written("status", values.status)
        elif held is None or (self._placed.status and held.status == self._placed.status):
            self._input["status"] = "ACTIVE"  # new, or taken off by this app and wanted again

    def _set_files(self, *, needed: bool) -> list[str]:
        """Set the pictures, and return them; `needed`: also as they are, for variants.

        Where nobody maps the images, all pictures of this app are those of variants.
        """
        filled = {"images": self._held.media} if self._held else None
        verdict = self._decisions.verdict("images", self._product.fields, filled)
        there = list(self._held.media) if self._held else []
        addresses = values.strings(self._product.fields.get("images") or [])
        wanted = [self._files[one] for one in addresses if one in self._files]
        of_variants = [
            self._files[one]
            for variant in self._product.variants
            for one in values.strings(variant.fields.get("variant_image") or [])
            if one in self._files
        ]
        foreign = [one for one in there if one not in self._own_media]
        if verdict != "leave":
            media = [*wanted, *of_variants, *foreign]
        elif self._decisions.belongs_to_shop("images"):
            media = [*there, *of_variants]
        else:
            media = [one for one in there if one in foreign or one in of_variants] + of_variants
        media = list(dict.fromkeys(media))
        said = self._alts(media)
        if media != there or needed or said:
            self._input["files"] = [
                {"id": one, "alt": said[one]} if one in said else {"id": one} for one in media
            ]
        return media

    def _alts(self, media: Sequence[str]) -> dict[str, str]:
        """Decide what these pictures say; return what is new of that in the primary language."""
        held = self._held.alts if self._held else None
        there = None
        if held is not None:
            there = {a: held[id_] for a, id_ in self._files.items() if id_ in held}
        languages = self._shop.languages()
        texts = changed_texts(self._product, languages, self._decisions, there)
        found = {self._files[a]: one for a, one in texts.items() if a in self._files}
        self._prepared.alt_texts = {id_: one for id_, one in found.items() if id_ in media}
        return {
            id_: one.texts[languages[0]]
            for id_, one in self._prepared.alt_texts.items()
            if languages[0] in one.texts and one.texts[languages[0]] != (held or {}).get(id_)
        }

    def _prices(self, variants: Variants) -> dict[str, OfVariant]:
        """What markets are to show; the shop is asked for its currency only if anything does."""
        if not has_prices(self._product) and self._placed.fields.isdisjoint(OF_OWN_CURRENCY):
            return {}
        self._prepared.known_variants = variants.ids
        try:
            return wanted_prices(self._product, self._decisions, variants.ids, self._shop)
        except ValueError as error:
            raise ValueError(f"“{self._title(PRICES)}”: {error}.") from None

    def _set_metafields(self) -> None:
        there = self._held.metafields if self._held else None
        for code, one in self._shop.product_fields.items():
            filled = {code: there.get(one.full_key)} if there is not None else None
            verdict = self._decisions.verdict(code, self._product.fields, filled)
            if verdict == "set":
                value = self._written(code, partial(written, one, files=self._files))
                if value and (there is None or there.get(one.full_key) != value):
                    self._add_metafield(one.namespace, one.key, one.type, value)
            elif verdict == "empty" and there and one.full_key in there and self._held:
                self._prepared.emptied.append(identifier_of(self._held.id, one))

    def _write_own_metafields(self) -> None:
        """Our key, what we placed, and the categories by which collections are filled."""
        there = self._held.metafields if self._held else {}
        own = {of_shop.PIM_ID: ("id", self._product.key)}
        categories = self._product.categories
        if categories:
            written = json.dumps(categories, ensure_ascii=False)
            own[of_shop.CATEGORIES] = ("list.single_line_text_field", written)
        elif of_shop.CATEGORIES in there and self._held:
            namespace, key = of_shop.CATEGORIES.split(".")
            self._prepared.emptied.append(
                {"ownerId": self._held.id, "namespace": namespace, "key": key}
            )
        if self._held is None:
            placed = replace(self._prepared.placed, status=UNFINISHED)
            own[of_shop.PLACED] = ("json", placed.written())
        for full_key, (type_, value) in own.items():
            if there.get(full_key) != value:
                namespace, key = full_key.split(".")
                self._add_metafield(namespace, key, type_, value)

    def _add_metafield(self, namespace: str, key: str, type_: str, value: str) -> None:
        one = {"namespace": namespace, "key": key, "type": type_, "value": value}
        if self._held is None:
            self._input.setdefault("metafields", []).append(one)
        else:
            self._prepared.metafields.append({"ownerId": self._held.id, **one})

    def _set_publications(self) -> None:
        shops = self._product.fields.get(SHOPS)
        if shops is not None:
            wanted = frozenset(values.strings(shops))
            self._prepared.publish = wanted
            self._prepared.unpublish = self._placed.publications - wanted
            self._prepared.placed = replace(self._prepared.placed, publications=wanted)
        elif self._publishes and (self._held is None or self._placed.status == UNFINISHED):
            self._prepared.publish = frozenset(id_ for id_, _ in self._shop.publications)

    def _written(self, code: str, write: Callable[[Any], Any]) -> Any:
        try:
            return write(self._product.fields[code])
        except ValueError as error:
            raise ValueError(f"“{self._title(code)}”: {error}.") from None

    def _title(self, code: str) -> str:
        return self._titles.get(code, code)


def _relations(fields: Mapping[str, Any]) -> dict[str, list[str]] | None:
    """Keys of the products that are linked to, by the word of the relation; None if not told."""
    entries = fields.get("pim_associations")
    if not isinstance(entries, list):
        return None
    found: dict[str, list[str]] = {}
    for entry in entries:
        if isinstance(entry, dict):
            word = str(entry.get("relation") or entry.get("code") or "")
            for one in entry.get("associated_objects") or ():
                key = one.get("uuid") or one.get("code") if isinstance(one, dict) else None
                if isinstance(key, str):
                    found.setdefault(word, []).append(key)
    return found
