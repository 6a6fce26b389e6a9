"""The PIM's REST API, below /api/rest/v1."""

from flask import Blueprint, Response

from sandbox.rest import (
    assets,
    catalog_models,
    catalog_products,
    catalogs,
    gate,
    mapping_schemas,
    media_files,
    media_uploads,
    product_writes,
    products,
    reference_entities,
    structure,
    structure_writes,
    system,
)
from sandbox.state import Pim

PREFIX = "/api/rest/v1"

_MODULES = (
    catalogs,
    catalog_products,
    catalog_models,
    mapping_schemas,
    products,
    product_writes,
    structure,
    structure_writes,
    reference_entities,
    media_files,
    media_uploads,
    assets,
    system,
)


def blueprint(pim: Pim) -> Blueprint:
    """Everything under /api/rest/v1."""
    routes = Blueprint("rest", __name__, url_prefix=PREFIX)

    @routes.before_request
    def check() -> Response | None:
        return gate.check(pim)

    for module in _MODULES:
        module.add_routes(pim, routes)
    return routes
