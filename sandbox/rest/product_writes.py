"""Products and product models, written (pim-contract.md 3.4, 3.5)."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from sandbox.rest.gate import need
from sandbox.rest.lines import write_lines
from sandbox.rest.problems import json_object, refuse
from sandbox.rest.saving import save_model, save_product
from sandbox.rest.writes import write_one
from sandbox.state import Pim
from sandbox.writing.products import new_uuid

_SCOPE = "write_products"
_PRODUCTS, _MODELS = "create or update products", "create or update product models"


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add what creates and changes products and models, one or many at a time."""

    @routes.patch("/products-uuid")
    def patch_products() -> ResponseReturnValue:
        need(_SCOPE, _PRODUCTS)
        return write_lines(
            "uuid",
            lambda uuid, body: save_product(pim, uuid, body, "patch_products_uuid__uuid_"),
            status_name=pim.line_status_name,
        )

    @routes.post("/products-uuid")
    def create_product() -> ResponseReturnValue:
        need(_SCOPE, _PRODUCTS)
        body = json_object()
        uuid = body.get("uuid") or new_uuid()
        if not isinstance(uuid, str):
            refuse(422, "uuid must be of type string.")
        if pim.assortment.has_product(uuid.lower()):
            refuse(
                422,
                "Validation failed.",
                errors=[
                    {
                        "property": "uuid",
                        "message": f"The {uuid} uuid is already assigned to another product.",
                    }
                ],
            )
        path = f"products-uuid/{uuid.lower()}"
        return write_one(pim, path, lambda: save_product(pim, uuid, body, "post_products_uuid"))

    @routes.patch("/products-uuid/<product_uuid>")
    def patch_product(product_uuid: str) -> ResponseReturnValue:
        need(_SCOPE, _PRODUCTS)
        body = json_object()
        path = f"products-uuid/{product_uuid.lower()}"
        return write_one(
            pim, path, lambda: save_product(pim, product_uuid, body, "patch_products_uuid__uuid_")
        )

    @routes.patch("/product-models")
    def patch_models() -> ResponseReturnValue:
        need(_SCOPE, _MODELS)
        return write_lines(
            "code", lambda code, body: save_model(pim, code, body, "patch_product_models__code_")
        )

    @routes.post("/product-models")
    def create_model() -> ResponseReturnValue:
        need(_SCOPE, _MODELS)
        body = json_object()
        code = body.get("code")
        if not isinstance(code, str) or not code:
            refuse(
                422,
                "Validation failed.",
                errors=[
                    {"property": "code", "message": "The product model code must not be empty."}
                ],
            )
        if code in pim.assortment.models:
            refuse(
                422,
                "Validation failed.",
                errors=[
                    {
                        "property": "code",
                        "message": "The same code is already set on another product model.",
                    }
                ],
            )
        path = f"product-models/{code}"
        return write_one(pim, path, lambda: save_model(pim, code, body, "post_product_model"))

    @routes.patch("/product-models/<code>")
    def patch_model(code: str) -> ResponseReturnValue:
        need(_SCOPE, _MODELS)
        body = json_object()
        path = f"product-models/{code}"
        return write_one(
            pim, path, lambda: save_model(pim, code, body, "patch_product_models__code_")
        )
