"""Who may come in: token, headers and scopes of a request (pim-contract.md 1.9, 3.1)."""

from typing import cast

from flask import Response, g, request

from sandbox import scopes
from sandbox.records import App
from sandbox.rest.problems import problem, refuse
from sandbox.state import Pim

JSON = "application/json"

COLLECTION = "application/vnd.akeneo.collection+json"

_UPLOADS = frozenset({"rest.create_media_file", "rest.create_asset_file"})
_COLLECTIONS = frozenset(
    {
        *("rest.patch_products", "rest.patch_models", "rest.patch_options"),
        *("rest.patch_all_attributes", "rest.patch_all_attribute-groups"),
        "rest.patch_all_families",
    }
)

_WRITING = frozenset({"POST", "PUT", "PATCH"})

# Endpoints that need no token; of the second one a PIM asks a special permission instead.
_OPEN = frozenset({"rest.index", "rest.test_apps", "rest.test_app"})


def check(pim: Pim) -> Response | None:
    """The refusal that a request gets before anything looks at it, if it gets one."""
    if request.endpoint not in _OPEN:
        g.app_of_token = app_or_401(pim)
    return _content_type_problem() or _accept_problem()


def app_or_401(pim: Pim) -> App:
    """The app whose token the request carries, or 401 with what is wrong with the token."""
    token = bearer_token()
    if not token:
        refuse(401, "Authentication is required")
    app = pim.app_for_token(token)
    if app is None:
        end = " Your app has been disconnected from that PIM." * (token in pim.revoked_tokens)
        refuse(401, f"The access token provided is invalid.{end}")
    return app


def bearer_token() -> str:
    """The request's token; "" if it has none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def calling_app() -> App:
    """The app whose token the request carries."""
    return cast(App, g.app_of_token)


def need(scope: str, action: str) -> None:
    """Answer 403 unless the app holds the scope; `action` ends "You are not allowed to"."""
    if scope not in scopes.expand(calling_app().scopes):
        refuse(403, f"Access forbidden. You are not allowed to {action}.")


def _content_type_problem() -> Response | None:
    if request.method not in _WRITING or request.endpoint in _OPEN:
        return None
    wanted = _wanted_type()
    if not request.headers.get("Content-Type"):
        return problem(
            415, f'The "Content-Type" header is missing. "{wanted}" has to be specified as value.'
        )
    if request.mimetype != wanted:
        return problem(
            415,
            f'"{request.mimetype}" in "Content-Type" header is not valid. '
            f'Only "{wanted}" is allowed.',
        )
    return None


def _wanted_type() -> str:
    """The type of body that the endpoint takes (pim-contract.md 3.1)."""
    if request.endpoint in _UPLOADS:
        return "multipart/form-data"
    return COLLECTION if request.endpoint in _COLLECTIONS else JSON


def _accept_problem() -> Response | None:
    """The PIM looks at this header of a GET only."""
    accept = request.headers.get("Accept")
    is_file = request.endpoint in ("rest.download_media_file", "rest.download_asset_file")
    if (
        request.method != "GET"
        or accept is None
        or is_file
        or accept.strip() == JSON
        or "*/*" in accept
    ):
        return None
    return problem(406, f'"{accept}" in "Accept" header is not valid. Only "{JSON}" is allowed.')
