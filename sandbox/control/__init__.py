"""The page and the JSON API that make the sandbox misbehave.

Every address that changes something takes JSON, and answers with JSON, or a form of the page, and
goes back to it. It needs no log-in; only pages of the sandbox itself and programs may use it.
"""

from flask import Blueprint, render_template

from sandbox.browser import refuse_strangers
from sandbox.control import behaviour, contents, events, failures
from sandbox.control.exchange import Refused, refused
from sandbox.faults import KINDS
from sandbox.shop import Shop
from sandbox.signing import KEY_FORMATS
from sandbox.state import DISABLED_ANSWERS, Pim

# Which calls a fault of the page may strike; the control API takes any expression.
PLACES = {
    r"^/api/rest/": "Any call to the REST API",
    r"/catalogs/[^/]+/(products|mapped-products|mapped-models)": "Pages of a catalog's products",
    r"/catalogs/[^/]+/product-uuids": "Pages of a catalog's uuids",
    r"/oauth2/token$": "The token endpoint",
}
SHOP_PLACE = r"^/shop/ingest$"


def blueprint(pim: Pim, shop: Shop) -> Blueprint:
    """Everything under /sandbox."""
    routes = Blueprint("control", __name__, url_prefix="/sandbox")
    refuse_strangers(pim, routes)
    routes.register_error_handler(Refused, refused)

    @routes.get("/")
    def page() -> str:
        return render_template(
            "control.html",
            pim=pim,
            shop=shop,
            kinds=KINDS,
            places=PLACES,
            shop_place=SHOP_PLACE,
            faults=pim.faults.waiting(),
            stats=pim.traffic.as_json(),
            key_format=pim.signing_keys.format,
            key_formats=KEY_FORMATS,
            disabled_answers=DISABLED_ANSWERS,
            example=next((each.identifier for each in pim.assortment.products_after()), ""),
            catalogs=list(pim.catalogs.values()),
            apps=list(pim.apps.values()),
        )

    failures.add_routes(pim, routes)
    behaviour.add_routes(pim, shop, routes)
    contents.add_routes(pim, routes)
    events.add_routes(pim, routes)
    return routes
