"""The PIM's screens about apps: which are connected, what each may do, and custom apps."""

import secrets
import uuid
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox import scopes
from sandbox.browser import app_or_404, say, signed_in
from sandbox.state import App, Pim

_MAX_LENGTH = 255
_MIN_NAME_LENGTH = 3


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add the screens to the PIM's other ones."""

    @routes.get("/apps")
    def connected_apps() -> str:
        return render_template("pim/apps.html", apps=list(pim.apps.values()))

    @routes.route("/apps/new", methods=["GET", "POST"])
    def new_app() -> ResponseReturnValue:
        for_managers(pim)
        if request.method == "GET":
            return render_template("pim/new_app.html", form={}, problems={})
        form = {
            field: request.form.get(field, "").strip()
            for field in ("name", "activate_url", "callback_url")
        }
        problems = custom_app_problems(form)
        if problems:
            return render_template("pim/new_app.html", form=form, problems=problems), 422
        app = App(
            client_id=str(uuid.uuid4()),
            client_secret=secrets.token_urlsafe(32),
            name=form["name"],
            activate_url=form["activate_url"],
            callback_url=form["callback_url"],
        )
        with pim.lock:
            pim.apps[app.client_id] = app
        say(f"{app.name} was created. Give its client id and secret to the app.")
        return redirect(url_for("screens.app_settings", client_id=app.client_id))

    @routes.get("/apps/<client_id>")
    def app_settings(client_id: str) -> str:
        for_managers(pim)
        app = app_or_404(pim, client_id)
        return render_template(
            "pim/app.html",
            app=app,
            authorizations=[
                text for scope, text in scopes.AUTHORIZATIONS.items() if scope in app.scopes
            ],
            catalogs=pim.catalogs_of(client_id),
        )

    @routes.route("/apps/<client_id>/disconnect", methods=["GET", "POST"])
    def disconnect(client_id: str) -> ResponseReturnValue:
        for_managers(pim)
        app = app_or_404(pim, client_id)
        if request.method == "GET":
            return render_template(
                "pim/disconnect.html", app=app, catalogs=pim.catalogs_of(client_id)
            )
        pim.disconnect(client_id)
        say(f"{app.name} is disconnected. Its token no longer works and its catalogs are gone.")
        return redirect(url_for("screens.connected_apps"))


def for_managers(pim: Pim) -> None:
    """Answer 403 unless the person may manage apps."""
    if not signed_in(pim).may_manage_apps:
        abort(403, "You are not allowed to manage apps. Ask somebody who is.")


def custom_app_problems(form: dict[str, str]) -> dict[str, str]:
    """What is wrong with a custom app's fields, by field (pim-contract.md 1.10)."""
    problems = {}
    if not _MIN_NAME_LENGTH <= len(form["name"]) <= _MAX_LENGTH:
        problems["name"] = "The name needs 3 to 255 characters."
    for field in ("activate_url", "callback_url"):
        parts = urlsplit(form[field])
        if parts.scheme not in ("http", "https") or not parts.netloc:
            problems[field] = "This is not a web address."
        elif len(form[field]) > _MAX_LENGTH:
            problems[field] = "The address is longer than 255 characters."
    return problems
