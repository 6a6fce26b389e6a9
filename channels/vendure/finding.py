"""Which product of the shop is ours, also when the answer that told us got lost."""

from collections.abc import Collection, Mapping, Sequence

from channels.shop_products import ShopProduct
from channels.surroundings import IdMap
from channels.vendure import memory, targets
from channels.vendure.about import About
from channels.vendure.standing import Standing, StandingProduct, StandingVariant


class Finder:
    """Finds what stands in the shop for our products.

    By `externalId` where the shop has that field, by the ids that we remember, and for what is new
    by its SKUs: a product of the shop that has one of them, and that is nobody's yet, is taken for
    it. A product that was made without its variants is found by its slug.
    """

    def __init__(self, standing: Standing, ids: IdMap, about: About) -> None:
        self._standing = standing
        self._ids = ids
        self._about = about

    def known(self, keys: Collection[str]) -> dict[str, StandingProduct]:
        """The products that are known to be ours, as they stand."""
        ids = self._ids.get(memory.PRODUCT, keys)
        products = self._standing.by_ids(ids.values(), keys)
        by_id = {product.id: product for product in products}
        found = {key: by_id[id_] for key, id_ in ids.items() if id_ in by_id}
        wanted = set(keys)
        found |= {one.external_id: one for one in products if one.external_id in wanted}
        return found

    def find(
        self, products: Sequence[ShopProduct]
    ) -> tuple[dict[str, StandingProduct], dict[str, str]]:
        """What stands for these products by their keys, and why it cannot be told for others."""
        found = self.known([product.key for product in products])
        rest = [product for product in products if product.key not in found]
        candidates, problems = self._candidates(rest)
        standing = {one.id: one for one in self._standing.by_ids(candidates.values())}
        found |= {key: standing[id_] for key, id_ in candidates.items() if id_ in standing}
        self.remember({key: one.id for key, one in found.items()})
        return found, problems

    def remember(self, ids: Mapping[str, str]) -> None:
        """Remember the shop's ids of products, in both directions."""
        known = self._ids.get(memory.PRODUCT, ids)
        fresh = {key: id_ for key, id_ in ids.items() if known.get(key) != id_}
        if fresh:
            self._ids.put(memory.PRODUCT, fresh)
            self._ids.put(memory.PRODUCT_KEY, {id_: key for key, id_ in fresh.items()})
        self._ids.forget(memory.CREATING, ids)

    def variants(
        self,
        product: ShopProduct,
        standing: StandingProduct,
        options: Mapping[str, tuple[str, ...]],
    ) -> dict[str, StandingVariant]:
        """What stands for each variant, by its uuid.

        After its own key comes its SKU, then its options: two variants cannot have the same.
        """
        uuids = [variant.uuid for variant in product.variants]
        ids = self._ids.get(memory.VARIANT, uuids)
        left = {variant.id: variant for variant in standing.variants}
        found: dict[str, StandingVariant] = {}

        def take(uuid: str, variant: StandingVariant | None) -> None:
            if variant is not None and uuid not in found and variant.id in left:
                found[uuid] = left.pop(variant.id)

        by_external = {one.external_id: one for one in standing.variants if one.external_id}
        for uuid in uuids:
            take(uuid, by_external.get(uuid) or left.get(ids.get(uuid, "")))
        for variant in product.variants:
            sku = str(variant.fields.get(targets.SKU) or "")
            take(variant.uuid, next((o for o in left.values() if sku and o.sku == sku), None))
        for uuid, wanted in options.items():
            same = (one for one in left.values() if set(one.options.values()) == set(wanted))
            take(uuid, next(same, None))
        return found

    def remember_variants(self, ids: Mapping[str, str]) -> None:
        """Remember the shop's ids of variants, in both directions."""
        known = self._ids.get(memory.VARIANT, ids)
        fresh = {uuid: id_ for uuid, id_ in ids.items() if known.get(uuid) != id_}
        if fresh:
            self._ids.put(memory.VARIANT, fresh)
            self._ids.put(memory.VARIANT_UUID, {id_: uuid for uuid, id_ in fresh.items()})

    def our_variants(self, standing: StandingProduct) -> dict[str, str]:
        """The uuids of the product's variants that we made, by their ids in the shop."""
        ids = [variant.id for variant in standing.variants]
        known = self._ids.get(memory.VARIANT_UUID, ids) if ids else {}
        external = {one.id: one.external_id for one in standing.variants if one.external_id}
        return {**known, **external}

    def _candidates(self, products: Sequence[ShopProduct]) -> tuple[dict[str, str], dict[str, str]]:
        """Ids of products of the shop that are nobody's and have the SKU or slug of new ones."""
        skus = {product.key: _skus(product) for product in products}
        by_sku = self._standing.ids_by_sku({sku for some in skus.values() for sku in some})
        slugs = self._ids.get(memory.CREATING, [product.key for product in products])
        by_slug = self._standing.ids_by_slug(slugs.values())
        standing = {one.id: one for one in self._standing.by_ids(by_slug)}
        possible: dict[str, set[str]] = {}
        for product in products:
            ids = {id_ for sku in skus[product.key] for id_ in by_sku.get(sku, ())}
            slug = slugs.get(product.key)
            ids |= {
                one.id
                for one in standing.values()
                if slug in one.slugs.values() and not one.variants
            }
            possible[product.key] = ids
        everybodys = {id_ for ids in possible.values() for id_ in ids}
        taken = self._taken(everybodys)
        found: dict[str, str] = {}
        problems: dict[str, str] = {}
        for key, ids in possible.items():
            free = ids - taken - set(found.values())
            if len(free) == 1:
                found[key] = free.pop()
            elif free:
                problems[key] = (
                    "Several products of the shop have its SKU, so it cannot be told which of them "
                    f"it is: {', '.join(sorted(free))} (ids in Vendure). Give them different SKUs, "
                    "or delete those that are too many."
                )
        return found, problems

    def _taken(self, ids: Collection[str]) -> set[str]:
        """Those of the shop's products that are one of ours already."""
        if not ids:
            return set()
        taken = set(self._ids.get(memory.PRODUCT_KEY, ids))
        if self._about.names_products:
            rest = set(ids) - taken
            taken |= {one.id for one in self._standing.by_ids(rest) if one.external_id}
        return taken


def _skus(product: ShopProduct) -> set[str]:
    skus = {str(variant.fields.get(targets.SKU) or "") for variant in product.variants}
    return skus - {""}
