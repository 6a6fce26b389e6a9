"""The `vendure` channel: products, variants, assets and collections of a Vendure shop."""

from channels.vendure.adapter import VendureAdapter

__all__ = ["VendureAdapter"]
