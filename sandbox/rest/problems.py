"""The REST API's answers to what it refuses (pim-contract.md 3.6)."""

from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urljoin

from flask import Response, abort, jsonify, request

from sandbox.json_text import read_json

DOCUMENTATION = "http://api.akeneo.com/documentation/"


def refuse(
    status: int,
    message: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    documentation: str = "",
) -> NoReturn:
    """End the request with the API's error envelope.

    `documentation` is a page below the docs, or a whole address.
    """
    abort(problem(status, message, errors=errors, documentation=documentation))


def problem(
    status: int,
    message: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    documentation: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The API's error envelope."""
    body: dict[str, object] = {"code": status, "message": message}
    if errors is not None:
        body["errors"] = errors
    if documentation:
        body["_links"] = {"documentation": {"href": urljoin(DOCUMENTATION, documentation)}}
    response = jsonify(body)
    response.status_code = status
    response.headers.extend(dict(headers or {}))
    return response


def invalid(errors: list[tuple[str, str]]) -> NoReturn:
    """422 with what is wrong by property."""
    refuse(
        422,
        "Validation failed.",
        errors=[{"property": name, "message": text} for name, text in errors],
    )


def json_object() -> dict[str, Any]:
    """The request's JSON object, or 400."""
    try:
        body = read_json(request.get_data())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        refuse(400, "Invalid json message received")
    return body
