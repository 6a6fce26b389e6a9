"""Controls of what fails next, and what was asked of the PIM so far."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.exchange import Refused, body_of_request, done
from sandbox.faults import Fault
from sandbox.state import Pim


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add faults and counters."""

    @routes.get("/faults")
    def list_faults() -> ResponseReturnValue:
        return jsonify(pim.faults.waiting())

    @routes.post("/faults")
    def add_fault() -> ResponseReturnValue:
        body = body_of_request(times=int, after=int, seconds=float, retry_after=int)
        try:
            fault = Fault.from_json(body)
        except ValueError as error:
            raise Refused(str(error)) from None
        pim.faults.add(fault)
        return done(fault.as_json(), "The fault waits for its call.")

    @routes.delete("/faults")
    @routes.post("/faults/clear")
    def clear_faults() -> ResponseReturnValue:
        pim.faults.clear()
        return done([], "No fault waits any more.")

    @routes.get("/stats")
    def stats() -> ResponseReturnValue:
        return jsonify(pim.traffic.as_json())

    @routes.delete("/stats")
    @routes.post("/stats/reset")
    def reset_stats() -> ResponseReturnValue:
        pim.traffic.reset()
        return done(pim.traffic.as_json(), "The counters start again.")
