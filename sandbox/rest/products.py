"""Products and product models of the whole PIM (pim-contract.md 3.2, 3.3, 3.8)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.data.assortment import Model, Product
from sandbox.rest.gate import need
from sandbox.rest.paging import after_cursor, limit_of, numbered, self_link
from sandbox.rest.problems import json_object, refuse
from sandbox.rest.search import matcher, named_models, named_products, parse
from sandbox.rest.showing import Showing
from sandbox.state import Pim

_SCOPE = "read_products"
_GONE = "does not exist or you do not have permission to access it."
_MOST_CRITERIA, _MOST_MEMBERS = 20, 800  # of a search by POST


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add products by uuid, and models."""

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
        _check_size(asked)
        return _list(pim, "products-uuid", asked | request.args.to_dict())

    @routes.get("/products-uuid/<product_uuid>")
    def get_product(product_uuid: str) -> ResponseReturnValue:
        need(_SCOPE, "list products")
        try:
            found = pim.assortment.product(product_uuid.lower())
        except KeyError:
            refuse(404, f"Product {product_uuid} {_GONE}")
        return jsonify(Showing(pim.assortment, request.args)(found))

    @routes.get("/product-models")
    def list_models() -> ResponseReturnValue:
        need(_SCOPE, "list product models")
        return _list(pim, "product-models", request.args)

    @routes.get("/product-models/<code>")
    def get_model(code: str) -> ResponseReturnValue:
        need(_SCOPE, "list product models")
        found = pim.assortment.models.get(code)
        if found is None:
            refuse(404, f'Product model "{code}" {_GONE}')
        return jsonify(Showing(pim.assortment, request.args)(found))


def _list(pim: Pim, path: str, asked: Mapping[str, str]) -> ResponseReturnValue:
    url = f"{pim.base_url}/api/rest/v1/{path}"
    key = "uuid" if path == "products-uuid" else "code"
    show = Showing(pim.assortment, asked)
    fits = matcher(
        pim.assortment,
        asked.get("search"),
        pim.clock(),
        locale=asked.get("search_locale"),
        scope=asked.get("search_scope"),
    )
    is_by_cursor = _is_by_cursor(asked.get("pagination_type", "page"))
    cursor = asked.get("search_after", "") if is_by_cursor else ""
    items = _items(pim, path, cursor, asked.get("search"))
    found = (item for item in items if show.holds(item) and fits(item))

    def linked(item: Product | Model) -> dict[str, Any]:
        document = show(item)
        return {"_links": self_link(f"{url}/{document[key]}")} | document

    if is_by_cursor:
        return jsonify(after_cursor(url, map(linked, found), key, limit_of(asked), asked))
    page = numbered(url, list(found), asked, offset_limit=True)
    shown = [linked(each) for each in page["_embedded"]["items"]]
    return jsonify(page | {"_embedded": {"items": shown}})


def _items(pim: Pim, path: str, after: str, search: str | None) -> Iterable[Product | Model]:
    """What the list has behind `after`; of a search by names only what is named."""
    if path == "products-uuid":
        products = named_products(pim.assortment, search)
        if products is None:
            return pim.assortment.products_after(after)
        return (product for product in products if product.uuid > after)
    models = named_models(pim.assortment, search)
    if models is None:
        known = pim.assortment.models
        models = [known[code] for code in sorted(known)]
    return (model for model in models if model.code > after)


def _is_by_cursor(pagination_type: str) -> bool:
    if pagination_type not in ("page", "search_after"):
        refuse(422, "Pagination type does not exist.")
    return pagination_type == "search_after"


def _check_size(asked: Mapping[str, str]) -> None:
    """422 for a search by POST that is larger than the PIM allows."""
    conditions = [
        condition
        for each in parse(asked.get("search")).values()
        for condition in (each if isinstance(each, list) else [each])
    ]
    if len(conditions) > _MOST_CRITERIA:
        refuse(422, f"A search has at most {_MOST_CRITERIA} criteria.")
    lists = [each["value"] for each in conditions if isinstance(each, dict) and "value" in each]
    lists.append(asked.get("attributes", "").split(","))
    if any(isinstance(each, list) and len(each) > _MOST_MEMBERS for each in lists):
        refuse(422, f"A list in a search has at most {_MOST_MEMBERS} members.")


def _as_query(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
