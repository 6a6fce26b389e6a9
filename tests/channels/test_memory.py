from contextlib import contextmanager

import pytest
import requests

from channels.base import ChannelProduct, ConfigurationError, TransientError
from tests.channels.conformance import (
    SECRET,
    AdapterConformance,
    Stage,
    product,
)
from tests.channels.memory import SHOPS, MemoryAdapter, Shop


class MemoryStage(Stage):
    def __init__(self, shop: str) -> None:
        self.adapter = MemoryAdapter({"shop": shop, "secret": SECRET}, session=requests.Session())
        self.shop = SHOPS[shop]

    def holds(self):
        return {key: ChannelProduct(key, body).data for key, body in self.shop.products.items()}

    def refused_product(self, key):
        self.shop.refuses[key] = "The name is too long."
        return product(key)

    def unavailable(self):
        return self._fault(TransientError("The shop is closed for a moment."))

    def misconfigured(self):
        return self._fault(ConfigurationError("The shop does not know us."))

    @contextmanager
    def _fault(self, fault):
        self.shop.fault = fault
        try:
            yield
        finally:
            self.shop.fault = None


class TestMemoryAdapter(AdapterConformance):
    @pytest.fixture
    def stage(self, monkeypatch):
        monkeypatch.setitem(SHOPS, "corner shop", Shop())
        return MemoryStage("corner shop")
