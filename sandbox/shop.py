"""A shop that takes products over the `http` channel, and shows them."""

from flask import Blueprint


class Shop:
    """What the shop holds."""


def blueprint(shop: Shop) -> Blueprint:
    """Everything under /shop."""
    return Blueprint("shop", __name__, url_prefix="/shop")
