"""Which parts of products and models a request asks to see (pim-contract.md 3.3)."""

from collections.abc import Mapping
from typing import Any

from sandbox.completeness import completenesses, quality_scores
from sandbox.data.assortment import Assortment, Model, Product
from sandbox.data.designs import Values
from sandbox.rest import documents
from sandbox.rest.problems import refuse


class Showing:
    """Shows items with what the request asks for.

    `attributes`, `locales` and `scope` leave values out; `with_attribute_options`,
    `with_quality_scores` and `with_completenesses` add something.
    """

    def __init__(self, assortment: Assortment, asked: Mapping[str, str]) -> None:
        """Raises 422 for what does not exist."""
        self._assortment = assortment
        self._attributes = _list_of(asked, "attributes")
        self._locales = _list_of(asked, "locales")
        self._scope = asked.get("scope")
        self._extras = {name for name, value in asked.items() if value == "true"}
        for code in self._attributes or ():
            if code not in assortment.attributes:
                refuse(422, f'Attribute "{code}" does not exist.')
        for code in self._locales or ():
            if not assortment.locales.get(code, {}).get("enabled"):
                refuse(422, f'Locale "{code}" does not exist or is not activated.')
        self._tree: set[str] | None = None
        if self._scope is not None:
            if self._scope not in assortment.channels:
                refuse(422, f'Scope "{self._scope}" does not exist.')
            root = assortment.channels[self._scope]["category_tree"]
            self._tree = assortment.with_children({root})

    def holds(self, item: Product | Model) -> bool:
        """Whether the item is in the category tree of the PIM channel that is asked for."""
        return self._tree is None or not self._tree.isdisjoint(item.categories)

    def __call__(self, item: Product | Model) -> dict[str, Any]:
        if isinstance(item, Product):
            document = documents.product(self._assortment, item)
        else:
            document = documents.model(self._assortment, item)
        values = document["values"]
        document["values"] = self._shown(values)
        if "with_quality_scores" in self._extras:
            document["quality_scores"] = quality_scores(self._assortment, item, values)
        if "with_completenesses" in self._extras and isinstance(item, Product):
            document["completenesses"] = completenesses(self._assortment, item, values)
        return document

    def _shown(self, values: Values) -> Values:
        shown = {
            code: [entry for entry in entries if self._is_shown(entry)]
            for code, entries in values.items()
            if self._attributes is None or code in self._attributes
        }
        if "with_attribute_options" in self._extras:
            shown = {
                code: [entry | self._linked_data(code, entry["data"]) for entry in entries]
                for code, entries in shown.items()
            }
        return {code: entries for code, entries in shown.items() if entries}

    def _is_shown(self, entry: dict[str, Any]) -> bool:
        locale, scope = entry["locale"], entry["scope"]
        return (self._locales is None or locale is None or locale in self._locales) and (
            self._scope is None or scope is None or scope == self._scope
        )

    def _linked_data(self, attribute: str, data: Any) -> dict[str, Any]:
        options = self._assortment.options.get(attribute, {})
        if isinstance(data, str) and data in options:
            return {"linked_data": _option(options[data])}
        if isinstance(data, list) and options:
            known = (code for code in data if code in options)  # others were removed since
            return {"linked_data": {code: _option(options[code]) for code in known}}
        return {}


def _option(option: dict[str, Any]) -> dict[str, Any]:
    return {name: option[name] for name in ("attribute", "code", "labels")}


def _list_of(asked: Mapping[str, str], name: str) -> list[str] | None:
    text = asked.get(name)
    return text.split(",") if text else None
