"""The Event Platform's API. It has a host of its own in truth; here it is beside the PIM.

Its description is not at hand: addresses and members are those that the documentation and the
platform's own log examples show, the words of refusals are the sandbox's own.
"""

from typing import Any, TypeVar

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.events.bodies import InvalidBody, check_subscriber, check_subscription
from sandbox.events.platform import time_text
from sandbox.events.records import Subscriber, Subscription
from sandbox.rest.problems import json_object, problem, refuse
from sandbox.state import Pim

_Found = TypeVar("_Found", Subscriber, Subscription)

PREFIX = "/event-platform/api/v1"
MOST_SUBSCRIBERS, MOST_SUBSCRIPTIONS = 20, 20

_REDACTED = "***redacted***"
_SECRET = "notification_webhook_secret"  # noqa: S105  # nosec B105  # the name of a member


def blueprint(pim: Pim) -> Blueprint:
    """Everything under /event-platform/api/v1."""
    routes = Blueprint("events", __name__, url_prefix=PREFIX)

    @routes.before_request
    def check() -> Response | None:
        return _refusal(pim)

    @routes.post("/subscribers")
    def create_subscriber() -> ResponseReturnValue:
        body = json_object()
        _valid(check_subscriber, body)
        with pim.events.lock:
            known = [each for each in pim.events.subscribers.values() if each.status == "active"]
            if len(known) >= MOST_SUBSCRIBERS:
                refuse(422, f"A PIM has at most {MOST_SUBSCRIBERS} subscribers.")
            now = pim.clock()
            made = Subscriber(g.client_id, body["name"], body["contact"], now, now)
            pim.events.subscribers[made.id] = made
        return jsonify(_subscriber_json(pim, made)), 201

    @routes.get("/subscribers")
    def list_subscribers() -> ResponseReturnValue:
        own = [each for each in pim.events.subscribers.values() if each.client_id == g.client_id]
        return jsonify([_subscriber_json(pim, each) for each in own])

    @routes.get("/subscribers/<subscriber_id>")
    def show_subscriber(subscriber_id: str) -> ResponseReturnValue:
        return jsonify(_subscriber_json(pim, _subscriber(pim, subscriber_id)))

    @routes.patch("/subscribers/<subscriber_id>")
    def patch_subscriber(subscriber_id: str) -> ResponseReturnValue:
        body = json_object()
        with pim.events.lock:
            found = _living(_subscriber(pim, subscriber_id))
            wanted = {"name": found.name, "contact": found.contact} | body
            if isinstance(wanted["contact"], dict):
                wanted["contact"] = found.contact | wanted["contact"]
            _valid(check_subscriber, wanted)
            found.name, found.contact = wanted["name"], wanted["contact"]
            found.updated_at = pim.clock()
        return jsonify(_subscriber_json(pim, found))

    @routes.delete("/subscribers/<subscriber_id>")
    def delete_subscriber(subscriber_id: str) -> ResponseReturnValue:
        with pim.events.lock:
            found = _subscriber(pim, subscriber_id)
            found.status = "deleted"
            for each in _subscriptions(pim, found):
                pim.events.delete(each)
        return Response(status=204)

    @routes.post("/subscribers/<subscriber_id>/subscriptions")
    def create_subscription(subscriber_id: str) -> ResponseReturnValue:
        body = json_object()
        with pim.events.lock:
            owner = _living(_subscriber(pim, subscriber_id))
            _valid(lambda given: check_subscription(given, pim.base_url), body)
            known = [each for each in _subscriptions(pim, owner) if each.status != "deleted"]
            if len(known) >= MOST_SUBSCRIPTIONS:
                refuse(422, f"A subscriber has at most {MOST_SUBSCRIPTIONS} subscriptions.")
            now = pim.clock()
            begins = now + pim.events.activation_seconds * pim.events.time_scale
            made = Subscription(
                owner, body["events"], body["config"], _settings(body), now, now, begins
            )
            pim.events.subscriptions[made.id] = made
        return jsonify(_subscription_json(made)), 201

    @routes.get("/subscribers/<subscriber_id>/subscriptions")
    def list_subscriptions(subscriber_id: str) -> ResponseReturnValue:
        owner = _subscriber(pim, subscriber_id)
        return jsonify([_subscription_json(each) for each in _subscriptions(pim, owner)])

    one = "/subscribers/<subscriber_id>/subscriptions/<subscription_id>"

    @routes.get(one)
    def show_subscription(subscriber_id: str, subscription_id: str) -> ResponseReturnValue:
        return jsonify(_subscription_json(_subscription(pim, subscriber_id, subscription_id)))

    @routes.patch(one)
    def patch_subscription(subscriber_id: str, subscription_id: str) -> ResponseReturnValue:
        body = json_object()
        with pim.events.lock:
            found = _living(_subscription(pim, subscriber_id, subscription_id))
            before = {"events": found.events, "config": found.config, **found.settings}
            wanted = before | body
            _valid(lambda given: check_subscription(given, pim.base_url), wanted)
            found.events, found.config = wanted["events"], wanted["config"]
            found.settings, found.updated_at = _settings(wanted), pim.clock()
        return jsonify(_subscription_json(found))

    @routes.delete(one)
    def delete_subscription(subscriber_id: str, subscription_id: str) -> ResponseReturnValue:
        pim.events.delete(_subscription(pim, subscriber_id, subscription_id))
        return Response(status=204)

    @routes.post(f"{one}/suspend")
    def suspend(subscriber_id: str, subscription_id: str) -> ResponseReturnValue:
        found = _living(_subscription(pim, subscriber_id, subscription_id))
        pim.events.suspend(found, by="user")
        return jsonify(_subscription_json(found))

    @routes.post(f"{one}/resume")
    def resume(subscriber_id: str, subscription_id: str) -> ResponseReturnValue:
        found = _living(_subscription(pim, subscriber_id, subscription_id))
        pim.events.resume(found)
        return jsonify(_subscription_json(found))

    return routes


def _refusal(pim: Pim) -> Response | None:
    """What a call gets before anything looks at it: three headers and a checkbox."""
    url, token = request.headers.get("X-PIM-URL", ""), request.headers.get("X-PIM-TOKEN", "")
    client_id = request.headers.get("X-PIM-CLIENT-ID", "")
    for name, value in (
        ("X-PIM-URL", url),
        ("X-PIM-TOKEN", token),
        ("X-PIM-CLIENT-ID", client_id),
    ):
        if not value:
            return problem(401, f"The header {name} is missing.")
    if url.rstrip("/") != pim.base_url:
        return problem(401, "There is no PIM at this X-PIM-URL.")
    app = pim.app_for_token(token)
    if app is None or app.client_id != client_id:
        return problem(401, "The PIM does not accept this token.")
    if client_id not in pim.events.allowed:
        return problem(403, "The app is not allowed to use the Event Platform.")
    g.client_id = client_id
    return None


def _valid(check: Any, body: dict[str, Any]) -> None:
    try:
        check(body)
    except InvalidBody as error:
        refuse(422, str(error))


def _subscriber(pim: Pim, subscriber_id: str) -> Subscriber:
    found = pim.events.subscribers.get(subscriber_id)
    if found is None or found.client_id != g.client_id:
        refuse(404, "There is no such subscriber.")
    return found


def _subscriptions(pim: Pim, owner: Subscriber) -> list[Subscription]:
    return [each for each in pim.events.subscriptions.values() if each.subscriber is owner]


def _subscription(pim: Pim, subscriber_id: str, subscription_id: str) -> Subscription:
    owner = _subscriber(pim, subscriber_id)
    found = pim.events.subscriptions.get(subscription_id)
    if found is None or found.subscriber is not owner:
        refuse(404, "There is no such subscription.")
    return found


def _living(found: _Found) -> _Found:
    """It, unless its state is one that nothing leads out of."""
    if found.status in ("deleted", "revoked"):
        refuse(422, f"This is {found.status}, which cannot be changed.")
    return found


def _settings(body: dict[str, Any]) -> dict[str, Any]:
    names = ("source", "subject", "type", "send_product_identifier", "filter")
    return {name: body[name] for name in names if name in body}


def _subscriber_json(pim: Pim, one: Subscriber) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "subject": pim.base_url,
        "status": one.status,
        "contact": {name: value for name, value in one.contact.items() if name != _SECRET},
        "created_at": time_text(one.created_at),
        "updated_at": time_text(one.updated_at),
    }


def _subscription_json(one: Subscription) -> dict[str, Any]:
    secret = {name: _REDACTED for name, value in one.config["secret"].items() if value}
    config = one.config | {"secret": secret}
    if "headers" in config:
        config["headers"] = dict.fromkeys(config["headers"], _REDACTED)
    return {
        "id": one.id,
        "subscriber_id": one.subscriber.id,
        **one.settings,
        "events": one.events,
        "config": config,
        "status": one.status,
        "created_at": time_text(one.created_at),
        "updated_at": time_text(one.updated_at),
    }
