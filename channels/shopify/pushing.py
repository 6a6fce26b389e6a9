"""One batch of products on its way to the shop: found, read, prepared, written, finished.

Every step finds out what is there before it changes anything, so the whole can be done again from
the start at any time.
"""

from collections.abc import Mapping, Sequence

from channels.base import ChannelProduct, Outcome, PushResult
from channels.filled import Filled
from channels.shop_products import ShopProduct, shop_product
from channels.shopify import values
from channels.shopify.alt_texts import first_texts, general
from channels.shopify.api import Json, ShopifyApi
from channels.shopify.documents import PRODUCT_SET, PUBLISH, UNPUBLISH
from channels.shopify.files import Files, InShop, Wanted
from channels.shopify.finding import Finder
from channels.shopify.fixed_prices import FixedPrices, without_market
from channels.shopify.held import PLACED, HeldProduct, Reader
from channels.shopify.metafield_calls import delete_metafields, set_metafields
from channels.shopify.prepared import Prepared
from channels.shopify.prices import with_own_prices
from channels.shopify.problems import refusal
from channels.shopify.product_input import Preparer
from channels.shopify.relations import LINKS, links_of
from channels.shopify.runner import Runner, errors_of, payload_of
from channels.shopify.shop import Shop
from channels.shopify.texts import Texts, Translation
from channels.shopify.variant_pictures import take_from_variants

MAX_AXES = 3
HEAVY_FROM = 250  # variants of one product that one call still does in time


class Push:
    def __init__(
        self,
        api: ShopifyApi,
        shop: Shop,
        finder: Finder,
        files: Files,
        prices: FixedPrices,
        filled: Filled,
        runner: Runner,
        titles: Mapping[str, str],
        *,
        adopt: str,
        publishes: bool,
    ) -> None:
        self._api = api
        self._shop = shop
        self._finder = finder
        self._files = files
        self._prices = prices
        self._filled = filled
        self._runner = runner
        self._titles = titles
        self._adopt = adopt
        self._preparer = Preparer(shop, titles, publishes=publishes)
        self._results: dict[str, PushResult] = {}
        self._ids: dict[str, str] = {}
        self._addresses: dict[str, list[str]] = {}  # of files, by the product's key

    def push(self, sent: Sequence[ChannelProduct]) -> list[PushResult]:
        self._shop.make_own_definitions()
        by_key = {one.key: one for one in sent}
        products = self._read_documents(sent)
        held = self._find(products)
        placed = self._place_files(products, by_key)
        prepared = self._prepare(products, by_key, held, placed)
        self._before(prepared)
        self._write(prepared)
        self._after(prepared)
        return [self._results[one.key] for one in sent]

    def _refuse(self, key: str, message: str) -> None:
        self._results[key] = PushResult(
            key, Outcome.REJECTED, message, external_id=self._ids.get(key, "")
        )

    def _refuse_for(self, prepared: Prepared, errors: Sequence[Json]) -> None:
        self._refuse(prepared.key, refusal(self._api, errors, prepared, self._titles))

    def _open(self, prepared: Mapping[str, Prepared]) -> dict[str, Prepared]:
        """Those about which nothing is said yet."""
        return {key: one for key, one in prepared.items() if key not in self._results}

    def _read_documents(self, sent: Sequence[ChannelProduct]) -> dict[str, ShopProduct]:
        products = {}
        for one in sent:
            try:
                product = shop_product(one, max_axes=MAX_AXES)
                products[one.key] = with_own_prices(product, self._shop)
            except ValueError as error:
                self._refuse(one.key, str(error))
        return products

    def _find(self, products: Mapping[str, ShopProduct]) -> dict[str, HeldProduct]:
        """What the shop has of these products, by key; nothing of those that are to be made."""
        self._ids = self._finder.known(list(products))
        reader = Reader(
            self._api,
            [*(one.full_key for one in self._shop.product_fields.values()), *LINKS],
            [one.full_key for one in self._shop.variant_fields.values()],
        )
        there = reader.read(self._ids.values())
        gone = [
            key
            for key, id_ in self._ids.items()
            if id_ not in there or there[id_].pim_id not in ("", key)
        ]
        if gone:  # deleted in the shop, or another product by now
            self._finder.forget(gone)
            self._ids = {k: id_ for k, id_ in self._ids.items() if k not in gone}
            self._ids |= self._finder.look_up(gone)
        unknown = [one for key, one in products.items() if key not in self._ids]
        self._ids |= self._finder.adopted(unknown, self._adopt)
        there |= reader.read(id_ for id_ in self._ids.values() if id_ not in there)
        return {key: there[id_] for key, id_ in self._ids.items() if id_ in there}

    def _place_files(
        self, products: Mapping[str, ShopProduct], sent: Mapping[str, ChannelProduct]
    ) -> InShop:
        wanted: dict[str, Wanted] = {}
        of_products = [c for c, one in self._shop.product_fields.items() if one.holds_files]
        of_variants = [c for c, one in self._shop.variant_fields.items() if one.holds_files]
        for key, product in products.items():
            alts = first_texts(product, self._shop.primary)
            otherwise = general(product, self._shop.primary)
            self._addresses[key] = addresses = []
            places = [(product.fields, ["images", *of_products])]
            places += [(one.fields, ["variant_image", *of_variants]) for one in product.variants]
            for fields, codes in places:
                for address in [
                    a for code in codes for a in values.strings(fields.get(code) or [])
                ]:
                    addresses.append(address)
                    file = sent[key].media.get(address)
                    alt = alts.get(address, otherwise)
                    wanted.setdefault(address, Wanted(address, file, alt))
        return self._files.place(list(wanted.values())) if wanted else InShop()

    def _prepare(
        self,
        products: Mapping[str, ShopProduct],
        sent: Mapping[str, ChannelProduct],
        held: Mapping[str, HeldProduct],
        files: InShop,
    ) -> dict[str, Prepared]:
        media = {id_ for one in held.values() for id_ in one.media}
        own_media = self._files.own(media) if media else frozenset()
        prepared: dict[str, Prepared] = {}
        filled = self._filled.known(
            [one.uuid for key in held for one in products[key].variants if one.uuid != key]
        )
        for key, product in products.items():
            try:
                one = self._preparer.prepare(
                    product, sent[key], held.get(key), files.ids, own_media, filled
                )
            except ValueError as error:
                self._refuse(key, str(error))
                continue
            missing = [a for a in self._addresses.get(key, ()) if a in files.problems]
            one.remarks += [
                f"A picture is missing in the shop: {files.problems[a]}." for a in missing
            ]
            prepared[key] = one
        return prepared

    def _before(self, prepared: Mapping[str, Prepared]) -> None:
        """Set metafields of what exists, and note what is placed next before it is placed."""
        wanted: dict[str, list[Json]] = {}
        for key, one in prepared.items():
            several = list(one.metafields)
            if one.held is not None:
                union = one.held.placed.with_all_of(one.placed)
                if union != one.held.placed:
                    several.append(_placed_metafield(one.held.id, union.written()))
            if several:
                wanted[key] = several
        for key, errors in set_metafields(self._runner, wanted).items():
            self._refuse_for(prepared[key], errors)
        self._filled.put(
            {
                uuid: before | codes
                for one in prepared.values()
                for uuid, codes in one.filled.items()
                if (before := one.filled_before.get(uuid)) is not None and not codes <= before
            }
        )

    def _write(self, prepared: Mapping[str, Prepared]) -> None:
        """Create and update the products themselves."""
        going = self._open(prepared)
        lines = [{"identifier": one.identifier, "input": one.input} for one in going.values()]
        are_heavy = any(len(one.input["variants"]) > HEAVY_FROM for one in going.values())
        answers = self._runner.each(PRODUCT_SET, lines, are_heavy=are_heavy)
        for (key, one), answer in zip(going.items(), answers, strict=True):
            if answer is None:
                self._results[key] = PushResult(
                    key, Outcome.UNANSWERED, "Shopify said nothing about this product."
                )
                continue
            errors = errors_of(answer, "productSet")
            product = (payload_of(answer, "productSet") or {}).get("product")
            if errors or not product:
                self._refuse_for(one, errors)
            else:
                self._ids[key] = str(product["id"])
        written = self._open(prepared)
        self._finder.remember({key: self._ids[key] for key in written})
        self._finder.remember_variants(
            {uuid: self._ids[key] for key, one in written.items() for uuid in one.variant_uuids}
        )

    def _after(self, prepared: Mapping[str, Prepared]) -> None:
        """Empty, translate, link and publish what was written, and note that it is finished."""
        self._empty(self._open(prepared))
        self._price(self._open(prepared))
        self._translate(self._open(prepared))
        awaited = self._link(self._open(prepared))
        self._publish(self._open(prepared))
        self._finish(self._open(prepared))
        for key, one in self._open(prepared).items():
            self._results[key] = PushResult(
                key,
                Outcome.ACCEPTED,
                " ".join(dict.fromkeys(one.remarks)),
                external_id=self._ids[key],
                awaits=awaited.get(key, ()),
            )

    def _empty(self, written: Mapping[str, Prepared]) -> None:
        delete_metafields(self._runner, [gone for one in written.values() for gone in one.emptied])
        pictures = {key: one.detached for key, one in written.items() if one.detached}
        for key, errors in take_from_variants(self._runner, pictures, self._ids).items():
            self._refuse_for(written[key], errors)

    def _price(self, written: Mapping[str, Prepared]) -> None:
        """Write what markets are to show, and say for which currency the shop has none."""
        priced = {key: one for key, one in written.items() if one.prices}
        for key, message in self._prices.write(priced, self._ids).items():
            self._refuse(key, message)
        for one in priced.values():
            if lacking := self._prices.lacking(one.prices.values()):
                one.remarks.append(without_market(lacking))

    def _translate(self, written: Mapping[str, Prepared]) -> None:
        others = self._shop.others
        if not others:
            return
        texts = Texts(self._api, self._runner, others)
        by_id = {self._ids[key]: one for key, one in written.items()}
        wanted = {id_: Translation(one.texts, one.keep_texts) for id_, one in by_id.items()}
        owners = {id_: one.key for id_, one in by_id.items()}
        of_options = texts.of_options(by_id)
        for key, one in written.items():
            of_pictures = _of_pictures(one, others)
            wanted |= of_pictures
            owners |= dict.fromkeys(of_pictures, key)
        for resource, message in texts.write(wanted | of_options.translations).items():
            key = owners[of_options.owners.get(resource, resource)]
            self._refuse(key, f"Shopify refused a translation: “{message}”")

    def _link(self, written: Mapping[str, Prepared]) -> dict[str, tuple[str, ...]]:
        links = links_of(written, self._ids, self._finder, self._shop)
        for key, errors in set_metafields(self._runner, links.set).items():
            self._refuse_for(written[key], errors)
        delete_metafields(self._runner, links.emptied)
        for key, remark in links.remarks.items():
            written[key].remarks.append(remark)
        return links.awaited

    def _publish(self, written: Mapping[str, Prepared]) -> None:
        for document, name, field in (
            (PUBLISH, "publishablePublish", "publish"),
            (UNPUBLISH, "publishableUnpublish", "unpublish"),
        ):
            going = {key: one for key, one in written.items() if getattr(one, field)}
            lines = [
                {
                    "id": self._ids[key],
                    "input": [{"publicationId": id_} for id_ in sorted(getattr(one, field))],
                }
                for key, one in going.items()
            ]
            answers = self._runner.each(document, lines)
            for key, answer in zip(going, answers, strict=True):
                errors = errors_of(answer, name)
                if errors:
                    said = self._api.plain(errors[0].get("message", ""))
                    self._refuse(key, f"It could not be published as wanted: “{said}”")

    def _finish(self, written: Mapping[str, Prepared]) -> None:
        """Note what is placed now, where that is not noted already."""
        wanted = {}
        for key, one in written.items():
            noted = one.held.placed if one.held else None
            noted = noted.with_all_of(one.placed) if noted else None
            if noted != one.placed:
                wanted[key] = [_placed_metafield(self._ids[key], one.placed.written())]
        for key, errors in set_metafields(self._runner, wanted).items():
            self._refuse_for(written[key], errors)
        self._filled.put(
            {
                uuid: codes
                for one in written.values()
                for uuid, codes in one.filled.items()
                if one.filled_before.get(uuid) != codes
            }
        )


def _placed_metafield(owner: str, value: str) -> Json:
    namespace, key = PLACED.split(".")
    return {
        "ownerId": owner,
        "namespace": namespace,
        "key": key,
        "type": "json",
        "value": value,
    }


def _of_pictures(prepared: Prepared, languages: Sequence[str]) -> dict[str, Translation]:
    """What the product's pictures say in these languages; films and documents say nothing."""
    return {
        id_: Translation(
            {
                language: {"alt": one.texts[language]}
                for language in languages
                if language in one.texts
            },
            frozenset({"alt"} if one.keep else ()),
        )
        for id_, one in prepared.alt_texts.items()
        if "/MediaImage/" in id_
    }
