"""The sandbox's assortment in a real Vendure shop, compared field by field."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from channels.base import ChannelProduct
from channels.surroundings import MemoryIds
from tests.shops.comparing import compare_with_shop, shop_state
from tests.shops.sandbox_documents import sandbox_catalog
from tests.shops.vendure_stage import adapter_for

PRODUCTS = 1500


def push_all(adapter, products: Sequence[ChannelProduct]):
    """As the engine does: in batches, some at the same time."""
    batches = [
        products[start : start + adapter.batch_size]
        for start in range(0, len(products), adapter.batch_size)
    ]
    with ThreadPoolExecutor(adapter.concurrency) as pool:
        results = pool.map(
            lambda batch: adapter.push(batch, idempotency_key="batch"), batches, timeout=600
        )
        return [result for some in results for result in some]


def refused(results):
    return [result for result in results if not result.accepted or result.message]


@pytest.fixture
def adapter(shop, between):
    return adapter_for(shop, between, ids=MemoryIds())


def test_the_whole_assortment_arrives_and_only_what_changes_is_sent(shop, between, adapter):
    with sandbox_catalog(PRODUCTS, adapter.read_fields()) as catalog:
        products = catalog.products()
        adapter.arrange("master", catalog.categories())

        results = push_all(adapter, products)

        assert refused(results) == []
        assert sum(len(one.data.get("variants", (1,))) for one in products) == catalog.size
        assert compare_with_shop(shop, products) == {}
        uploads = between.count("CreateAssets")

        # The same again, by another run.
        between.said.clear()
        again = adapter_for(shop, between, ids=adapter._ids)
        assert refused(push_all(again, products)) == []
        again.arrange("master", catalog.categories())
        assert between.changes == []
        assert uploads

        # One edit, one product that leaves.
        before = shop_state(shop)
        edited = next(one for one in products if len(one.data.get("variants", ())) > 1)
        variant = edited.data["variants"][0]
        catalog.pim.edit_product(variant["uuid"], "ean", "1234567890128")
        now = {one.key: one for one in catalog.products()}
        changed = [now[one.key] for one in products if now[one.key].body != one.body]
        assert [one.key for one in changed] == [edited.key]
        left = next(one for one in products if one.key != edited.key)
        push_all(again, changed)
        again.withdraw([left.key], idempotency_key="off")

        after = shop_state(shop)
        assert between.changes == ["UpdateVariants", "UpdateProducts"]
        assert before.keys() - after.keys() == {left.key}
        assert [key for key in after if after[key] != before[key]] == [edited.key]
        assert after[edited.key]["variants"][variant["uuid"]]["ean"] == "1234567890128"
