"""The way of a batch of products into a Vendure shop.

Whatever a step makes is looked up before it is made, and remembered at once, so that a batch that
died at any point can come again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from channels.base import ChannelProduct, Outcome, PushResult
from channels.shop_products import shop_product
from channels.vendure import memory
from channels.vendure.about import CATEGORIES_FACET
from channels.vendure.changes import Found, new_product, product_changes, renamed_slugs
from channels.vendure.graphql import Refused
from channels.vendure.lists import send_in_lists
from channels.vendure.parts import Item, Parts, still_open
from channels.vendure.shops import put_into_shops
from channels.vendure.variants import push_variants
from channels.vendure.wanted import Matched

MAX_AXES = 5

_CREATE = """mutation CreateProduct($input: CreateProductInput!) {
  createProduct(input: $input) { id translations { languageCode slug } }
}"""
UPDATE = """mutation UpdateProducts($input: [UpdateProductInput!]!) {
  updateProducts(input: $input) { id translations { languageCode slug } }
}"""


def push_products(parts: Parts, products: Sequence[ChannelProduct]) -> list[PushResult]:
    """Create or update each product. Raises ChannelError."""
    items = [Item(product) for product in products]
    for item in items:
        try:
            item.shop = shop_product(item.product, max_axes=MAX_AXES)
        except ValueError as problem:
            item.problem = str(problem)
    for step in (_find, _make_options, _want, _make_values, _create, _update):
        if open_items := still_open(items):
            step(parts, open_items)
    if open_items := still_open(items):
        push_variants(parts, open_items)
        put_into_shops(parts, still_open(open_items))
        _settle(parts, still_open(open_items))
    return [_result(item) for item in items]


def _find(parts: Parts, items: list[Item]) -> None:
    found, problems = parts.finder.find([item.shop for item in items])
    for item in items:
        item.standing = found.get(item.key)
        item.id = item.standing.id if item.standing else ""
        item.problem = problems.get(item.key, "")


def _make_options(parts: Parts, items: list[Item]) -> None:
    try:
        parts.options.make([item.shop for item in items])
    except Refused:
        for item in items:
            try:
                parts.options.make([item.shop])
            except Refused as refused:
                item.refuse(refused.message)


def _want(parts: Parts, items: list[Item]) -> None:
    keys = {item.key for item in items}
    keys |= {variant.uuid for item in items for variant in item.shop.variants}
    filled = parts.filled.get(keys)
    taken_off = parts.ids.get(memory.TAKEN_OFF, [item.key for item in items])
    for item in items:
        try:
            options = parts.options.options_of(item.shop)
            wanted = parts.reader.wanted(
                Matched(
                    item.product,
                    item.shop,
                    item.standing,
                    parts.options.groups_of(item.shop),
                    options,
                    parts.finder.variants(item.shop, item.standing, options)
                    if item.standing
                    else {},
                ),
                filled,
            )
        except ValueError as problem:
            item.problem = str(problem)
            continue
        if item.key in taken_off:
            wanted = replace(wanted, enabled=True)
        elif item.standing and not item.standing.enabled:
            item.remarks.append("Somebody disabled it in the shop, so customers do not see it.")
        item.wanted = wanted
        item.before = {
            key: filled[key] for key in (item.key, *(one.uuid for one in wanted.variants))
        }


def _make_values(parts: Parts, items: list[Item]) -> None:
    """Pictures, facet values and categories of all products at once."""
    assets = _make_assets(parts, items)
    try:
        _make_facet_values(parts, items)
    except Refused:
        for item in items:
            try:
                _make_facet_values(parts, [item])
            except Refused as refused:
                item.refuse(refused.message)
    for item in still_open(items):
        # They are all there now, so these ask the shop nothing.
        facets, categories = _make_facet_values(parts, [item])
        values = {value for of_facet in facets.values() for value in of_facet.values()}
        parts.facets.place(item.key, values)
        there = item.standing.facet_values if item.standing else {}
        said = [value for value, facet in there.items() if facet in item.wanted.facets]
        ours = parts.facets.placed(item.key, said)
        if item.wanted.categories is not None:
            values |= set(categories.values())
            ours |= {value for value, facet in there.items() if facet == CATEGORIES_FACET}
        item.found = Found(assets, frozenset(values), _our_assets(parts, item), ours)
        grown = {
            key: codes | item.before[key]
            for key, codes in _filled(item).items()
            if not codes <= item.before[key]
        }
        parts.filled.put(grown)  # before it is sent: what dies now is emptied later all the same


def _make_facet_values(
    parts: Parts, items: list[Item]
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The values that these products are to have: by facet and text, and by category."""
    texts: dict[str, dict[str, None]] = {}
    for item in items:
        for facet, of_item in item.wanted.facets.items():
            texts.setdefault(facet, {}).update(dict.fromkeys(of_item))
    facets = parts.facets.make({facet: list(of_all) for facet, of_all in texts.items()})
    codes = dict.fromkeys(code for item in items for code in item.wanted.categories or ())
    return facets, parts.facets.make_categories(codes)


def _make_assets(parts: Parts, items: list[Item]) -> dict[str, str]:
    """The assets by the addresses of the pictures; what could not be had becomes a remark."""
    wanted = {item.key: _images(item) for item in items}
    media = {address: file for item in items for address, file in item.product.media.items()}
    files = {
        media[address].digest: media[address]
        for addresses in wanted.values()
        for address in addresses
        if address in media
    }
    by_digest, refused = parts.assets.make(files, _attached(items))
    for item in items:
        for address in wanted[item.key]:
            file = media.get(address)
            if file is None:
                item.remarks.append("One of its pictures could not be had from the PIM.")
            elif file.digest in refused:
                why = refused[file.digest]
                item.remarks.append(f"The shop did not take the picture {file.name}: {why}.")
    return {
        address: by_digest[file.digest]
        for address, file in media.items()
        if file.digest in by_digest
    }


def _create(parts: Parts, items: list[Item]) -> None:
    new = [item for item in items if item.standing is None]
    language = parts.about.language
    for item in new:
        made = new_product(item.wanted, item.found, parts.about, with_id=parts.about.names_products)
        slug = next(t["slug"] for t in made["translations"] if t["languageCode"] == language)
        parts.ids.put(memory.CREATING, {item.key: slug[:255]})
        try:
            answer = parts.api.change(_CREATE, {"input": made})["createProduct"]
        except Refused as refused:
            again = _created_without_id(parts, item, made)
            if again is None:
                item.refuse(refused.message)
                continue
            answer = again
        item.id = answer["id"]
        parts.finder.remember({item.key: item.id})
        _tell_of_slugs(item, answer)


def _created_without_id(parts: Parts, item: Item, made: dict[str, Any]) -> dict[str, Any] | None:
    """Try once more: a product that was deleted in the shop keeps its externalId for ever."""
    if not parts.about.names_products:
        return None
    customs = {name: value for name, value in made["customFields"].items() if name != "externalId"}
    try:
        data = parts.api.change(_CREATE, {"input": {**made, "customFields": customs}})
    except Refused:
        return None
    parts.ids.put(memory.UNNAMED, {item.key: data["createProduct"]["id"]})
    answer: dict[str, Any] = data["createProduct"]
    return answer


def _update(parts: Parts, items: list[Item]) -> None:
    unnamed = parts.ids.get(memory.UNNAMED, [item.key for item in items])
    inputs = {}
    for item in items:
        if item.standing is not None:
            with_id = parts.about.names_products and item.key not in unnamed
            changes = product_changes(
                item.wanted, item.standing, item.found, parts.about, with_id=with_id
            )
            inputs[item.key] = [{"id": item.id, **changes}] if changes else []
    alone = [key for key, changes in inputs.items() if any(map(_goes_alone, changes))]
    sent = send_in_lists(parts.api, UPDATE, "updateProducts", inputs, alone=alone)
    for item in items:
        if item.key in sent.refused:
            item.refuse(sent.refused[item.key])
        elif item.key in sent.answers:
            _tell_of_slugs(item, sent.answers[item.key][0])
        elif item.standing is not None:
            _tell(item, renamed_slugs(item.wanted, item.standing.slugs))


def _goes_alone(changes: dict[str, Any]) -> bool:
    """Whether Vendure must not do these beside others.

    It updates the products of a list all at once: two of them can get the same slug, and on SQLite
    new rows, which are translations and places of pictures, go to the wrong product.
    """
    texts = changes.get("translations", ())
    return "assetIds" in changes or any("slug" in text for text in texts)


def _settle(parts: Parts, items: list[Item]) -> None:
    shrunk = {
        key: codes
        for item in items
        for key, codes in _filled(item).items()
        if codes < item.before[key]
    }
    parts.filled.put(shrunk)
    parts.ids.forget(memory.TAKEN_OFF, [item.key for item in items])


def _result(item: Item) -> PushResult:
    if item.problem:
        return PushResult(item.key, Outcome.REJECTED, item.problem, item.id)
    message = " ".join(dict.fromkeys(item.remarks))
    return PushResult(item.key, Outcome.ACCEPTED, message, item.id)


def _filled(item: Item) -> dict[str, frozenset[str]]:
    variants = {variant.uuid: variant.filled for variant in item.wanted.variants}
    return {**variants, item.key: item.wanted.filled | variants.get(item.key, frozenset())}


def _images(item: Item) -> list[str]:
    variants = (variant.images or () for variant in item.wanted.variants)
    return [*(item.wanted.images or ()), *(one for images in variants for one in images)]


def _attached(items: list[Item]) -> set[str]:
    return {id_ for item in items for id_ in _standing_assets(item)}


def _standing_assets(item: Item) -> list[str]:
    if item.standing is None:
        return []
    variants = (id_ for variant in item.standing.variants for id_ in variant.assets)
    return [*item.standing.assets, *variants]


def _our_assets(parts: Parts, item: Item) -> frozenset[str]:
    return parts.assets.ours(_standing_assets(item))


def _tell_of_slugs(item: Item, answer: dict[str, Any]) -> None:
    slugs = {one["languageCode"]: one["slug"] for one in answer["translations"]}
    _tell(item, renamed_slugs(item.wanted, slugs))


def _tell(item: Item, renamed: dict[str, str]) -> None:
    for wanted, slug in renamed.items():
        item.remarks.append(
            f"Another product of the shop has the slug “{wanted}”, so this one got “{slug}”."
        )
