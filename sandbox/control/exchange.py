"""How the controls are asked and how they answer: JSON for programs, forms for their page."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from sandbox.browser import say
from sandbox.json_text import read_json


class Refused(ValueError):
    """The request cannot be carried out; `status` is the answer's."""

    def __init__(self, message: str, status: int = 422, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": message, **more}


def body_of_request(**types: Callable[[str], object]) -> dict[str, Any]:
    """The request's JSON object or form; `types` convert the fields of a form.

    An empty field is left out, unless it is named in `types` as a list or text that may be empty.
    """
    if not is_form():
        try:
            body = read_json(request.get_data())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused("The body is not a JSON object.", 400)
        return body
    try:
        return {
            name: types[name](text) if name in types else text
            for name, text in request.form.items()
            if text or types.get(name) in (str, str.split)
        }
    except ValueError:
        raise Refused("A number is not a number.", 400) from None


def is_form() -> bool:
    return request.mimetype == "application/x-www-form-urlencoded"


def only(body: Mapping[str, object], *names: str) -> None:
    """Refuse a body with other fields than these."""
    unknown = body.keys() - set(names)
    if unknown:
        raise Refused(f"There is no {', '.join(sorted(unknown))} to set.")


def truth(text: str) -> bool:
    return text == "true"


def done(body: object, message: str) -> ResponseReturnValue:
    """JSON, unless a form of the page was sent: then back to the page with a message."""
    if is_form():
        say(message)
        return redirect(url_for("control.page"))
    return jsonify(body)


def refused(error: Refused) -> ResponseReturnValue:
    """As `done`, for what was refused."""
    if is_form():
        say(str(error), "bad")
        return redirect(url_for("control.page"))
    return jsonify(error.body), error.status
