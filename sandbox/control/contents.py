"""Controls of what the PIM holds: an app's catalogs as their user configures them, and products."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from sandbox.configuring import NotConfigurable, configure, read_criteria
from sandbox.control.exchange import Refused, body_of_request, done, only, truth
from sandbox.data.assortment import Product
from sandbox.editing import InvalidEdit
from sandbox.mapping import InvalidSelection
from sandbox.rest import documents
from sandbox.state import Catalog, Pim

_EDIT = ("attribute", "data", "locale", "scope")


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add catalogs, products and product models."""

    @routes.get("/catalogs")
    def list_catalogs() -> ResponseReturnValue:
        return jsonify([_catalog_json(catalog) for catalog in list(pim.catalogs.values())])

    @routes.get("/catalogs/<catalog_id>")
    def show_catalog(catalog_id: str) -> ResponseReturnValue:
        """The catalog with the uuids its selection holds, whether it is enabled or not."""
        catalog = catalog_or_refuse(catalog_id)
        try:
            uuids = [product.uuid for product in pim.listed_products(catalog)]
        except InvalidSelection as error:
            raise Refused(str(error)) from None
        return jsonify(_catalog_json(catalog) | {"uuids": uuids})

    @routes.post("/catalogs/<catalog_id>")
    def configure_catalog(catalog_id: str) -> ResponseReturnValue:
        body = body_of_request(enabled=truth, auto_map=truth)
        only(body, "enabled", "auto_map", "criteria")
        if not all(isinstance(body.get(name, True), bool) for name in ("enabled", "auto_map")):
            raise Refused("enabled and auto_map are true or false.")
        catalog = catalog_or_refuse(catalog_id)
        try:
            configure(
                pim,
                catalog,
                enabled=body.get("enabled"),
                criteria=read_criteria(body["criteria"]) if "criteria" in body else None,
                auto_map=body.get("auto_map", False),
            )
        except NotConfigurable as error:
            raise Refused(str(error), problems=error.problems) from None
        return done(_catalog_json(catalog), f"{catalog.name} is saved.")

    @routes.post("/products")
    def edit_named_product() -> ResponseReturnValue:
        """As the address below, with the product's uuid or SKU as `product`."""
        body = body_of_request(enabled=truth, delete=truth)
        name = body.pop("product", None)
        if not isinstance(name, str):
            raise Refused("An edit needs product, a uuid or SKU.")
        return change(product_or_refuse(name.strip()), body)

    @routes.get("/products/<name>")
    def show_product(name: str) -> ResponseReturnValue:
        """The product with its values, as the REST API gives it."""
        return jsonify(documents.product(pim.assortment, product_or_refuse(name)))

    @routes.get("/models/<code>")
    def show_model(code: str) -> ResponseReturnValue:
        """As a product."""
        if code not in pim.assortment.models:
            raise Refused("The PIM has no such product model.", 404)
        return jsonify(documents.model(pim.assortment, pim.assortment.models[code]))

    @routes.post("/products/<name>")
    def edit_product(name: str) -> ResponseReturnValue:
        """Edit a value, enable or disable, or delete; `data` null erases."""
        return change(product_or_refuse(name), body_of_request())

    @routes.post("/models/<code>")
    def edit_model(code: str) -> ResponseReturnValue:
        """Edit a value of a product model; the dates of its variants stay as they are."""
        body = body_of_request()
        only(body, *_EDIT)
        if code not in pim.assortment.models:
            raise Refused("The PIM has no such product model.", 404)
        _edit(pim.edit_model, code, body)
        return done({"code": code}, "The product model is changed.")

    def change(product: Product, body: dict[str, Any]) -> ResponseReturnValue:
        only(body, *_EDIT, "enabled", "delete")
        answer = {"uuid": product.uuid, "identifier": product.identifier}
        try:
            if body.get("delete") is True:
                pim.delete_product(product.uuid)
                return done(answer, f"{product.identifier} is deleted.")
            if isinstance(body.get("enabled"), bool):
                pim.enable_product(product.uuid, body["enabled"])
                state = "enabled" if body["enabled"] else "disabled"
                return done(answer, f"{product.identifier} is {state}.")
            _edit(pim.edit_product, product.uuid, body)
        except KeyError:  # deleted meanwhile
            raise Refused("The PIM has no such product.", 404) from None
        answer["identifier"] = product.identifier
        return done(answer, f"{product.identifier} is changed.")

    def product_or_refuse(name: str) -> Product:
        product = pim.assortment.find_product(name)
        if product is None:
            raise Refused("The PIM has no such product.", 404)
        return product

    def catalog_or_refuse(catalog_id: str) -> Catalog:
        catalog = pim.catalogs.get(catalog_id)
        if catalog is None:
            raise Refused("No app has a catalog with this id.", 404)
        return catalog

    def _edit(edit: Callable[..., None], key: str, body: Mapping[str, Any]) -> None:
        attribute = body.get("attribute")
        if not isinstance(attribute, str) or "data" not in body:
            raise Refused("An edit needs attribute and data.")
        if attribute not in pim.assortment.attributes:
            raise Refused("The PIM has no such attribute.", 404)
        try:
            edit(key, attribute, body["data"], body.get("locale"), body.get("scope"))
        except InvalidEdit as error:
            raise Refused(str(error)) from None


def _catalog_json(catalog: Catalog) -> dict[str, object]:
    return {
        "id": catalog.id,
        "name": catalog.name,
        "client_id": catalog.client_id,
        "enabled": catalog.enabled,
    }
