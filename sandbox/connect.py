"""The addresses through which apps and a PIM get connected (pim-contract.md 1.2)."""

import hashlib
import hmac
import re
from collections.abc import Mapping

from flask import Blueprint, abort, jsonify, redirect, request, session
from flask.typing import ResponseReturnValue

from sandbox import scopes
from sandbox.authorization import (
    InvalidRequest,
    NotAllowed,
    Pending,
    Step,
    callback_address,
    next_step,
    read_request,
)
from sandbox.browser import current_person, to_log_in, to_route
from sandbox.identity import id_token
from sandbox.rest.gate import app_or_401
from sandbox.state import App, Code, Pim

CODE_LIFETIME = 30.0  # seconds

_PENDING = "pending"


def blueprint(pim: Pim) -> Blueprint:
    """Everything under /connect/apps/v1."""
    routes = Blueprint("connect", __name__, url_prefix="/connect/apps/v1")

    @routes.get("/authorize")
    def authorize() -> ResponseReturnValue:
        person = current_person(pim)
        if person is None:
            return to_log_in()
        with pim.lock:
            try:
                pending = read_request(pim, person, request.args)
                step = next_step(pim, person, pending)
            except InvalidRequest as error:
                return to_route(f"/connect/apps/authorize?error={error.key}")
            except NotAllowed as error:
                abort(403, str(error))
            if step is Step.NONE:
                return redirect(callback_address(pim, person, pending))
        remember(pending)
        screen = "authorize" if step is Step.WIZARD else "authenticate"
        return to_route(f"/connect/apps/{screen}?client_id={pending.client_id}")

    @routes.post("/oauth2/token")
    def token() -> ResponseReturnValue:
        with pim.lock:
            try:
                app, code = redeem(pim, request.form)
            except TokenProblem as problem:
                return jsonify(problem.body), 400
            return jsonify(_token_answer(pim, app, code)), 200, {"Cache-Control": "no-store"}

    @routes.get("/openid/public-key")
    def public_key() -> ResponseReturnValue:
        pem = pim.signing_keys.public_pem()
        if pem is None:
            return jsonify("The public key is missing."), 500
        return jsonify(public_key=pem)

    @routes.post("/scopes/update")
    def update_scopes() -> ResponseReturnValue:
        """Tell the PIM's managers that the app would like more; it grants nothing."""
        with pim.lock:
            app = app_or_401(pim)
            wanted = scopes.known(request.args.get("scopes", "").split()) - pim.unknown_scopes
            if scopes.expand(wanted) - scopes.expand(app.scopes):
                app.outdated_scopes = True
        return jsonify("Ok")

    @routes.get("/connected_app/<client_id>")
    def connected_app(client_id: str) -> ResponseReturnValue:
        return _for_managers(pim) or to_route(
            f"/connect/connected-apps/{connection_code(_connected(pim, client_id))}"
        )

    @routes.get("/catalogs/<catalog_id>")
    def catalog(catalog_id: str) -> ResponseReturnValue:
        refusal = _for_managers(pim)
        if refusal is not None:
            return refusal
        known = pim.catalogs.get(catalog_id)
        if known is None:
            abort(404, "No app has a catalog with this id.")
        code = connection_code(_connected(pim, known.client_id))
        return to_route(f"/connect/connected-apps/{code}/catalogs/{catalog_id}")

    return routes


def remember(pending: Pending) -> None:
    """Keep the request in the browser's session; an app's newer request replaces its older one."""
    session[_PENDING] = session.get(_PENDING, {}) | {pending.client_id: pending.as_json()}


def pending_for(client_id: str) -> Pending | None:
    """The request that waits for this browser's answer."""
    value = session.get(_PENDING, {}).get(client_id)
    return None if value is None else Pending.from_json(value)


def forget(client_id: str) -> None:
    """The request was answered."""
    waiting = session.get(_PENDING, {})
    session[_PENDING] = {key: value for key, value in waiting.items() if key != client_id}


def connection_code(app: App) -> str:
    """The code of the connection that the PIM made for the app."""
    name = re.sub(r"[^a-z0-9]+", "_", app.name.casefold()).strip("_")
    return f"{name[:60] or 'app'}_{app.client_id[:8]}"


class TokenProblem(ValueError):
    """Why a code is not exchanged; `body` is the answer's."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.body = {"error": error}
        if description:
            self.body["error_description"] = description


def redeem(pim: Pim, form: Mapping[str, str]) -> tuple[App, Code]:
    """Use up the code of a token request; the rules in the PIM's own order (pim-contract.md 1.5).

    The challenge comes first, so a wrong secret hides a bad code.
    """
    client_id, value = form.get("client_id", ""), form.get("code", "")
    identifier, challenge = form.get("code_identifier", ""), form.get("code_challenge", "")
    app, code = pim.apps.get(client_id), pim.codes.get(value)
    if client_id and identifier and challenge and not _fits(app, identifier, challenge):
        raise TokenProblem("invalid_client")
    if not client_id:
        raise TokenProblem("invalid_request")
    if app is None:
        raise TokenProblem("invalid_client")
    if not value:
        raise TokenProblem("invalid_request")
    if code is None or code.used or code.client_id != client_id or not app.connected:
        raise TokenProblem("invalid_grant", "Code is not valid")
    if pim.clock() - code.issued_at > CODE_LIFETIME:
        raise TokenProblem("invalid_grant", "Code has expired")
    if form.get("grant_type") != "authorization_code":
        raise TokenProblem("unsupported_grant_type")
    if not identifier or not challenge:
        raise TokenProblem("invalid_request")
    code.used = True
    return app, code


def _fits(app: App | None, identifier: str, challenge: str) -> bool:
    if app is None:
        return False
    expected = hashlib.sha256(f"{identifier}{app.client_secret}".encode()).hexdigest()
    return hmac.compare_digest(expected.encode(), challenge.encode())


def _token_answer(pim: Pim, app: App, code: Code) -> dict[str, str]:
    """The app's one token; a fresh one only if its scopes changed or it has none."""
    person = pim.people[code.username]
    consents = person.consents.get(app.client_id, set())
    shown = consents if "openid" in consents else set()
    answer = {
        "access_token": pim.issue_token(app),
        "token_type": "bearer",  # nosec B105  # a kind of token
        "scope": " ".join(sorted(app.scopes | shown)),
    }
    if shown:
        answer["id_token"] = id_token(pim, app, person, shown)
    return answer


def _for_managers(pim: Pim) -> ResponseReturnValue | None:
    person = current_person(pim)
    if person is None:
        return to_log_in()
    if not person.may_manage_apps:
        abort(403, "You are not allowed to manage apps.")
    return None


def _connected(pim: Pim, client_id: str) -> App:
    app = pim.apps.get(client_id)
    if app is None or not app.connected:
        abort(404, "No app with this client id is connected to this PIM.")
    return app
