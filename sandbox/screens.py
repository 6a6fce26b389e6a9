"""The PIM's own screens: log-in, home, and the consent to what an app asks for."""

import re
from urllib.parse import parse_qs

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from sandbox import app_screens, catalog_screen, scopes
from sandbox.authorization import (
    PROBLEMS,
    NotAllowed,
    Pending,
    activate_address,
    callback_address,
    connect,
    consents_to_ask,
    new_scopes,
    record_consents,
)
from sandbox.browser import (
    app_or_404,
    current_person,
    local_path,
    log_in,
    prepare_sessions,
    refuse_strangers,
    say,
    signed_in,
    take_route,
    to_log_in,
)
from sandbox.connect import connection_code, forget, pending_for
from sandbox.state import Person, Pim

_CATALOG_ROUTE = re.compile(r"/connect/connected-apps/[^/]+/catalogs/(?P<id>[^/?]+)")
_APP_ROUTE = re.compile(r"/connect/connected-apps/(?P<code>[^/?]+)")

# The wizard's steps and what its progress line calls them.
_AUTHENTICATION, _AUTHORIZATIONS = "authentication", "authorizations"


def blueprint(pim: Pim) -> Blueprint:
    """The pages that a PIM user sees, under /screens."""
    routes = Blueprint("screens", __name__, url_prefix="/screens")
    prepare_sessions(pim, routes)
    refuse_strangers(pim, routes)

    @routes.before_request
    def require_person() -> ResponseReturnValue | None:
        open_to_all = request.endpoint == "screens.login"
        return to_log_in() if not open_to_all and current_person(pim) is None else None

    @routes.context_processor
    def frame() -> dict[str, object]:
        return {"person": current_person(pim), "pim": pim}

    @routes.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return render_template("pim/login.html", people=pim.people.values())
        username = request.form.get("username", "")
        person = log_in(pim, username, request.form.get("password", ""))
        if person is not None:
            return redirect(local_path(request.args.get("next", "")))
        return render_template(
            "pim/login.html",
            people=pim.people.values(),
            username=username,
            problem="The username or the password is wrong.",
        ), 422

    @routes.post("/logout")
    def logout() -> ResponseReturnValue:
        session.clear()
        return redirect(url_for("screens.login"))

    @routes.get("/")
    def home() -> str:
        route = take_route()
        return render_template(
            "pim/home.html",
            apps=list(pim.apps.values()),
            catalogs=list(pim.catalogs.values()),
            names={app.client_id: app.name for app in list(pim.apps.values())},
            waiting=screen_of(pim, route) if route else "",
        )

    @routes.get("/route")
    def follow_route() -> ResponseReturnValue:
        """To the screen that a PIM shows behind `#`; the home page's script comes here."""
        take_route()
        return redirect(screen_of(pim, request.args.get("to", "")))

    @routes.get("/problem")
    def problem() -> ResponseReturnValue:
        key = request.args.get("error", "")
        text = PROBLEMS.get(key, "The PIM does not say why.")
        return render_template("pim/problem.html", key=key, text=text), 400

    @routes.get("/apps/<client_id>/open")
    def open_app(client_id: str) -> ResponseReturnValue:
        """*Connect* and *Open app*: to the app, with the PIM's address (pim-contract.md 1.1)."""
        app, person = app_or_404(pim, client_id), signed_in(pim)
        if not person.may_manage_apps and not (person.may_open_apps and app.connected):
            abort(403, "You are not allowed to connect apps. Ask somebody who manages apps.")
        if person.may_manage_apps:
            app.outdated_scopes = False
        return redirect(activate_address(pim, app))

    @routes.get("/consent/<client_id>")
    def consent(client_id: str) -> ResponseReturnValue:
        person, pending = signed_in(pim), pending_or_400(client_id)
        return _wizard(pim, person, pending, request.args.get("step", ""))

    @routes.post("/consent/<client_id>")
    def answer_consent(client_id: str) -> ResponseReturnValue:
        """`action` is cancel, next or confirm; `consent=on` agrees to show one's identity."""
        person, pending = signed_in(pim), pending_or_400(client_id)
        action = request.form.get("action")
        if action == "cancel":
            forget(client_id)
            say("The app was not connected.", "plain")
            return redirect(url_for("screens.home"))
        if consents_to_ask(person, pending) and request.form.get("consent") != "on":
            problem = "Tick the box to agree, or cancel."
            return _wizard(pim, person, pending, _AUTHENTICATION, problem)
        if action == "next":
            return _wizard(pim, person, pending, _AUTHORIZATIONS, agreed=True)
        with pim.lock:
            try:
                connect(pim, person, pending)
            except NotAllowed as error:
                abort(403, str(error))
            target = callback_address(pim, person, pending)
        forget(client_id)
        return redirect(target)

    @routes.route("/authenticate/<client_id>", methods=["GET", "POST"])
    def authenticate(client_id: str) -> ResponseReturnValue:
        """Only the question of identity, for an app that is connected already."""
        person, pending = signed_in(pim), pending_or_400(client_id)
        if request.form.get("action") == "cancel":
            forget(client_id)
            return redirect(url_for("screens.connected_apps"))
        if request.form.get("consent") == "on":
            with pim.lock:
                record_consents(person, pending)
                target = callback_address(pim, person, pending)
            forget(client_id)
            return redirect(target)
        problem = "Tick the box to agree, or cancel." if request.method == "POST" else ""
        return render_template(
            "pim/authenticate.html",
            app=pim.apps[client_id],
            asked=_identity(consents_to_ask(person, pending)),
            problem=problem,
        ), 422 if problem else 200

    def pending_or_400(client_id: str) -> Pending:
        app_or_404(pim, client_id)
        pending = pending_for(client_id)
        if pending is None:
            abort(400, "No app is waiting for your answer. Open the app again.")
        return pending

    app_screens.add_routes(pim, routes)
    catalog_screen.add_routes(pim, routes)
    return routes


def screen_of(pim: Pim, route: str) -> str:
    """The address of the screen that a PIM shows for a route behind `#`."""
    path, _, text = route.partition("?")
    query = {name: values[0] for name, values in parse_qs(text).items()}
    if path == "/connect/apps/authorize" and "error" in query:
        return url_for("screens.problem", error=query["error"])
    if path == "/connect/apps/authorize" and "client_id" in query:
        return url_for("screens.consent", client_id=query["client_id"])
    if path == "/connect/apps/authenticate" and "client_id" in query:
        return url_for("screens.authenticate", client_id=query["client_id"])
    if path in ("/connect/connected-apps", "/connect/app-store"):
        return url_for("screens.connected_apps")
    if match := _CATALOG_ROUTE.fullmatch(path):
        return url_for("screens.catalog", catalog_id=match["id"])
    if match := _APP_ROUTE.fullmatch(path):
        for app in pim.apps.values():
            if connection_code(app) == match["code"]:
                return url_for("screens.app_settings", client_id=app.client_id)
    return url_for("screens.home")


def _wizard(
    pim: Pim,
    person: Person,
    pending: Pending,
    step: str,
    problem: str = "",
    *,
    agreed: bool = False,
) -> ResponseReturnValue:
    app = pim.apps[pending.client_id]
    asked = consents_to_ask(person, pending)
    steps = [_AUTHENTICATION, _AUTHORIZATIONS] if asked else [_AUTHORIZATIONS]
    if step not in steps:
        step = steps[0]
    if step == _AUTHORIZATIONS and asked and not agreed:
        step = _AUTHENTICATION
    fresh = new_scopes(app, pending)
    page = render_template(
        "pim/consent.html",
        app=app,
        step=step,
        steps=steps,
        asked=_identity(asked),
        authorizations=[
            (text, app.connected and scope in fresh)
            for scope, text in scopes.AUTHORIZATIONS.items()
            if scope in pending.scopes
        ],
        agreed=agreed,
        problem=problem,
    )
    return page, 422 if problem else 200


def _identity(asked: frozenset[str]) -> list[str]:
    return [text for scope, text in scopes.AUTHENTICATIONS.items() if scope in asked]
