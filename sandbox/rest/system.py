"""What the API says about itself, and the custom apps that a developer makes through it."""

import re
import secrets
import uuid
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.records import App
from sandbox.rest.problems import refuse
from sandbox.state import Pim

VERSION = "20260818000000"
_MAX_APPS = 20
_MAX_LENGTH = 255
_MIN_NAME_LENGTH = 3


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
        body = request.get_json(silent=True, force=True)
        fields: dict[str, Any] = body if isinstance(body, dict) else {}
        problems = _problems(fields)
        if len(pim.apps) >= _MAX_APPS:
            problems.append(("", f"You can create up to {_MAX_APPS} custom apps."))
        if problems:
            errors = [{"propertyPath": name, "message": text} for name, text in problems]
            return jsonify(errors=errors), 422
        app = App(
            client_id=str(uuid.uuid4()),
            client_secret=secrets.token_urlsafe(32),
            name=fields["name"],
            activate_url=fields["activate_url"],
            callback_url=fields["callback_url"],
        )
        with pim.lock:
            pim.apps[app.client_id] = app
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


def _problems(fields: dict[str, Any]) -> list[tuple[str, str]]:
    problems = []
    name = fields.get("name")
    if not isinstance(name, str) or not name.strip():
        problems.append(("name", "This value should not be blank."))
    elif not _MIN_NAME_LENGTH <= len(name) <= _MAX_LENGTH:
        problems.append(("name", "This value should have between 3 and 255 characters."))
    for field in ("activate_url", "callback_url"):
        url = fields.get(field)
        if not isinstance(url, str) or not url:
            problems.append((field, "This value should not be blank."))
        elif urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            problems.append((field, "This value is not a valid URL."))
        elif len(url) > _MAX_LENGTH:
            text = f"This value is too long. It should have {_MAX_LENGTH} characters or less."
            problems.append((field, text))
    return problems


def _as_json(app: App) -> dict[str, Any]:
    return {
        "id": app.client_id,
        "name": app.name,
        "activate_url": app.activate_url,
        "callback_url": app.callback_url,
        "connected": app.connected,
    }
