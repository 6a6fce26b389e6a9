"""What the API says about itself, and the custom apps that a developer makes through it."""

import re
from typing import Any

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox import custom_apps
from sandbox.records import App
from sandbox.rest.problems import json_object, refuse
from sandbox.state import Pim

VERSION = "20260818000000"


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add the list of endpoints, the PIM's version and /test-apps."""

    @routes.get("")
    def index() -> ResponseReturnValue:
        return jsonify(
            host=pim.base_url,
            authentication={
                "fos_oauth_server_token": {"route": "/api/oauth/v1/token", "methods": ["POST"]}
            },
            routes=_endpoints(),
        )

    @routes.get("/system-information")
    def system_information() -> ResponseReturnValue:
        return jsonify(version=VERSION, edition=pim.edition)

    @routes.route("/test-apps", methods=["GET", "POST"])
    def test_apps() -> ResponseReturnValue:
        """Undocumented by Akeneo, without any authorization here (pim-contract.md 1.10)."""
        if request.method == "GET":
            return jsonify([_as_json(app) for app in pim.apps.values()])
        try:
            app = custom_apps.create(pim, json_object())
        except custom_apps.NotCreated as error:
            errors = [{"propertyPath": k, "message": text} for k, text in error.problems.items()]
            return jsonify(errors=errors), 422
        return jsonify(client_id=app.client_id, client_secret=app.client_secret), 201

    @routes.delete("/test-apps/<client_id>")
    def test_app(client_id: str) -> ResponseReturnValue:
        with pim.lock:
            if client_id not in pim.apps:
                refuse(404, f"Test app with {client_id} client_id was not found.")
            pim.disconnect(client_id)
            del pim.apps[client_id]
        return "", 204


def _endpoints() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for rule in current_app.url_map.iter_rules():
        if rule.endpoint.startswith("rest.") and "test_app" not in rule.endpoint:
            name = "pim_api_" + rule.endpoint.removeprefix("rest.").replace("-", "_")
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            found[name] = {"route": path, "methods": methods}
    return found


def _as_json(app: App) -> dict[str, Any]:
    return {
        "id": app.client_id,
        "name": app.name,
        "activate_url": app.activate_url,
        "callback_url": app.callback_url,
        "connected": app.connected,
    }
