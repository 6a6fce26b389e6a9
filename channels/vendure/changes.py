"""What has to be sent so that the shop holds what is wanted: only what differs.

Vendure moves a product's date even when an update changes nothing, and what is not sent stays as
the shop's people have it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.vendure.about import EXTERNAL_ID, About, CustomField
from channels.vendure.slugs import is_slug_of, slugified
from channels.vendure.standing import StandingProduct, StandingVariant, Texts
from channels.vendure.values import same
from channels.vendure.wanted import WantedProduct, WantedVariant

Input = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What a product's values are in the shop: ids of assets and of facet values.

    `ours` are those, among the assets and facet values it has, that we put there.
    """

    assets: Mapping[str, str] = field(default_factory=dict)  # by address
    facet_values: frozenset[str] = frozenset()  # that the product should have
    ours: frozenset[str] = frozenset()
    our_values: frozenset[str] = frozenset()


def new_product(wanted: WantedProduct, found: Found, about: About, *, with_id: bool) -> Input:
    """The input that creates a product."""
    customs = dict(wanted.customs)
    if with_id:
        customs[EXTERNAL_ID] = wanted.key
    made: Input = {
        "enabled": True,
        "translations": _product_texts(wanted, None, about),
        "facetValueIds": sorted(found.facet_values, key=_numerically),
        **_assets(wanted.images, (), "", found),
    }
    return {**made, "customFields": customs} if customs else made


def product_changes(
    wanted: WantedProduct, standing: StandingProduct, found: Found, about: About, *, with_id: bool
) -> Input:
    """The input that updates a product, without its id; empty if nothing differs."""
    changed: Input = {}
    if texts := _product_texts(wanted, standing, about):
        changed["translations"] = texts
    customs = _customs(wanted.customs, standing.customs, about.product_fields.values())
    if with_id and standing.external_id != wanted.key:
        customs[EXTERNAL_ID] = wanted.key
    if customs:
        changed["customFields"] = customs
    if wanted.enabled is not None and wanted.enabled != standing.enabled:
        changed["enabled"] = wanted.enabled
    there = set(standing.facet_values)
    should_be = (there - found.our_values) | found.facet_values
    if should_be != there:
        changed["facetValueIds"] = sorted(should_be, key=_numerically)
    return {**changed, **_assets(wanted.images, standing.assets, standing.featured, found)}


def new_variant(
    wanted: WantedVariant, product_id: str, found: Found, about: About, *, with_id: bool
) -> Input:
    """The input that creates a variant. It cannot be sold without a price.

    Vendure heeds one price here; others are an update.
    """
    customs = dict(wanted.customs)
    if with_id:
        customs[EXTERNAL_ID] = wanted.uuid
    made: Input = {
        "productId": product_id,
        "sku": wanted.sku,
        "enabled": about.currency in wanted.prices,
        "translations": _variant_texts(wanted, {}, {}, about),
        **_assets(wanted.images, (), "", found),
    }
    if about.currency in wanted.prices:
        made["price"] = wanted.prices[about.currency]
    if wanted.options:
        made["optionIds"] = list(wanted.options)
    return {**made, "customFields": customs} if customs else made


def variant_changes(
    wanted: WantedVariant,
    standing: StandingVariant,
    found: Found,
    about: About,
    *,
    with_id: bool,
) -> Input:
    """The input that updates a variant, without its id; empty if nothing differs."""
    changed: Input = {}
    if wanted.sku and wanted.sku != standing.sku:
        changed["sku"] = wanted.sku
    if texts := _variant_texts(wanted, standing.names, standing.texts, about):
        changed["translations"] = texts
    customs = _customs(wanted.customs, standing.customs, about.variant_fields.values())
    if with_id and standing.external_id != wanted.uuid:
        customs[EXTERNAL_ID] = wanted.uuid
    if customs:
        changed["customFields"] = customs
    if prices := price_changes(wanted.prices, standing.prices):
        changed["prices"] = prices
    if set(wanted.options) != set(standing.options.values()):
        changed["optionIds"] = list(wanted.options)
    return {**changed, **_assets(wanted.images, standing.assets, standing.featured, found)}


def price_changes(wanted: Mapping[str, int], standing: Mapping[str, int]) -> list[Input]:
    """The prices that differ."""
    return [
        {"currencyCode": currency, "price": price}
        for currency, price in wanted.items()
        if standing.get(currency) != price
    ]


def renamed_slugs(wanted: WantedProduct, slugs: Mapping[str, str]) -> dict[str, str]:
    """The slugs that the shop made of wanted ones because another product has those."""
    return {
        text: slugs[language]
        for language, text in wanted.slugs.items()
        if language in slugs and slugs[language] != slugified(text)
    }


def _product_texts(
    wanted: WantedProduct, standing: StandingProduct | None, about: About
) -> list[Input]:
    said = _languages(wanted.names, wanted.slugs, wanted.descriptions, wanted.texts)
    entries = []
    for language in said:
        if standing is not None and language in standing.names:
            entry = _changed_texts(wanted, standing, language, about)
        else:
            entry = _new_texts(wanted, standing, language, about)
        if entry:
            entries.append({"languageCode": language, **entry})
    return entries


def _changed_texts(
    wanted: WantedProduct, standing: StandingProduct, language: str, about: About
) -> Input:
    entry: Input = {}
    name, slug = wanted.names.get(language), wanted.slugs.get(language)
    if name and name != standing.names[language]:
        entry["name"] = name
    if slug and not is_slug_of(standing.slugs[language], slug):
        entry["slug"] = slug
    description = wanted.descriptions.get(language)
    if description is not None and description != standing.descriptions[language]:
        entry["description"] = description
    return {**entry, **_custom_texts(wanted.texts, standing.texts, language, about.product_fields)}


def _new_texts(
    wanted: WantedProduct, standing: StandingProduct | None, language: str, about: About
) -> Input:
    """A whole translation, which needs a name and a slug; none if there is nothing to say."""
    texts = _custom_texts(wanted.texts, {}, language, about.product_fields)
    name, description = wanted.names.get(language), wanted.descriptions.get(language)
    if not (name or description or texts or wanted.slugs.get(language)):
        return {}
    name = name or _any_name(wanted.names or (standing.names if standing else {}), about)
    return {
        "name": name,
        "slug": wanted.slugs.get(language) or slugified(name),
        "description": description or "",
        **texts,
    }


def _variant_texts(
    wanted: WantedVariant, names: Mapping[str, str], texts: Texts, about: About
) -> list[Input]:
    entries = []
    for language in _languages(wanted.names, wanted.texts):
        entry = _custom_texts(wanted.texts, texts, language, about.variant_fields)
        name = wanted.names.get(language)
        if language not in names and (name or entry):
            entry["name"] = name or _any_name(wanted.names or names, about)
        elif name and name != names[language]:
            entry["name"] = name
        if entry:
            entries.append({"languageCode": language, **entry})
    return entries


def _custom_texts(
    wanted: Texts, standing: Texts, language: str, fields: Mapping[str, CustomField]
) -> Input:
    there = standing.get(language, {})
    changed = _customs(wanted.get(language, {}), there, fields.values())
    return {"customFields": changed} if changed else {}


def _customs(
    wanted: Mapping[str, Any], standing: Mapping[str, Any], fields: Iterable[CustomField]
) -> Input:
    by_name = {field.name: field for field in fields}
    return {
        name: value
        for name, value in wanted.items()
        if not same(value, standing.get(name), by_name[name])
    }


def _assets(
    images: tuple[str, ...] | None, standing: Sequence[str], featured: str, found: Found
) -> Input:
    """The pictures: ours in their order, then those that the shop's people added.

    Ours that could not be had this time stay.
    """
    if images is None:
        return {}
    placed = list(dict.fromkeys(found.assets[one] for one in images if one in found.assets))
    kept = found.ours if len(placed) < len(set(images)) else frozenset()
    rest = [one for one in standing if one not in placed and (one not in found.ours or one in kept)]
    changed: Input = {}
    ours_there = [one for one in standing if one in placed or one in found.ours]
    if ours_there != [*placed, *(one for one in rest if one in found.ours)]:
        changed["assetIds"] = [*placed, *rest]
    if placed and featured != placed[0] and (not featured or featured in {*found.ours, *placed}):
        changed["featuredAssetId"] = placed[0]
    return changed


def _languages(*texts: Mapping[str, object]) -> list[str]:
    return list(dict.fromkeys(language for one in texts for language in one))


def _any_name(names: Mapping[str, str], about: About) -> str:
    return names.get(about.language) or next(iter(names.values()))


def _numerically(id_: str) -> tuple[int, str]:
    return len(id_), id_
