"""What an app writes to products and models: done, and told to whoever listens."""

from typing import Any

from sandbox.events.platform import Verb
from sandbox.events.records import Author
from sandbox.rest.gate import calling_app
from sandbox.state import Pim
from sandbox.writing.models import write_model
from sandbox.writing.outcomes import Written
from sandbox.writing.products import write_product

_VERBS: dict[Written, Verb] = {Written.CREATED: "created", Written.CHANGED: "updated"}


def save_product(
    pim: Pim, uuid: str, body: dict[str, Any], anchor: str, *, may_ignore: bool = True
) -> bool:
    """Write it as the calling app; whether it was created. Raises Refusal.

    With `may_ignore` values at a wrong level are ignored, if this PIM does that.
    """
    with pim.lock:
        ignores = may_ignore and pim.wrong_level == "ignored"
        written = write_product(
            pim.assortment, uuid, body, pim.clock(), anchor, ignore_wrong_level=ignores
        )
        if verb := _VERBS.get(written):
            product = pim.assortment.product(uuid.lower())
            pim.events.tell_product(verb, product, _author(), values=_attributes(body))
    return written is Written.CREATED


def save_model(
    pim: Pim, code: str, body: dict[str, Any], anchor: str, *, may_ignore: bool = True
) -> bool:
    """As `save_product`."""
    with pim.lock:
        ignores = may_ignore and pim.wrong_level == "ignored"
        written = write_model(
            pim.assortment, code, body, pim.clock(), anchor, ignore_wrong_level=ignores
        )
        if verb := _VERBS.get(written):
            model = pim.assortment.models[code]
            pim.events.tell_model(verb, model, _author(), values=_attributes(body))
    return written is Written.CREATED


def _author() -> Author:
    return Author(calling_app().client_id, "api")


def _attributes(body: dict[str, Any]) -> list[str]:
    values = body.get("values")
    return list(values) if isinstance(values, dict) else []
