"""The products of a catalog, raw and mapped (pim-contract.md 2.3, 2.4, 2.6)."""

from collections.abc import Callable
from typing import Any, NoReturn

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from sandbox.data.assortment import Product
from sandbox.extraction import Extractor
from sandbox.mapping import selection
from sandbox.records import Catalog
from sandbox.rest import documents
from sandbox.rest.catalog_content import (
    MAX_MAPPED,
    MAX_RAW,
    Part,
    content,
    if_enabled,
    may_read_products,
    no_schema,
    page,
)
from sandbox.rest.catalogs import find
from sandbox.rest.paging import wants_count
from sandbox.rest.problems import refuse
from sandbox.sources import is_flat, variants_of
from sandbox.state import Pim

Show = Callable[[Product], dict[str, Any]]


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add the lists and single products of a catalog."""

    @routes.get("/catalogs/<catalog_id>/product-uuids")
    def catalog_product_uuids(catalog_id: str) -> ResponseReturnValue:
        def answer(catalog: Catalog, part: Part) -> dict[str, Any]:
            body = _page(pim, catalog, "product-uuids", part, lambda p: {"uuid": p.uuid})
            body["_embedded"]["items"] = [item["uuid"] for item in body["_embedded"]["items"]]
            if wants_count(request.args):
                body["items_count"] = sum(1 for _ in part.of(pim.listed_products(catalog)))
            return body

        return content(pim, catalog_id, MAX_RAW, answer)

    @routes.get("/catalogs/<catalog_id>/products")
    def catalog_products(catalog_id: str) -> ResponseReturnValue:
        def answer(catalog: Catalog, part: Part) -> dict[str, Any]:
            return _page(
                pim, catalog, "products", part, lambda p: documents.product(pim.assortment, p)
            )

        return content(pim, catalog_id, MAX_RAW, answer)

    @routes.get("/catalogs/<catalog_id>/mapped-products")
    def mapped_products(catalog_id: str) -> ResponseReturnValue:
        def answer(catalog: Catalog, part: Part) -> dict[str, Any]:
            if catalog.schema is None:
                return no_schema(pim, "products")
            return _page(pim, catalog, "mapped-products", part, _mapper(pim, catalog))

        return content(pim, catalog_id, MAX_MAPPED, answer)

    @routes.get("/catalogs/<catalog_id>/products/<product_uuid>")
    def catalog_product(catalog_id: str, product_uuid: str) -> ResponseReturnValue:
        catalog = _catalog(pim, catalog_id, product_uuid)
        return if_enabled(
            pim,
            catalog,
            f'No product to synchronize. The catalog "{catalog_id}" has been disabled on PIM side.',
            lambda: documents.product(pim.assortment, _product(pim, catalog, product_uuid)),
        )

    @routes.get("/catalogs/<catalog_id>/mapped-products/<product_uuid>")
    def mapped_product(catalog_id: str, product_uuid: str) -> ResponseReturnValue:
        catalog = _catalog(pim, catalog_id, product_uuid)

        def answer() -> dict[str, Any]:
            product = _product(pim, catalog, product_uuid)
            if catalog.schema is None:
                return no_schema(pim, "the product")
            return _mapper(pim, catalog)(product)

        return if_enabled(
            pim,
            catalog,
            "No product to synchronize. The catalog {id} has been disabled on the PIM side.",
            answer,
        )


def _page(pim: Pim, catalog: Catalog, path: str, part: Part, show: Show) -> dict[str, Any]:
    found = part.of(pim.listed_products(catalog, part.after))
    if path == "mapped-products" and not is_flat(catalog.schema or {}):
        found = (product for product in found if product.parent is None)
    return page(pim, f"{catalog.id}/{path}", part, map(show, found), "uuid")


def _mapper(pim: Pim, catalog: Catalog) -> Show:
    """Makes mapped products; those of a schema of models have the targets of both levels."""
    schema = catalog.schema or {}
    properties: dict[str, Any] = schema.get("properties", {})
    if not is_flat(schema):
        properties = properties | variants_of(schema).get("properties", {})
    extractor = Extractor(catalog, pim.assortment, pim.base_url)
    return lambda product: {"uuid": product.uuid} | extractor.extract(product, properties)


def _catalog(pim: Pim, catalog_id: str, product_uuid: str) -> Catalog:
    """The calling app's catalog, or the 404 that does not tell it from a product."""
    may_read_products()
    return find(pim, catalog_id) or _not_found(catalog_id, product_uuid)


def _product(pim: Pim, catalog: Catalog, product_uuid: str) -> Product:
    """The product, if the catalog's selection holds it, or 404."""
    is_listed = selection(catalog.criteria, pim.assortment)
    try:
        product = pim.assortment.product(product_uuid.lower())
    except KeyError:
        _not_found(catalog.id, product_uuid)
    return product if is_listed(product) else _not_found(catalog.id, product_uuid)


def _not_found(catalog_id: str, product_uuid: str) -> NoReturn:
    refuse(
        404,
        f'Either catalog "{catalog_id}" does not exist or you can\'t access it, or product '
        f'"{product_uuid}" does not exist or you do not have permission to access it.',
    )
