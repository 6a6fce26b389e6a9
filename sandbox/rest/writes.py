"""What endpoints that write one resource have in common (pim-contract.md 3.4)."""

from collections.abc import Callable
from urllib.parse import quote

from flask import Response

from sandbox.rest.problems import refuse
from sandbox.state import Pim
from sandbox.writing.refusals import DOCUMENTATION, Refusal


def write_one(pim: Pim, path: str, write: Callable[[], bool]) -> Response:
    """204, or 201 for what was created, with its address below the API; or the refusal."""
    try:
        is_new = write()
    except Refusal as error:
        refuse(
            error.status,
            error.message,
            errors=error.errors,
            documentation=error.documentation and DOCUMENTATION + error.documentation,
        )
    return written(pim, path, 201 if is_new else 204)


def written(pim: Pim, path: str, status: int) -> Response:
    """The answer without a body that says where the resource is."""
    response = Response(status=status)
    response.headers["Location"] = f"{pim.base_url}/api/rest/v1/{quote(path)}"
    del response.headers["Content-Type"]
    return response
