"""The page and the JSON API that make the sandbox misbehave."""

from flask import Blueprint

from sandbox.shop import Shop
from sandbox.state import Pim


def blueprint(pim: Pim, shop: Shop) -> Blueprint:
    """Everything under /sandbox."""
    return Blueprint("control", __name__, url_prefix="/sandbox")
