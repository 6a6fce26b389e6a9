"""Many resources in one call, each with an answer of its own (pim-contract.md 3.5)."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.json_text import read_json
from sandbox.rest.gate import COLLECTION
from sandbox.rest.problems import refuse
from sandbox.writing.refusals import Refusal

MOST_LINES = 100

_LONGEST_LINE = 1_000_000

# Writes one resource under its key; whether it was created.
Write = Callable[[str, dict[str, Any]], bool]


def write_lines(key: str, write: Write, *, status_name: str = "status_code") -> ResponseReturnValue:
    """Write each line of the request; `key` is the member that names its resource.

    `status_name` is where a refused line has its status: PIMs differ.
    """
    lines = request.get_data().split(b"\n")
    if lines[-1] == b"":
        lines.pop()  # the end of the last line, and no line
    _check_count(len(lines))
    answers = (
        {"line": number} | _answer(key, write, line, status_name, fails=_is_to_fail(number, lines))
        for number, line in enumerate(lines[: _until(len(lines))], 1)
    )
    body = "\n".join(json.dumps(each, separators=(",", ":")) for each in answers)
    return Response(body, mimetype=COLLECTION)


def write_array(write: Write) -> ResponseReturnValue:
    """Write each member of the request's array, as assets are written; answers by code."""
    try:
        found = read_json(request.get_data())
    except ValueError:
        found = None
    if not isinstance(found, list):
        refuse(400, "Invalid json message received")
    _check_count(len(found))
    answers = []
    for number, each in enumerate(found[: _until(len(found))], 1):
        try:
            if _is_to_fail(number, found):
                raise _on_purpose()
            answers.append(_written("code", write, each))
        except Refusal as error:
            code = each.get("code") if isinstance(each, dict) else None
            named = {"code": code} if isinstance(code, str) else {}
            answers.append({**named, "status_code": error.status, **error.as_json()})
    return jsonify(answers)


def _answer(
    key: str, write: Write, line: bytes, status_name: str, *, fails: bool
) -> dict[str, Any]:
    """The answer to one line, without its number; one that is no resource is not named."""
    if len(line) > _LONGEST_LINE:
        return {"status_code": 413, "message": "Line is too long."}
    try:
        resource = read_json(line)
    except ValueError:
        resource = None
    if not isinstance(resource, dict):
        return {"status_code": 400, "message": "Invalid json message received"}
    name = resource.get(key)
    if name is not None and not isinstance(name, str):
        return {"status_code": 422, "message": f"{key} must be of type string."}
    if name is None or not name.strip():
        return {"status_code": 422, "message": f"{key.capitalize()} is missing."}
    try:
        if fails:
            raise _on_purpose()
        return _written(key, write, resource)
    except Refusal as error:
        return {key: name, status_name: error.status, **error.as_json()}


def _written(key: str, write: Write, resource: Any) -> dict[str, Any]:
    name = resource.get(key) if isinstance(resource, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise Refusal(f"{key.capitalize()} is missing.")
    return {key: name, "status_code": 201 if write(name, resource) else 204}


def _check_count(count: int) -> None:
    if count > MOST_LINES:
        refuse(413, f"Too many resources to process, {MOST_LINES} is the maximum allowed.")


def _until(count: int) -> int:
    """How many are written: half of them, where a fault breaks the work off."""
    return count // 2 if _fault() == "lines-cut" else count


def _is_to_fail(number: int, of: Iterable[Any]) -> bool:
    """Whether a fault refuses this one: the one in the middle."""
    return _fault() == "line-422" and number == (len(list(of)) + 1) // 2


def _on_purpose() -> Refusal:
    return Refusal("Validation failed.", errors=[{"property": "values", "message": "On purpose."}])


def _fault() -> str:
    fault = g.get("fault")
    return fault.kind if fault else ""
