"""The PIM's screens about apps: which are connected, what each may do, and custom apps."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox import custom_apps, scopes
from sandbox.browser import app_or_404, say, signed_in
from sandbox.state import Pim


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
        form = {field: request.form.get(field, "").strip() for field in custom_apps.FIELDS}
        try:
            app = custom_apps.create(pim, form)
        except custom_apps.NotCreated as error:
            page = render_template("pim/new_app.html", form=form, problems=error.problems)
            return page, 422
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
            may_use_events=client_id in pim.events.allowed,
        )

    @routes.post("/apps/<client_id>/events")
    def allow_events(client_id: str) -> ResponseReturnValue:
        for_managers(pim)
        app = app_or_404(pim, client_id)
        pim.events.allow(client_id, request.form.get("allowed") == "true")
        say(f"{app.name} is saved.")
        return redirect(url_for("screens.app_settings", client_id=client_id))

    @routes.post("/apps/<client_id>/secret")
    def renew_secret(client_id: str) -> ResponseReturnValue:
        for_managers(pim)
        app = app_or_404(pim, client_id)
        custom_apps.renew_secret(pim, app)
        say(f"{app.name} has a new secret. The old one no longer works: give the new one to it.")
        return redirect(url_for("screens.app_settings", client_id=client_id))

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
