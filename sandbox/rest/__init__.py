"""The PIM's REST API, below /api/rest/v1."""

from flask import Blueprint, Response, jsonify

from sandbox.rest import (
    catalog_products,
    catalogs,
    gate,
    mapping_schemas,
)
from sandbox.state import Pim

PREFIX = "/api/rest/v1"


def blueprint(pim: Pim) -> Blueprint:
    """Everything under /api/rest/v1."""
    routes = Blueprint("rest", __name__, url_prefix=PREFIX)

    @routes.before_request
    def check() -> Response | None:
        return gate.check(pim)

    for module in (catalogs, catalog_products, mapping_schemas):
        module.add_routes(pim, routes)
    return routes
