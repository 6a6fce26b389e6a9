"""Products in an app's own terms: each target's value, taken from its source (pim-contract.md 2.6).

A target without a value is left out: the PIM sends no null and no empty text. A mapping that no
longer fits its target's type has no value either.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.data.assets import TYPE as ASSETS
from sandbox.data.associations import Link, links_of
from sandbox.data.assortment import Assortment, Model, Product, value_in
from sandbox.data.designs import Values
from sandbox.records import Catalog, Source
from sandbox.sources import CHOICES, TEXTS


@dataclass(frozen=True, slots=True)
class Extractor:
    """Reads targets from items; `base_url` is where links to pictures lead."""

    catalog: Catalog
    assortment: Assortment
    base_url: str

    def extract(self, item: Product | Model, properties: dict[str, Any]) -> dict[str, Any]:
        """The values of those targets of a schema's `properties` that have one."""
        values = self.assortment.values_of(item)
        found: dict[str, Any] = {}
        if isinstance(item, Product) and "uuid" in properties:
            found["uuid"] = item.uuid
        for code, target in properties.items():
            if code in _OF_THE_PIM:
                data = self._own(item, code)
            else:
                source = self.catalog.mapping.get(code, Source(None))
                if source.source is None or "type" not in target:
                    continue
                data = self._target(target, source, item, values)
            if not _is_empty(data):
                found[code] = data
        return found

    def labels(self, labels: dict[str, str]) -> list[dict[str, str]]:
        """Labels as localized values, in the locales of the catalog."""
        return [
            {"locale": locale, "value": labels[locale]}
            for locale in self._locales()
            if labels.get(locale)
        ]

    def _own(self, item: Product | Model, code: str) -> Any:
        if code == "pim_associations":
            return list(self._associations(item)) if isinstance(item, Product) else None
        parents = [model.code for model in self.assortment.parents(item)]
        match code:
            case "pim_parent":
                return parents[0] if parents else None
            case "pim_root":
                return parents[-1] if parents else None
        return None

    def _associations(self, item: Product) -> Iterator[dict[str, Any]]:
        for code, links in links_of(self.assortment, item).items():
            yield {
                "code": code,
                "label": self.labels(self.assortment.association_types[code]["labels"]),
                "associated_objects": [
                    _to_model(one) if one.is_model else _to_product(one) for one in links
                ],
            }

    def _target(
        self, target: dict[str, Any], source: Source, item: Product | Model, values: Values
    ) -> Any:
        match target["type"]:
            case "array":
                return list(self._list(target["items"], source, item, values))
            case "object":
                return self._object(target["properties"], source, item, values)
        return self._scalar(target, source, self._data(source, item, values, source.locale))

    def _list(
        self, items: dict[str, Any], source: Source, item: Product | Model, values: Values
    ) -> Iterator[Any]:
        fields = items.get("properties", {})
        if "locale" in fields:
            for locale in self._locales():
                value = self._localized(fields["value"], source, item, values, locale)
                if not _is_empty(value):
                    yield {"locale": locale, "value": value}
            return
        data = self._data(source, item, values, source.locale)
        if "amount" in fields:
            for price in data if isinstance(data, list) else ():
                amount = _number(price["amount"])
                if amount is not None and price["currency"] in self._currencies():
                    yield {"amount": amount, "currency": price["currency"]}
            return
        for single in data if isinstance(data, list) else [data]:
            if isinstance(single, str):
                yield self._scalar(items, source, single)

    def _object(
        self, fields: dict[str, Any], source: Source, item: Product | Model, values: Values
    ) -> Any:
        if "locale" in fields:
            locale = source.locale or source.parameters.get("label_locale") or self._locales()[0]
            value = self._localized(fields["value"], source, item, values, locale)
            return None if _is_empty(value) else {"locale": locale, "value": value}
        data = self._data(source, item, values, source.locale)
        if "amount" in fields:
            price = self._price(source, data)
            amount = price and _number(price["amount"])
            return price and {"amount": amount, "currency": price["currency"]}
        if isinstance(data, dict):
            unit = source.parameters.get("unit") or data["unit"]
            value = self._measured(source, data)
            return None if value is None else {"value": value, "unit": unit}
        return None

    def _localized(
        self,
        target: dict[str, Any],
        source: Source,
        item: Product | Model,
        values: Values,
        locale: str,
    ) -> Any:
        parameters = source.parameters | {"label_locale": locale}
        return self._target(
            target, Source(source.source, locale, source.scope, parameters), item, values
        )

    def _data(
        self, source: Source, item: Product | Model, values: Values, locale: str | None
    ) -> Any:
        match source.source:
            case "uuid":
                return item.uuid if isinstance(item, Product) else None
            case "identifier":
                return item.identifier if isinstance(item, Product) else item.code
            case "family":
                return item.family
            case "categories":
                return list(item.categories)
        attribute = self.assortment.attributes.get(source.source or "")
        if attribute is None:
            return None
        return value_in(
            values,
            attribute["code"],
            locale if attribute["localizable"] else None,
            source.scope if attribute["scopable"] else None,
        )

    def _scalar(self, target: dict[str, Any], source: Source, data: Any) -> Any:
        """The data as the target's type, or None if it cannot be that."""
        kind = self.assortment.attributes.get(source.source or "", {}).get("type", source.source)
        match target["type"], target.get("format"):
            case "string", "uri":
                if kind == ASSETS:
                    codes = data if isinstance(data, list) else [data]
                    return self._link_of_asset(source, next(iter(codes), None))
                is_file = kind in ("pim_catalog_image", "pim_catalog_file")
                return self._link(data) if is_file and isinstance(data, str) else None
            case "string", "date-time":
                return data if kind == "pim_catalog_date" else None
            case "string", _:
                return self._text(kind, source, data)
            case "number", _:
                if kind == "pim_catalog_metric":
                    return self._measured(source, data)
                if kind == "pim_catalog_price_collection":
                    price = self._price(source, data)
                    return price and _number(price["amount"])
                return _number(data) if kind == "pim_catalog_number" else None
            case "boolean", _:
                return data if isinstance(data, bool) else None
        return None

    def _text(self, kind: str | None, source: Source, data: Any) -> str | None:
        if kind in CHOICES or kind in ("family", "categories"):
            codes = data if isinstance(data, list) else [data]
            return ", ".join(self._label(source, code) for code in codes if isinstance(code, str))
        if kind in TEXTS or kind in ("uuid", "identifier"):
            return data if isinstance(data, str) else None
        if kind == "pim_catalog_number":
            number = _number(data)
            return None if number is None else str(number)
        return None

    def _label(self, source: Source, code: str) -> str:
        """The label of an option, record, family or category; the code where it has none."""
        match source.source:
            case "family":
                known = self.assortment.families
            case "categories":
                known = self.assortment.categories
            case _:
                known = {code: {"labels": self.assortment.labels_of(source.source or "", code)}}
        labels: dict[str, str] = known.get(code, {}).get("labels", {})
        return labels.get(source.parameters.get("label_locale") or "", code)

    def _link(self, code: str) -> str:
        return f"{self.base_url}/api/rest/v1/media-files/{code}/download"

    def _link_of_asset(self, source: Source, code: Any) -> str | None:
        """Where an asset's main file is; of a file that was replaced, elsewhere than before."""
        attribute = self.assortment.attributes[source.source or ""]
        family = self.assortment.asset_families[attribute["reference_data_name"]]
        values = family.assets.get(code, {}).get("values", {})
        files = values.get(family.attribute_as_main_media, [])
        return next(
            (f"{self.base_url}/api/rest/v1/asset-media-files/{one['data']}" for one in files), None
        )

    def _price(self, source: Source, data: Any) -> dict[str, Any] | None:
        currency = source.parameters.get("currency") or next(iter(self._currencies()), None)
        prices: Iterable[dict[str, Any]] = data if isinstance(data, list) else ()
        return next((price for price in prices if price["currency"] == currency), None)

    def _measured(self, source: Source, data: Any) -> int | float | None:
        """The amount in the mapping's unit."""
        if not isinstance(data, dict):
            return None
        wanted = source.parameters.get("unit") or data["unit"]
        attribute = self.assortment.attributes[source.source or ""]
        units = self.assortment.measurement_families[attribute["metric_family"]]["units"]
        if wanted not in units or data["unit"] not in units:
            return None
        have, want = (
            Decimal(units[unit]["convert_from_standard"][0]["value"])
            for unit in (data["unit"], wanted)
        )
        number = _number(data["amount"])
        return None if number is None else _plain(Decimal(str(number)) * have / want)

    def _locales(self) -> list[str]:
        return self.catalog.managed_locales or [
            code for code, locale in self.assortment.locales.items() if locale["enabled"]
        ]

    def _currencies(self) -> list[str]:
        return self.catalog.managed_currencies or [
            code for code, currency in self.assortment.currencies.items() if currency["enabled"]
        ]


_OF_THE_PIM = frozenset(
    {"uuid", "variants", "variation_axes", "variation_axes_values"}
    | {"pim_associations", "pim_parent", "pim_root"}
)


def _to_product(link: Link) -> dict[str, Any]:
    return {"type": "product", "uuid": link.key, **_quantity(link)}


def _to_model(link: Link) -> dict[str, Any]:
    return {"type": "model", "code": link.key, **_quantity(link)}


def _quantity(link: Link) -> dict[str, int]:
    return {} if link.quantity is None else {"quantity": link.quantity}


def _number(data: Any) -> int | float | None:
    """A number from what the PIM stores, which is a text where decimals are allowed."""
    if isinstance(data, bool) or not isinstance(data, int | float | str):
        return None
    try:
        number = Decimal(str(data))
    except InvalidOperation:
        return None
    return _plain(number) if number.is_finite() else None


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(round(number, 6))


def _is_empty(data: Any) -> bool:
    return data is None or data == "" or data == []
