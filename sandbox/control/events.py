"""Controls of the Event Platform: who may use it, how time passes there, what went wrong."""

from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.exchange import Refused, body_of_request, done, only, truth
from sandbox.state import Pim

_LONGEST = 3600.0  # seconds of activation; nobody waits longer


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add the checkbox of an app, the platform's pace, and suspensions."""

    @routes.get("/events")
    def show_events() -> ResponseReturnValue:
        return jsonify(_events_json(pim))

    @routes.post("/events")
    def set_events() -> ResponseReturnValue:
        """`client_id` with `allowed`, `time_scale`, `activation_seconds`; each is optional."""
        body = body_of_request(allowed=truth, time_scale=float, activation_seconds=float)
        only(body, "client_id", "allowed", "time_scale", "activation_seconds")
        scale = _number(body, "time_scale", pim.events.time_scale)
        seconds = _number(body, "activation_seconds", pim.events.activation_seconds)
        client_id, allowed = body.get("client_id"), body.get("allowed")
        if (client_id is None) != (allowed is None):
            raise Refused("client_id and allowed belong together.")
        if client_id is not None:
            if not isinstance(client_id, str) or client_id not in pim.apps:
                raise Refused("No app has this client id.", 404)
            if not isinstance(allowed, bool):
                raise Refused("allowed is true or false.")
            pim.events.allow(client_id, allowed)
        pim.events.time_scale, pim.events.activation_seconds = scale, seconds
        return done(_events_json(pim), "The Event Platform is set.")

    @routes.post("/events/suspend")
    def suspend() -> ResponseReturnValue:
        """Suspend the subscription `id` as the platform does after too many failures."""
        found = pim.events.subscriptions.get(str(body_of_request().get("id")))
        if found is None:
            raise Refused("There is no such subscription.", 404)
        pim.events.suspend(found, by="system", reason="Success rate dropped below 90%")
        return done({"id": found.id, "status": found.status}, "The subscription is suspended.")


def _number(body: dict[str, Any], name: str, usual: float) -> float:
    number = body.get(name, usual)
    if type(number) not in (int, float) or not 0 <= number <= _LONGEST:
        raise Refused(f"{name} is a number from 0 to {_LONGEST:.0f}.")
    return float(number)


def _events_json(pim: Pim) -> dict[str, Any]:
    events = pim.events
    return {
        "allowed": sorted(events.allowed),
        "time_scale": events.time_scale,
        "activation_seconds": events.activation_seconds,
        "subscriptions": [
            {
                "id": each.id,
                "client_id": each.subscriber.client_id,
                "url": each.url,
                "status": each.status,
                "events": each.events,
                "rate": each.rate,
            }
            for each in list(events.subscriptions.values())
        ],
        "waiting": len(events.waiting),
        "delivered": events.delivered,
        "dropped": events.dropped,
        "lost": events.lost,
        "mails": list(events.mails),
    }
