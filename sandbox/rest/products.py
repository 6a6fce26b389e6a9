"""Products and product models of the whole PIM (pim-contract.md 3.2, 3.3, 3.8)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.data.assortment import Model, Product
from sandbox.data.designs import Values
from sandbox.rest import documents
from sandbox.rest.catalogs import json_object
from sandbox.rest.gate import need
from sandbox.rest.paging import after_cursor, limit_of, numbered, self_link
from sandbox.rest.problems import refuse
from sandbox.rest.search import matcher
from sandbox.state import Pim

_SCOPE = "read_products"
_GONE = "does not exist or you do not have permission to access it."


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add products by uuid, and models."""
    root = f"{pim.base_url}/api/rest/v1"

    @routes.get("/products-uuid")
    def list_products() -> ResponseReturnValue:
        need(_SCOPE, "list products")
        return _list(pim, "products-uuid", request.args)

    @routes.post("/products-uuid/search")
    def search_products() -> ResponseReturnValue:
        """As the list, with the conditions in the body, where `search` is a text as well."""
        need(_SCOPE, "list products")
        body = json_object()
        if not isinstance(body.get("search", ""), str):
            refuse(422, "Search query parameter should be valid JSON.")
        # The links lead to the list, with the conditions in the query: so they can be followed.
        asked = {name: _as_query(value) for name, value in body.items()}
        return _list(pim, "products-uuid", asked | request.args.to_dict())

    @routes.get("/products-uuid/<product_uuid>")
    def get_product(product_uuid: str) -> ResponseReturnValue:
        need(_SCOPE, "list products")
        with pim.lock:
            try:
                found = pim.assortment.product(product_uuid.lower())
            except KeyError:
                refuse(404, f"Product {product_uuid} {_GONE}")
            return jsonify(documents.product(pim.assortment, found))

    @routes.get("/product-models")
    def list_models() -> ResponseReturnValue:
        need(_SCOPE, "list product models")
        return _list(pim, "product-models", request.args)

    @routes.get("/product-models/<code>")
    def get_model(code: str) -> ResponseReturnValue:
        need(_SCOPE, "list product models")
        with pim.lock:
            found = pim.assortment.models.get(code)
            if found is None:
                refuse(404, f'Product model "{code}" {_GONE}')
            return jsonify(documents.model(pim.assortment, found))

    def _list(pim: Pim, path: str, asked: Mapping[str, str]) -> ResponseReturnValue:
        url = f"{root}/{path}"
        with pim.lock:
            show = _Filter(pim, asked)
            fits = matcher(
                pim.assortment,
                asked.get("search"),
                pim.clock(),
                locale=asked.get("search_locale"),
                scope=asked.get("search_scope"),
            )
            cursor = asked.get("search_after", "")
            is_cursor = _is_by_cursor(asked.get("pagination_type", "page"))
            found = (item for item in _items(pim, path, cursor if is_cursor else "") if fits(item))
            if is_cursor:
                shown = (_linked(root, path, show(item)) for item in found)
                key = "uuid" if path == "products-uuid" else "code"
                return jsonify(after_cursor(url, shown, key, limit_of(asked), asked))
            page = numbered(url, list(found), asked, offset_limit=True)
            items = [_linked(root, path, show(each)) for each in page["_embedded"]["items"]]
            return jsonify(page | {"_embedded": {"items": items}})


def _items(pim: Pim, path: str, after: str) -> Iterable[Product | Model]:
    if path == "products-uuid":
        yield from pim.assortment.products_after(after)
    else:
        models = pim.assortment.models
        yield from (models[code] for code in sorted(models) if code > after)


def _is_by_cursor(pagination_type: str) -> bool:
    if pagination_type not in ("page", "search_after"):
        refuse(422, "Pagination type does not exist.")
    return pagination_type == "search_after"


def _linked(root: str, path: str, document: dict[str, Any]) -> dict[str, Any]:
    key = document["uuid" if path == "products-uuid" else "code"]
    return {"_links": self_link(f"{root}/{path}/{key}")} | document


class _Filter:
    """Shows items with the values that the request asks for: `attributes`, `locales`, `scope`."""

    def __init__(self, pim: Pim, asked: Mapping[str, str]) -> None:
        assortment = self._assortment = pim.assortment
        self._attributes = _list_of(asked, "attributes")
        self._locales = _list_of(asked, "locales")
        self._scope = asked.get("scope")
        self._with_options = asked.get("with_attribute_options") == "true"
        for code in self._attributes or ():
            if code not in assortment.attributes:
                refuse(422, f'Attribute "{code}" does not exist.')
        for code in self._locales or ():
            if not assortment.locales.get(code, {}).get("enabled"):
                refuse(422, f'Locale "{code}" does not exist or is not activated.')
        if self._scope is not None and self._scope not in assortment.channels:
            refuse(422, f'Scope "{self._scope}" does not exist.')

    def __call__(self, item: Product | Model) -> dict[str, Any]:
        if isinstance(item, Product):
            document = documents.product(self._assortment, item)
        else:
            document = documents.model(self._assortment, item)
        return document | {"values": self._shown(document["values"])}

    def _shown(self, values: Values) -> Values:
        shown = {
            code: [entry for entry in entries if self._is_shown(entry)]
            for code, entries in values.items()
            if self._attributes is None or code in self._attributes
        }
        if self._with_options:
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
            return {"linked_data": {code: _option(options[code]) for code in data}}
        return {}


def _option(option: dict[str, Any]) -> dict[str, Any]:
    return {name: option[name] for name in ("attribute", "code", "labels")}


def _list_of(asked: Mapping[str, str], name: str) -> list[str] | None:
    text = asked.get(name)
    return text.split(",") if text else None


def _as_query(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
