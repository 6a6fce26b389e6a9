"""The products of a catalog, raw and mapped (pim-contract.md 2.3, 2.4, 2.6)."""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.data.assortment import Product
from sandbox.extraction import Extractor
from sandbox.mapping import InvalidSelection, selection
from sandbox.records import Catalog
from sandbox.rest import documents
from sandbox.rest.catalogs import catalog_or_404, find, may_read
from sandbox.rest.gate import need
from sandbox.rest.paging import after_cursor, wants_count
from sandbox.rest.problems import invalid, refuse
from sandbox.sources import variants_of
from sandbox.state import Pim

_ATOM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_DEFAULT_LIMIT = 100
MAX_MAPPED, MAX_RAW = 100, 1000

_NO_SCHEMA = "no product mapping schema available for this catalog."
_LOOK_IT_UP = "Note that you can get catalogs status with the GET /api/rest/v1/catalogs endpoint."


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add the lists and single products of a catalog."""

    @routes.get("/catalogs/<catalog_id>/product-uuids")
    def catalog_product_uuids(catalog_id: str) -> ResponseReturnValue:
        def page(catalog: Catalog, limit: int) -> dict[str, Any]:
            body = _page(pim, catalog, "product-uuids", limit, lambda p: {"uuid": p.uuid})
            body["_embedded"]["items"] = [item["uuid"] for item in body["_embedded"]["items"]]
            if wants_count(request.args):
                body["items_count"] = sum(1 for _ in selected(pim, catalog, after=""))
            return body

        return _list(pim, catalog_id, MAX_RAW, page)

    @routes.get("/catalogs/<catalog_id>/products")
    def catalog_products(catalog_id: str) -> ResponseReturnValue:
        def page(catalog: Catalog, limit: int) -> dict[str, Any]:
            return _page(
                pim, catalog, "products", limit, lambda p: documents.product(pim.assortment, p)
            )

        return _list(pim, catalog_id, MAX_RAW, page)

    @routes.get("/catalogs/<catalog_id>/mapped-products")
    def mapped_products(catalog_id: str) -> ResponseReturnValue:
        def page(catalog: Catalog, limit: int) -> dict[str, Any]:
            if catalog.schema is None:
                return {"error": f"Impossible to map products: {_NO_SCHEMA}"}
            return _page(pim, catalog, "mapped-products", limit, mapper(pim, catalog))

        return _list(pim, catalog_id, MAX_MAPPED, page)

    @routes.get("/catalogs/<catalog_id>/products/<product_uuid>")
    def catalog_product(catalog_id: str, product_uuid: str) -> ResponseReturnValue:
        def answer(catalog: Catalog, product: Product) -> dict[str, Any]:
            return documents.product(pim.assortment, product)

        return _single(
            pim,
            catalog_id,
            product_uuid,
            answer,
            f'No product to synchronize. The catalog "{catalog_id}" has been disabled on PIM side. '
            f"{_LOOK_IT_UP}",
        )

    @routes.get("/catalogs/<catalog_id>/mapped-products/<product_uuid>")
    def mapped_product(catalog_id: str, product_uuid: str) -> ResponseReturnValue:
        def answer(catalog: Catalog, product: Product) -> dict[str, Any]:
            if catalog.schema is None:
                return {"error": f"Impossible to map the product: {_NO_SCHEMA}"}
            return mapper(pim, catalog)(product)

        return _single(
            pim,
            catalog_id,
            product_uuid,
            answer,
            f"No product to synchronize. The catalog {catalog_id} has been disabled on the PIM "
            f"side. {_LOOK_IT_UP}",
        )


def may_read_products() -> None:
    may_read()
    need("read_products", "access products")


def disabled(catalog: Catalog) -> dict[str, Any]:
    """The body, of an answer with status 200, that says that there is nothing to read."""
    return {
        "error": f"No products to synchronize. The catalog {catalog.id} has been disabled on the "
        f"PIM side. {_LOOK_IT_UP}"
    }


def limit_or_422(most: int) -> int:
    """The request's `limit`; what is no number counts as 0, and is refused as that."""
    text = request.args.get("limit", str(_DEFAULT_LIMIT))
    limit = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= limit <= most:
        invalid([("limit", f"This value should be between 1 and {most}.")])
    return limit


def selected(pim: Pim, catalog: Catalog, after: str) -> Iterator[Product]:
    """The catalog's products behind the cursor that fit the request's dates."""
    since, until = _moment("updated_after"), _moment("updated_before")
    return (
        product
        for product in pim.listed_products(catalog, after)
        # The PIM compares whole seconds, which is what it shows.
        if (since is None or int(product.updated) > since)
        and (until is None or int(product.updated) < until)
    )


def is_flat(schema: dict[str, Any]) -> bool:
    """Whether the schema wants all products side by side, not models with variants."""
    return "variants" not in schema.get("properties", {})


def mapper(pim: Pim, catalog: Catalog) -> Callable[[Product], dict[str, Any]]:
    """Makes mapped products; those of a schema of models have the targets of both levels."""
    schema = catalog.schema or {}
    properties: dict[str, Any] = schema.get("properties", {})
    if not is_flat(schema):
        properties = properties | variants_of(schema).get("properties", {})
    extractor = Extractor(catalog, pim.assortment, pim.base_url)
    return lambda product: {"uuid": product.uuid} | extractor.extract(product, properties)


def _list(
    pim: Pim, catalog_id: str, most: int, page: Callable[[Catalog, int], dict[str, Any]]
) -> ResponseReturnValue:
    may_read_products()
    with pim.lock:
        catalog = catalog_or_404(pim, catalog_id)
        limit = limit_or_422(most)
        _check_cursor()
        _moment("updated_after")
        _moment("updated_before")
        if not catalog.enabled:
            return jsonify(disabled(catalog))
        try:
            return jsonify(page(catalog, limit))
        except InvalidSelection:
            # A catalog whose selection no longer works disables itself.
            catalog.enabled = False
            return jsonify(disabled(catalog))


def _page(
    pim: Pim,
    catalog: Catalog,
    path: str,
    limit: int,
    show: Callable[[Product], dict[str, Any]],
) -> dict[str, Any]:
    found = selected(pim, catalog, request.args.get("search_after", "").lower())
    if path == "mapped-products" and not is_flat(catalog.schema or {}):
        found = (product for product in found if product.parent is None)
    url = f"{pim.base_url}/api/rest/v1/catalogs/{catalog.id}/{path}"
    return after_cursor(url, (show(product) for product in found), "uuid", limit)


def _single(
    pim: Pim,
    catalog_id: str,
    product_uuid: str,
    answer: Callable[[Catalog, Product], dict[str, Any]],
    disabled_text: str,
) -> ResponseReturnValue:
    may_read_products()
    with pim.lock:
        catalog = find(pim, catalog_id)
        if catalog is None:
            _no_product(catalog_id, product_uuid)
        if not catalog.enabled:
            return jsonify(error=disabled_text)
        try:
            product = pim.assortment.product(product_uuid.lower())
            is_listed = selection(catalog.criteria, pim.assortment)(product)
        except KeyError:
            _no_product(catalog_id, product_uuid)
        except InvalidSelection:
            catalog.enabled = False
            return jsonify(error=disabled_text)
        if not is_listed:
            _no_product(catalog_id, product_uuid)
        return jsonify(answer(catalog, product))


def _no_product(catalog_id: str, product_uuid: str) -> NoReturn:
    refuse(
        404,
        f'Either catalog "{catalog_id}" does not exist or you can\'t access it, or product '
        f'"{product_uuid}" does not exist or you do not have permission to access it.',
    )


def _check_cursor() -> None:
    cursor = request.args.get("search_after")
    if cursor is None:
        return
    try:
        uuid.UUID(cursor)
    except ValueError:
        invalid([("searchAfter", "This is not a valid UUID.")])


def _moment(name: str) -> int | None:
    """One of the request's dates as Unix time, or 422."""
    text = request.args.get(name)
    if text is None:
        return None
    if _ATOM.fullmatch(text):
        try:
            return int(dt.datetime.fromisoformat(text).timestamp())
        except ValueError:
            pass
    first, _, second = name.partition("_")
    invalid([(first + second.capitalize(), "ISO 8601 format is required.")])
