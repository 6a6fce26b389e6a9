import json
from dataclasses import replace

import pytest

from channels.shopify import ShopifyAdapter
from tests.channels.conformance import SECRET, AdapterConformance, Stage, product
from tests.channels.shopify.server import Fault, running_shop
from tests.channels.shopify.stage import adapter_for, every_call

# The conformance suite's words, and the targets that they are here.
WORDS = {"name": "title", "color": "product__custom__color", "size": "product__custom__size"}


class SpeakingOfNames(ShopifyAdapter):
    """Takes documents in the words of the conformance suite."""

    def push(self, products, *, idempotency_key):
        return super().push([_translated(one) for one in products], idempotency_key=idempotency_key)


def _translated(product):
    document = json.loads(product.body)
    return replace(product, body=json.dumps({WORDS.get(k, k): v for k, v in document.items()}))


class ShopifyStage(Stage):
    def __init__(self, stand_in):
        self.stand_in = stand_in
        for key in ("color", "size"):
            stand_in.shop.define("PRODUCT", f"custom.{key}", "single_line_text_field")
        self.adapter = adapter_for(stand_in, SpeakingOfNames, access_token=SECRET)

    def holds(self):
        return {
            product["metafields"]["ferry", "pim_id"]: {
                "name": product["title"],
                "price": product["variants"][0]["price"],
                "color": product["metafields"].get(("custom", "color")),
                "size": product["metafields"].get(("custom", "size")),
            }
            for product in self.stand_in.shop.products
            if product["status"] == "ACTIVE" and product["published"]
        }

    def refused_product(self, key):
        self.stand_in.shop.refuses[f"Product {key}"] = "Vendor is too long"
        return product(key)

    def unavailable(self):
        return every_call(self.stand_in, Fault("", status=503, body={"errors": SECRET}))

    def misconfigured(self):
        return every_call(self.stand_in, Fault("", status=401, body={"errors": SECRET}))


class TestShopifyAdapter(AdapterConformance):
    @pytest.fixture
    def stage(self):
        with running_shop(token=SECRET) as stand_in:
            yield ShopifyStage(stand_in)
