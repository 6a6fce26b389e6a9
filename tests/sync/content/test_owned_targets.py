"""Targets that are set on new products only, or only where the shop has nothing."""

import pytest

from tests.sync.content.able_world import setting

pytestmark = pytest.mark.whole_runs


def test_what_is_set_on_new_products_only_is_not_sent_again(world, shop):
    setting(world, set_when={"name": "new", "sku": "empty"})
    world.sync()
    key = sorted(shop.products)[0]
    first = shop.last(key)
    world.pim.edit_product(key, "name", "Renamed", "en_US")

    world.sync()

    later = shop.last(key)
    assert first.data["name"]
    assert "name" not in later.data
    assert later.data["sku"] == first.data["sku"]
    assert later.if_empty == first.if_empty == {"sku"}


def test_a_product_that_comes_back_is_new(world, shop):
    setting(world, set_when={"name": "new"})
    world.sync()
    key = sorted(shop.products)[0]
    world.pim.assortment.product(key).enabled = False
    world.sync()
    world.pim.assortment.product(key).enabled = True

    world.sync()

    assert shop.last(key).data["name"]
