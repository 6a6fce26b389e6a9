"""The models of a catalog whose schema asks for models with variants (pim-contract.md 2.6).

A model is in the catalog if one of its variants is; the models here are the roots.
"""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.data.assortment import Model, Product, value_in
from sandbox.extraction import Extractor
from sandbox.mapping import InvalidSelection
from sandbox.records import Catalog
from sandbox.rest.catalog_products import (
    MAX_MAPPED,
    disabled,
    is_flat,
    limit_or_422,
    may_read_products,
    selected,
)
from sandbox.rest.catalogs import catalog_or_404
from sandbox.rest.paging import after_cursor
from sandbox.rest.problems import refuse
from sandbox.sources import variants_of
from sandbox.state import Pim


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add models and their variants."""

    @routes.get("/catalogs/<catalog_id>/mapped-models")
    def mapped_models(catalog_id: str) -> ResponseReturnValue:
        return _answer(pim, catalog_id, None)

    @routes.get("/catalogs/<catalog_id>/mapped-models/<model_code>/variants")
    def mapped_variants(catalog_id: str, model_code: str) -> ResponseReturnValue:
        return _answer(pim, catalog_id, model_code)


def _answer(pim: Pim, catalog_id: str, model_code: str | None) -> ResponseReturnValue:
    may_read_products()
    with pim.lock:
        catalog = catalog_or_404(pim, catalog_id)
        limit = limit_or_422(MAX_MAPPED)
        if not catalog.enabled:
            return jsonify(disabled(catalog))
        if catalog.schema is None or is_flat(catalog.schema):
            return jsonify(
                error="Impossible to map models: no product mapping schema available for this "
                "catalog."
            )
        try:
            by_root = _variants_by_root(pim, catalog)
        except InvalidSelection:
            catalog.enabled = False
            return jsonify(disabled(catalog))
        extractor = Extractor(catalog, pim.assortment, pim.base_url)
        after = request.args.get("search_after", "")
        url = f"{pim.base_url}/api/rest/v1/catalogs/{catalog.id}/mapped-models"
        if model_code is None:
            models = (pim.assortment.models[code] for code in sorted(by_root) if code > after)
            items = (_model(pim, extractor, catalog, model, url) for model in models)
            return jsonify(after_cursor(url, items, "code", limit))
        if model_code not in by_root:
            refuse(404, f'Product model "{model_code}" does not exist in this catalog.')
        variants = (variant for variant in by_root[model_code] if variant.uuid > after)
        rows = (_variant(pim, extractor, catalog, variant) for variant in variants)
        return jsonify(after_cursor(f"{url}/{model_code}/variants", rows, "uuid", limit))


def _variants_by_root(pim: Pim, catalog: Catalog) -> dict[str, list[Product]]:
    """The catalog's variants, by uuid within the code of the uppermost model."""
    found: dict[str, list[Product]] = {}
    for product in selected(pim, catalog, after=""):
        *_, root = (None, *pim.assortment.parents(product))
        if root is not None:
            found.setdefault(root.code, []).append(product)
    return found


def _model(
    pim: Pim, extractor: Extractor, catalog: Catalog, model: Model, url: str
) -> dict[str, Any]:
    properties = (catalog.schema or {})["properties"]
    return {
        "code": model.code,
        **extractor.extract(model, properties),
        "variation_axes": [
            {
                "code": axis,
                "label": extractor.labels(pim.assortment.attributes[axis]["labels"]),
            }
            for axis in _axes(pim, model)
        ],
        "variants": f"{url}/{model.code}/variants",
    }


def _variant(pim: Pim, extractor: Extractor, catalog: Catalog, variant: Product) -> dict[str, Any]:
    *_, root = pim.assortment.parents(variant)
    values = pim.assortment.values_of(variant)
    axes = []
    for axis in _axes(pim, root):
        code = value_in(values, axis, None, None)
        option = pim.assortment.options[axis].get(code, {"labels": {}})
        axes.append({"code": axis, "value": code, "label": extractor.labels(option["labels"])})
    targets = extractor.extract(variant, variants_of(catalog.schema or {}).get("properties", {}))
    return {"uuid": variant.uuid, **targets, "variation_axes_values": axes}


def _axes(pim: Pim, model: Model) -> Iterator[str]:
    variant = pim.assortment.family_variants[model.family][model.family_variant]
    for level in variant["variant_attribute_sets"]:
        yield from level["axes"]
