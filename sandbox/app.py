"""The sandbox as one web application: a PIM, a shop, and what makes them fail."""

import contextlib
import time

from flask import Flask, Response, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from sandbox import connect, control, failing, rest, screens, shop
from sandbox.browser import refusal_page
from sandbox.events import api as events_api
from sandbox.rest.gate import bearer_token
from sandbox.rest.problems import problem
from sandbox.state import Pim

_TOKEN_PATH = "/connect/apps/v1/oauth2/token"  # noqa: S105  # nosec B105  # an address
_RECORDED = ("/api/", "/connect/apps/v1/")
_MAY_FAIL = ("/shop/ingest", events_api.PREFIX)  # beside the API


def create_app(pim: Pim, own_shop: shop.Shop) -> Flask:
    """The application. The PIM is at the root, the shop at /shop/, the controls at /sandbox/."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider

    @app.before_request
    def count() -> None:
        g.running = contextlib.ExitStack()
        g.fault = None
        if pim.recorder is not None:
            request.get_data()  # kept for the record; once a form is read, its body is gone
        if _is_api(request.path):
            caller = pim.app_for_token(bearer_token())
            g.running.enter_context(pim.traffic.call(caller.client_id if caller else ""))
            time.sleep(pim.latency)

    @app.before_request
    def fail() -> Response | None:
        if _is_api(request.path) or request.path.startswith(_MAY_FAIL):
            g.fault = pim.faults.next_for(request.path)
        return failing.before(pim, g.fault, request) if g.fault else None

    @app.after_request
    def spoil_and_record(response: Response) -> Response:
        if g.fault is not None:
            response = failing.after(pim, g.fault, request, response)
        if _is_api(request.path):
            rule = request.url_rule.rule if request.url_rule else request.path
            pim.traffic.answered(f"{request.method} {rule}", response.status_code)
        if pim.recorder is not None and request.path.startswith(_RECORDED):
            pim.recorder.add(request, response, g.fault.kind if g.fault else None)
        return response

    @app.teardown_request
    def no_longer_running(_: BaseException | None) -> None:
        running = g.pop("running", None)
        if running is not None:  # the request got as far as being counted
            running.close()

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue | HTTPException:
        if error.response is not None:
            return error
        if not request.path.startswith((rest.PREFIX, events_api.PREFIX)):
            return refusal_page(error)
        if isinstance(error, NotFound):
            return problem(404, f'No route found for "{request.method} {request.path}"')
        if isinstance(error, MethodNotAllowed):
            allowed = ", ".join(sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"}))
            text = f'No route found for "{request.method} {request.path}": Method Not Allowed'
            return problem(405, f"{text} (Allow: {allowed})", headers={"Allow": allowed})
        return problem(error.code or 500, error.description or error.name)

    @app.get("/")
    def home() -> ResponseReturnValue:
        return redirect("/screens/")

    app.register_blueprint(rest.blueprint(pim))
    app.register_blueprint(connect.blueprint(pim))
    app.register_blueprint(events_api.blueprint(pim))
    app.register_blueprint(screens.blueprint(pim))
    app.register_blueprint(shop.blueprint(own_shop))
    app.register_blueprint(control.blueprint(pim, own_shop))
    return app


def _is_api(path: str) -> bool:
    return path.startswith("/api/") or path == _TOKEN_PATH
