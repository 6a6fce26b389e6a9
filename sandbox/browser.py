"""The PIM user's browser session, and which requests of a browser are believed."""

import secrets
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from sandbox.state import App, Person, Pim

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADINGS = {400: "This did not work", 403: "Not allowed", 404: "Not found"}
_PERSON, _ROUTE = "username", "route"


def prepare_sessions(pim: Pim, routes: Blueprint) -> None:
    """Give the application that these routes are added to a session cookie of its own.

    Browsers share cookies between the ports of a host, so two PIMs, and the app, must not use one
    name. Sessions end with the process, as everything in the sandbox does.
    """
    port = urlsplit(pim.base_url).port or 0

    def configure(state: BlueprintSetupState) -> None:
        state.app.config.update(
            SESSION_COOKIE_NAME=f"sandbox_{port}",
            SESSION_COOKIE_SAMESITE="Lax",
            SECRET_KEY=state.app.config["SECRET_KEY"] or secrets.token_hex(32),
        )

    routes.record_once(configure)


def refuse_strangers(pim: Pim, routes: Blueprint) -> None:
    """Answer 403 to what another site makes a browser send to these routes.

    Every browser names the page's origin with a POST; what sends neither header is a script. The
    host is checked as well, since a name that resolves to loopback would be an origin of its own.
    """
    own_name = urlsplit(pim.base_url).hostname

    def check() -> None:
        if urlsplit(request.host_url).hostname not in _LOCAL_NAMES | {own_name}:
            abort(403, "The sandbox answers under its own name only.")
        if request.method in _SAFE_METHODS:
            return
        origin = request.headers.get("Origin", request.host_url.rstrip("/"))
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if origin != request.host_url.rstrip("/") or site not in ("same-origin", "none"):
            abort(403, "This form was sent from another site.")

    routes.before_request(check)


def refusal_page(error: HTTPException) -> ResponseReturnValue:
    """What is refused, for people."""
    status = error.code or 500
    heading = _HEADINGS.get(status, error.name)
    page = render_template("pim/refused.html", heading=heading, text=error.description)
    return page, status, error.get_headers(request.environ)


def log_in(pim: Pim, username: str, password: str) -> Person | None:
    """Sign the browser in, if name and password fit."""
    person = pim.people.get(username)
    if person is None or not secrets.compare_digest(person.password.encode(), password.encode()):
        return None
    session.clear()
    session[_PERSON] = person.username
    return person


def current_person(pim: Pim) -> Person | None:
    """Who is signed in in this browser."""
    return pim.people.get(session.get(_PERSON, ""))


def signed_in(pim: Pim) -> Person:
    """Who asks, behind a check that somebody is signed in."""
    person = current_person(pim)
    if person is None:
        abort(403, "Log in first.")
    return person


def app_or_404(pim: Pim, client_id: str) -> App:
    """The app with this client id."""
    app = pim.apps.get(client_id)
    if app is None:
        abort(404, "No app with this client id exists in this PIM.")
    return app


def to_log_in() -> Response:
    """To the log-in page, and from there back to where the browser is now."""
    return redirect(url_for("screens.login", next=request.full_path.rstrip("?")))


def local_path(candidate: str) -> str:
    """The candidate if it is a path of this server, otherwise the home screen's."""
    is_harmless = candidate.startswith("/") and not candidate.startswith(("//", "/\\"))
    return candidate if is_harmless and candidate.isprintable() else url_for("screens.home")


def to_route(route: str) -> Response:
    """To a screen of the PIM, by the address that a PIM gives it: behind a `#`.

    A server never sees what stands behind `#`. The home screen's script goes there; a browser
    without scripts finds the route, remembered in its session, as a link on the home screen.
    """
    session[_ROUTE] = route
    return redirect(f"/#{route}")


def take_route() -> str:
    """The route that this browser was last sent to, once; "" if there is none."""
    route: str = session.pop(_ROUTE, "")
    return route


def say(text: str, tone: str = "good") -> None:
    """A message on the next page; `tone` is good, bad or plain."""
    flash(text, tone)
