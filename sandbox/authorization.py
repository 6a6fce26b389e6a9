"""What the PIM decides when an app asks for authorization (pim-contract.md 1.3, 1.4, 1.8)."""

import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from sandbox import scopes
from sandbox.state import App, Code, Person, Pim

APP_NOT_FOUND = "akeneo_connectivity.connection.connect.apps.error.app_not_found"

_CONSTRAINT = "akeneo_connectivity.connection.connect.apps.constraint."
_MAX_SCOPE_LENGTH = 1000

# What the error screen says; the keys are what the PIM's own address carries.
PROBLEMS = {
    APP_NOT_FOUND: "No app with this client id exists in this PIM.",
    f"{_CONSTRAINT}response_type.not_blank": "The app sent no response_type.",
    f"{_CONSTRAINT}response_type.must_be_code": "The app sent a response_type other than code.",
    f"{_CONSTRAINT}scope.must_be_a_string": "The app sent a scope that is not a text.",
    f"{_CONSTRAINT}scope.too_long": "The app sent a scope of more than 1000 characters.",
}


class InvalidRequest(ValueError):
    """The app's request breaks a rule; `key` is the PIM's translation key for it."""

    def __init__(self, key: str) -> None:
        super().__init__(PROBLEMS[key])
        self.key = key


class NotAllowed(Exception):
    """The person may not do this; the text says what."""


class Step(Enum):
    """What must happen before the browser goes back to the app."""

    WIZARD = "wizard"
    AUTHENTICATION = "authentication"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Pending:
    """A request for authorization, as it waits in the browser's session for the user's answer."""

    client_id: str
    scopes: frozenset[str]
    openid: frozenset[str]
    state: str | None

    def as_json(self) -> dict[str, Any]:
        return {
            "client_id": self.client_id,
            "scopes": sorted(self.scopes),
            "openid": sorted(self.openid),
            "state": self.state,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(
            value["client_id"],
            frozenset(value["scopes"]),
            frozenset(value["openid"]),
            value["state"],
        )


def read_request(pim: Pim, person: Person, query: MultiDict[str, str]) -> Pending:
    """The request, if person, app and parameters are in order.

    Raises InvalidRequest with the first rule that is broken, or NotAllowed.
    """
    client_id = query.get("client_id", "")
    if client_id not in pim.apps:
        raise InvalidRequest(APP_NOT_FOUND)
    if not person.may_manage_apps and not person.may_open_apps:
        raise NotAllowed("You are not allowed to open apps.")
    if not query.get("response_type"):
        raise InvalidRequest(f"{_CONSTRAINT}response_type.not_blank")
    if query["response_type"] != "code":
        raise InvalidRequest(f"{_CONSTRAINT}response_type.must_be_code")
    if any(name.startswith("scope[") for name in query):  # how PHP spells a list
        raise InvalidRequest(f"{_CONSTRAINT}scope.must_be_a_string")
    scope = query.get("scope", "")
    if len(scope) > _MAX_SCOPE_LENGTH:
        raise InvalidRequest(f"{_CONSTRAINT}scope.too_long")
    asked = scope.split()
    return Pending(
        client_id,
        scopes.known(asked) - pim.unknown_scopes,
        scopes.AUTHENTICATION.intersection(asked),
        query.get("state"),
    )


def next_step(pim: Pim, person: Person, pending: Pending) -> Step:
    """What the user must answer first; rescopes the app without a question where the PIM does.

    Raises NotAllowed if the app is not connected and the person may not connect it.
    """
    app = pim.apps[pending.client_id]
    if not app.connected and not person.may_manage_apps:
        raise NotAllowed("You are not allowed to connect apps. Ask somebody who manages apps.")
    if person.may_manage_apps:
        if not app.connected or new_scopes(app, pending):
            return Step.WIZARD
        # So an app gives scopes back: by asking for fewer.
        pim.grant(app, set(pending.scopes))
    if consents_to_ask(person, pending):
        return Step.AUTHENTICATION
    record_consents(person, pending)
    return Step.NONE


def new_scopes(app: App, pending: Pending) -> frozenset[str]:
    """What the app asks for beyond what it holds; reading is not new to an app that may write."""
    return scopes.expand(pending.scopes) - scopes.expand(app.scopes)


def consents_to_ask(person: Person, pending: Pending) -> frozenset[str]:
    """What of their identity the person must agree to show; to be recognized needs no question."""
    if "openid" not in pending.openid:
        return frozenset()
    return pending.openid - person.consents.get(pending.client_id, set()) - {"openid"}


def record_consents(person: Person, pending: Pending) -> None:
    """The person agrees to exactly what is asked; without `openid` to nothing."""
    if "openid" in pending.openid:
        person.consents[pending.client_id] = set(pending.openid)
    else:
        person.consents.pop(pending.client_id, None)


def connect(pim: Pim, person: Person, pending: Pending) -> None:
    """The person has said yes in the wizard: connect the app, or give it its new scopes."""
    if not person.may_manage_apps:
        raise NotAllowed("You are not allowed to connect apps. Ask somebody who manages apps.")
    app = pim.apps[pending.client_id]
    app.connected = True
    app.outdated_scopes = False
    pim.grant(app, set(pending.scopes))
    record_consents(person, pending)


def callback_address(pim: Pim, person: Person, pending: Pending) -> str:
    """Where the browser goes with a fresh code, which is good for 30 seconds and one use."""
    value = secrets.token_urlsafe(48)
    pim.codes[value] = Code(value, pending.client_id, person.username, pim.clock(), used=False)
    parameters = {"code": value}
    if pending.state is not None:
        parameters["state"] = pending.state
    return with_query(pim.apps[pending.client_id].callback_url, parameters)


def activate_address(pim: Pim, app: App) -> str:
    """Where *Connect* and *Open app* send the browser (pim-contract.md 1.1)."""
    return with_query(app.activate_url, {"pim_url": pim.base_url})


def with_query(url: str, parameters: dict[str, str]) -> str:
    """The URL with parameters added behind those that it has."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"
