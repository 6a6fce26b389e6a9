"""The page and the JSON API that make the sandbox misbehave.

Every address that changes something takes JSON, and answers with JSON, or a form of the page, and
goes back to it. It needs no log-in; only pages of the sandbox itself and programs may use it.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox.browser import refuse_strangers, say
from sandbox.configuring import NotConfigurable, configure, read_criteria
from sandbox.faults import KINDS, Fault
from sandbox.identity import KEY_FORMATS, KeyFormat, signing_keys
from sandbox.shop import Shop
from sandbox.state import Catalog, Pim

# Which calls a fault of the page may strike; the control API takes any expression.
PLACES = {
    r"^/api/rest/": "Any call to the REST API",
    r"/catalogs/[^/]+/(products|mapped-products|mapped-models)": "Pages of a catalog's products",
    r"/catalogs/[^/]+/product-uuids": "Pages of a catalog's uuids",
    r"/oauth2/token$": "The token endpoint",
}
SHOP_PLACE = r"^/shop/ingest$"


class _Refused(ValueError):
    """The request cannot be carried out; `status` is the answer's."""

    def __init__(self, message: str, status: int = 422, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": message, **more}


def blueprint(pim: Pim, shop: Shop) -> Blueprint:
    """Everything under /sandbox."""
    routes = Blueprint("control", __name__, url_prefix="/sandbox")
    refuse_strangers(pim, routes)

    @routes.errorhandler(_Refused)
    def refused(error: _Refused) -> ResponseReturnValue:
        if not _is_form():
            return jsonify(error.body), error.status
        say(str(error), "bad")
        return redirect(url_for("control.page"))

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
            key_format=signing_keys().format,
            key_formats=KEY_FORMATS,
            catalogs=list(pim.catalogs.values()),
            connected=[app for app in pim.apps.values() if app.connected],
        )

    @routes.get("/faults")
    def list_faults() -> ResponseReturnValue:
        return jsonify(pim.faults.waiting())

    @routes.post("/faults")
    def add_fault() -> ResponseReturnValue:
        body = _body(times=int, after=int, seconds=float, retry_after=int)
        try:
            fault = Fault.from_json(body)
        except ValueError as error:
            raise _Refused(str(error)) from None
        pim.faults.add(fault)
        return _done(fault.as_json(), "The fault waits for its call.")

    @routes.delete("/faults")
    @routes.post("/faults/clear")
    def clear_faults() -> ResponseReturnValue:
        pim.faults.clear()
        return _done([], "No fault waits any more.")

    @routes.get("/stats")
    def stats() -> ResponseReturnValue:
        return jsonify(pim.traffic.as_json())

    @routes.delete("/stats")
    @routes.post("/stats/reset")
    def reset_stats() -> ResponseReturnValue:
        pim.traffic.reset()
        return _done(pim.traffic.as_json(), "The counters start again.")

    @routes.post("/disconnect")
    def disconnect() -> ResponseReturnValue:
        client_id = _body().get("client_id")
        with pim.lock:
            app = pim.apps.get(client_id) if isinstance(client_id, str) else None
            if app is None or not app.connected:
                raise _Refused("No app with this client id is connected.", 404)
            pim.disconnect(app.client_id)
        return _done({"client_id": client_id}, f"{app.name} is disconnected.")

    @routes.post("/rotate-key")
    def rotate_key() -> ResponseReturnValue:
        signing_keys().rotate()
        return _done({"public_key": signing_keys().public_pem()}, "The PIM signs with a new key.")

    @routes.post("/key-format")
    def key_format() -> ResponseReturnValue:
        wanted = _body().get("format")
        if wanted not in KEY_FORMATS:
            raise _Refused(f"The format must be one of {', '.join(KEY_FORMATS)}.")
        signing_keys().format = cast(KeyFormat, wanted)
        return _done({"format": wanted}, "The key is published in another form.")

    @routes.get("/catalogs")
    def list_catalogs() -> ResponseReturnValue:
        with pim.lock:
            return jsonify([_catalog_json(catalog) for catalog in pim.catalogs.values()])

    @routes.get("/catalogs/<catalog_id>")
    def show_catalog(catalog_id: str) -> ResponseReturnValue:
        """The catalog with the uuids its selection holds, whether it is enabled or not."""
        with pim.lock:
            catalog = catalog_or_refuse(catalog_id)
            uuids = [product.uuid for product in pim.listed_products(catalog)]
            return jsonify(_catalog_json(catalog) | {"uuids": uuids})

    @routes.post("/catalogs/<catalog_id>")
    def configure_catalog(catalog_id: str) -> ResponseReturnValue:
        body = _body(enabled=_truth, auto_map=_truth)
        _only(body, "enabled", "auto_map", "criteria")
        if not all(isinstance(body.get(name, True), bool) for name in ("enabled", "auto_map")):
            raise _Refused("enabled and auto_map are true or false.")
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
            raise _Refused(str(error), problems=error.problems) from None
        return _done(_catalog_json(catalog), f"{catalog.name} is saved.")

    @routes.post("/products/<key>")
    def edit_product(key: str) -> ResponseReturnValue:
        """Edit a value, enable or disable, or delete; `data` null erases."""
        body = _body()
        _only(body, "attribute", "data", "locale", "scope", "enabled", "delete")
        with pim.lock:
            try:
                if body.get("delete") is True:
                    pim.delete_product(key)
                elif isinstance(body.get("enabled"), bool):
                    pim.enable_product(key, body["enabled"])
                else:
                    _edit(pim.edit_product, key, body)
            except KeyError:
                raise _Refused("The PIM has no such product or attribute.", 404) from None
        return _done({"uuid": key}, "The product is changed.")

    @routes.post("/models/<key>")
    def edit_model(key: str) -> ResponseReturnValue:
        """Edit a value of a product model; the dates of its variants stay as they are."""
        body = _body()
        _only(body, "attribute", "data", "locale", "scope")
        try:
            _edit(pim.edit_model, key, body)
        except KeyError:
            raise _Refused("The PIM has no such model or attribute.", 404) from None
        return _done({"code": key}, "The product model is changed.")

    @routes.post("/shop")
    def set_shop() -> ResponseReturnValue:
        """`secret`, `reject` (the list of keys to refuse), `reset` true to empty the shop."""
        body = _body(reject=str.split, reset=_truth)
        _only(body, "secret", "reject", "reset")
        secret, reject = body.get("secret", shop.secret), body.get("reject", [])
        if not isinstance(secret, str):
            raise _Refused("The secret is a text.")
        if not isinstance(reject, list) or not all(isinstance(key, str) for key in reject):
            raise _Refused("reject is a list of keys.")
        with shop.lock:
            shop.secret = secret
            if "reject" in body:
                shop.reject = set(reject)
            if body.get("reset") is True:
                shop.reset()
        settings = {"reject": sorted(shop.reject), "signatures": bool(shop.secret)}
        return _done(settings, "The shop is set.")

    def catalog_or_refuse(catalog_id: str) -> Catalog:
        catalog = pim.catalogs.get(catalog_id)
        if catalog is None:
            raise _Refused("No app has a catalog with this id.", 404)
        return catalog

    return routes


def _body(**types: Callable[[str], object]) -> dict[str, Any]:
    """The request's JSON object or form; `types` convert the fields of a form, "" is left out."""
    if not _is_form():
        body = request.get_json(silent=True, force=True)
        if not isinstance(body, dict):
            raise _Refused("The body is not a JSON object.", 400)
        return body
    fields = request.form.items()
    try:
        return {
            name: types[name](text) if name in types else text
            for name, text in fields
            if text or name in ("reject", "secret")
        }
    except ValueError:
        raise _Refused("A number is not a number.", 400) from None


def _is_form() -> bool:
    return request.mimetype == "application/x-www-form-urlencoded"


def _only(body: Mapping[str, object], *names: str) -> None:
    unknown = body.keys() - set(names)
    if unknown:
        raise _Refused(f"There is no {', '.join(sorted(unknown))} to set.")


def _truth(text: str) -> bool:
    return text == "true"


def _edit(edit: Callable[..., None], key: str, body: Mapping[str, Any]) -> None:
    if not isinstance(body.get("attribute"), str) or "data" not in body:
        raise _Refused("An edit needs attribute and data.")
    edit(key, body["attribute"], body["data"], body.get("locale"), body.get("scope"))


def _catalog_json(catalog: Catalog) -> dict[str, object]:
    return {
        "id": catalog.id,
        "name": catalog.name,
        "client_id": catalog.client_id,
        "enabled": catalog.enabled,
    }


def _done(body: object, message: str) -> ResponseReturnValue:
    """JSON, unless a form of the page was sent: then back to the page with a message."""
    if _is_form():
        say(message)
        return redirect(url_for("control.page"))
    return jsonify(body)
