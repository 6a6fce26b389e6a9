import pytest

from tests.channels.conformance import AdapterConformance
from tests.shops.vendure_stage import VendureStage


class TestVendureAdapter(AdapterConformance):
    @pytest.fixture
    def stage(self, shop, between):
        return VendureStage(shop, between)
