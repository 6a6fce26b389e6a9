"""Kinds of channels with variants for tests alone: the sandbox shop, and a shop in memory."""

from dataclasses import replace

from channels.http import HttpAdapter
from channels.targets import SHOP_TARGETS
from tests.channels.memory import MemoryAdapter

_OF_VARIANT = {"sku", "price", "image", "color", "size", "weight", "ean", "available"}

TARGETS = tuple(replace(one, of_variant=one.code in _OF_VARIANT) for one in SHOP_TARGETS)


class HttpShopAdapter(HttpAdapter):
    """To be put into the registry with `monkeypatch.setitem(KINDS, "http-shop", …)`."""

    kind = "http-shop"
    label = "HTTP shop"
    targets = TARGETS
    max_axes = 3


class MemoryShopAdapter(MemoryAdapter):
    """The same for "memory-shop"; it takes one axis only."""

    kind = "memory-shop"
    label = "Memory shop"
    targets = TARGETS
    max_axes = 1
