"""The models of a catalog whose schema asks for models with variants (pim-contract.md 2.6).

A model is in the catalog if one of its variants is; the models here are the uppermost ones. With
dates, a model fits if its own date or that of one of its variants does.
"""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from sandbox.data.assortment import Model, Product, value_in
from sandbox.data.designs import Values
from sandbox.extraction import Extractor
from sandbox.mapping import selection
from sandbox.records import Catalog
from sandbox.rest.catalog_content import MAX_MAPPED, Part, content, no_schema, page
from sandbox.rest.problems import refuse
from sandbox.sources import is_flat, variants_of
from sandbox.state import Pim


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add models and their variants."""

    @routes.get("/catalogs/<catalog_id>/mapped-models")
    def mapped_models(catalog_id: str) -> ResponseReturnValue:
        def answer(catalog: Catalog, part: Part) -> dict[str, Any]:
            if catalog.schema is None or is_flat(catalog.schema):
                return no_schema(pim, "models")
            show = _Shown(pim, catalog)
            found = (
                show.model(model)
                for code, model in sorted(pim.assortment.models.items())
                if code > part.after and model.parent is None and _is_wanted(show, model, part)
            )
            return page(pim, f"{catalog.id}/mapped-models", part, found, "code")

        return content(pim, catalog_id, MAX_MAPPED, answer, by_uuid=False)

    @routes.get("/catalogs/<catalog_id>/mapped-models/<model_code>/variants")
    def mapped_variants(catalog_id: str, model_code: str) -> ResponseReturnValue:
        def answer(catalog: Catalog, part: Part) -> dict[str, Any]:
            if catalog.schema is None or is_flat(catalog.schema):
                return no_schema(pim, "models")
            show = _Shown(pim, catalog)
            variants = list(show.variants_of(model_code))
            if not variants:
                refuse(404, f'Product model "{model_code}" does not exist in this catalog.')
            found = (
                show.variant(variant)
                for variant in variants
                if variant.uuid > part.after and part.has(variant)
            )
            path = f"{catalog.id}/mapped-models/{model_code}/variants"
            return page(pim, path, part, found, "uuid")

        return content(pim, catalog_id, MAX_MAPPED, answer)


def _is_wanted(show: "_Shown", model: Model, part: Part) -> bool:
    variants = list(show.variants_of(model.code))
    return bool(variants) and (part.has(model) or any(map(part.has, variants)))


class _Shown:
    """A catalog's models and variants in the app's own terms."""

    def __init__(self, pim: Pim, catalog: Catalog) -> None:
        self._pim = pim
        self._catalog = catalog
        self._schema = catalog.schema or {}
        self._is_listed = selection(catalog.criteria, pim.assortment)
        self._extractor = Extractor(catalog, pim.assortment, pim.base_url)

    def variants_of(self, model_code: str) -> Iterator[Product]:
        """Those of the model's variants that the catalog's selection holds."""
        return filter(self._is_listed, self._pim.assortment.variants_below(model_code))

    def model(self, model: Model) -> dict[str, Any]:
        attributes = self._pim.assortment.attributes
        return {
            "code": model.code,
            **self._extractor.extract(model, self._schema["properties"]),
            "variation_axes": [
                {"code": axis, "label": self._extractor.labels(attributes[axis]["labels"])}
                for axis in self._axes(model)
            ],
            "variants": self._variants(model),
        }

    def variant(self, variant: Product) -> dict[str, Any]:
        assortment = self._pim.assortment
        *_, root = assortment.parents(variant)
        values = assortment.values_of(variant)
        axes = [self._axis(axis, values) for axis in self._axes(root)]
        targets = variants_of(self._schema).get("properties", {})
        found = self._extractor.extract(variant, targets)
        return {"uuid": variant.uuid, **found, self._pim.axis_values_name: axes}

    def _variants(self, model: Model) -> str | list[dict[str, Any]]:
        """Where the variants are, or in some PIMs themselves."""
        if self._pim.inline_variants:
            return [self.variant(variant) for variant in self.variants_of(model.code)]
        root = f"{self._pim.base_url}/api/rest/v1/catalogs/{self._catalog.id}/mapped-models"
        return f"{root}/{model.code}/variants"

    def _axis(self, axis: str, values: Values) -> dict[str, Any]:
        """One axis value: an option's or record's code, a boolean, or an amount with its unit."""
        data = value_in(values, axis, None, None)
        labels: dict[str, str] = {}
        if isinstance(data, dict):
            data = {"amount": _number(data["amount"]), "unit": data["unit"]}
        elif isinstance(data, str):
            labels = self._pim.assortment.labels_of(axis, data)
        return {"code": axis, "value": data, "label": self._extractor.labels(labels)}

    def _axes(self, model: Model) -> Iterator[str]:
        variants = self._pim.assortment.family_variants[model.family]
        for level in variants[model.family_variant]["variant_attribute_sets"]:
            yield from level["axes"]


def _number(amount: Any) -> int | float:
    number = float(amount)
    return int(number) if number.is_integer() else number
