"""Controls of how the PIM and the shop behave from now on."""

from typing import Any, cast

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from sandbox import custom_apps
from sandbox.control.exchange import Refused, body_of_request, done, only, truth
from sandbox.rest.mapping_schemas import VERSIONS
from sandbox.scopes import AUTHORIZATIONS
from sandbox.shop import Shop
from sandbox.signing import KEY_FORMATS, KeyFormat
from sandbox.state import (
    AXIS_VALUES_NAMES,
    DISABLED_ANSWERS,
    LINE_STATUS_NAMES,
    WRONG_LEVELS,
    App,
    AxisValuesName,
    DisabledAnswer,
    LineStatusName,
    Pim,
    WrongLevel,
)

_MOST_CATALOGS = 100_000
_LONGEST_LATENCY_MS = 60_000
_MOST_WRITES = 100_000


def add_routes(pim: Pim, shop: Shop, routes: Blueprint) -> None:
    """Add what happens to apps, the key of the ID tokens, the PIM's version and the shop."""

    @routes.post("/disconnect")
    def disconnect() -> ResponseReturnValue:
        with pim.lock:
            app = _app_of_request(pim)
            if app is None or not app.connected:
                raise Refused("No app with this client id is connected.", 404)
            pim.disconnect(app.client_id)
        return done({"client_id": app.client_id}, f"{app.name} is disconnected.")

    @routes.post("/regenerate-secret")
    def regenerate_secret() -> ResponseReturnValue:
        with pim.lock:
            app = _app_of_request(pim)
            if app is None:
                raise Refused("No app has this client id.", 404)
            custom_apps.renew_secret(pim, app)
        credentials = {"client_id": app.client_id, "client_secret": app.client_secret}
        return done(credentials, f"The new secret of {app.name} is {app.client_secret}")

    @routes.post("/rotate-key")
    def rotate_key() -> ResponseReturnValue:
        pim.signing_keys.rotate()
        return done({"public_key": pim.signing_keys.public_pem()}, "The PIM signs with a new key.")

    @routes.post("/key-format")
    def key_format() -> ResponseReturnValue:
        wanted = body_of_request().get("format")
        if wanted not in list(KEY_FORMATS):
            raise Refused(f"The format must be one of {', '.join(KEY_FORMATS)}.")
        pim.signing_keys.format = cast(KeyFormat, wanted)
        return done({"format": wanted}, "The key is published in another form.")

    @routes.get("/pim")
    def show_pim() -> ResponseReturnValue:
        return jsonify(_pim_json(pim))

    @routes.post("/pim")
    def set_pim() -> ResponseReturnValue:
        """In what PIMs differ by version and edition; all or nothing of what is given."""
        body = body_of_request(
            catalog_limit=int,
            put_schema_status=int,
            schema_versions=str.split,
            relative_links=truth,
            inline_variants=truth,
            unknown_scopes=str.split,
            latency_ms=int,
            assets=truth,
            option_writes_per_second=int,
        )
        only(body, *_pim_json(pim))
        wanted = _pim_json(pim) | body
        _check_pim(wanted)
        with pim.lock:
            pim.catalog_limit = wanted["catalog_limit"]
            pim.disabled_answer = cast(DisabledAnswer, wanted["disabled_answer"])
            pim.put_schema_status = wanted["put_schema_status"]
            pim.schema_versions = frozenset(wanted["schema_versions"])
            pim.relative_links = wanted["relative_links"]
            pim.inline_variants = wanted["inline_variants"]
            pim.axis_values_name = cast(AxisValuesName, wanted["axis_values_name"])
            pim.unknown_scopes = frozenset(wanted["unknown_scopes"])
            pim.latency = wanted["latency_ms"] / 1000
            pim.line_status_name = cast(LineStatusName, wanted["line_status_name"])
            pim.wrong_level = cast(WrongLevel, wanted["wrong_level"])
            pim.option_pace.per_second = wanted["option_writes_per_second"]
            if wanted["assets"]:
                pim.add_assets()
            pim.has_assets = wanted["assets"]
        return done(_pim_json(pim), "The PIM is set.")

    @routes.post("/shop")
    def set_shop() -> ResponseReturnValue:
        """`secret`, `reject` (the list of keys to refuse), `reset` true to empty the shop."""
        body = body_of_request(secret=str, reject=str.split, reset=truth)
        only(body, "secret", "reject", "reset")
        secret, reject = body.get("secret", shop.secret), body.get("reject", [])
        if not isinstance(secret, str):
            raise Refused("The secret is a text.")
        if not _is_list_of_texts(reject):
            raise Refused("reject is a list of keys.")
        with shop.lock:
            shop.secret = secret
            if "reject" in body:
                shop.reject = set(reject)
            if body.get("reset") is True:
                shop.reset()
        settings = {"reject": sorted(shop.reject), "signatures": bool(shop.secret)}
        return done(settings, "The shop is set.")


def _app_of_request(pim: Pim) -> App | None:
    client_id = body_of_request().get("client_id")
    return pim.apps.get(client_id) if isinstance(client_id, str) else None


def _pim_json(pim: Pim) -> dict[str, Any]:
    return {
        "catalog_limit": pim.catalog_limit,
        "disabled_answer": pim.disabled_answer,
        "put_schema_status": pim.put_schema_status,
        "schema_versions": sorted(pim.schema_versions),
        "relative_links": pim.relative_links,
        "inline_variants": pim.inline_variants,
        "axis_values_name": pim.axis_values_name,
        "unknown_scopes": sorted(pim.unknown_scopes),
        "latency_ms": round(pim.latency * 1000),
        "assets": pim.has_assets,
        "line_status_name": pim.line_status_name,
        "wrong_level": pim.wrong_level,
        "option_writes_per_second": pim.option_pace.per_second,
    }


def _check_pim(wanted: dict[str, Any]) -> None:
    for name, most in (
        ("catalog_limit", _MOST_CATALOGS),
        ("latency_ms", _LONGEST_LATENCY_MS),
        ("option_writes_per_second", _MOST_WRITES),
    ):
        number = wanted[name]
        if type(number) is not int or not 0 <= number <= most:
            raise Refused(f"{name} is a whole number from 0 to {most}.")
    if wanted["disabled_answer"] not in list(DISABLED_ANSWERS):
        raise Refused(f"disabled_answer is one of {', '.join(DISABLED_ANSWERS)}.")
    if wanted["put_schema_status"] not in (200, 201):
        raise Refused("put_schema_status is 200 or 201.")
    versions = wanted["schema_versions"]
    if not _is_list_of_texts(versions) or not set(versions) <= VERSIONS:
        raise Refused("schema_versions is a list of published versions, such as 1.0.3.")
    if wanted["line_status_name"] not in LINE_STATUS_NAMES:
        raise Refused(f"line_status_name is one of {', '.join(LINE_STATUS_NAMES)}.")
    if wanted["wrong_level"] not in WRONG_LEVELS:
        raise Refused(f"wrong_level is one of {', '.join(WRONG_LEVELS)}.")
    for name in ("relative_links", "inline_variants", "assets"):
        if not isinstance(wanted[name], bool):
            raise Refused(f"{name} is true or false.")
    if wanted["axis_values_name"] not in AXIS_VALUES_NAMES:
        raise Refused(f"axis_values_name is one of {', '.join(AXIS_VALUES_NAMES)}.")
    unknown = wanted["unknown_scopes"]
    if not _is_list_of_texts(unknown) or not set(unknown) <= AUTHORIZATIONS.keys():
        raise Refused("unknown_scopes is a list of authorization scopes, without openid and so on.")


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
