"""Values that say in which shops a product is sold; what a shop remarks on one."""

import pytest

from sandbox.state import Source
from sync.models import Listing, Run
from tests.sync.content.able_world import in_pim, on_shop, setting

pytestmark = pytest.mark.whole_runs

Status = Listing.Status


def test_a_remark_of_the_shop_stays_with_the_listed_product(world, shop):
    key = sorted(world.listed())[0]
    shop.remarks[key] = "Its picture could not be fetched."

    run = world.sync()

    listing = Listing.objects.get(key=key)
    assert (run.status, run.failed) == (Run.Status.SUCCEEDED, 0)
    assert (listing.status, listing.problem) == (Status.LISTED, "Its picture could not be fetched.")


def test_values_that_no_shop_is_chosen_for_are_left_out_and_offered(world, shop):
    in_pim(world).mapping["shops"] = Source("materials")
    world.sync()
    met = set(world.again().unknown_shops)
    assert met
    material = sorted(met)[0]
    assert all(one.get("shops", []) == [] for one in on_shop(shop).values())

    setting(world, shops={**world.again().shops, material: "2"})
    world.sync()

    assert set(world.again().unknown_shops) == met - {material}
    assert {"2"} == {
        one for document in on_shop(shop).values() for one in document.get("shops", [])
    }


def test_a_value_that_no_database_takes_is_no_shop(world, shop):
    in_pim(world).mapping["shops"] = Source("materials")
    key = sorted(world.listed())[0]

    def spoil(page):
        for one in page["_embedded"]["items"]:
            if one["uuid"] == key:
                one["shops"] = ["a\0b", "known"]

    world.between.edit_json(r"/mapped-products\?", spoil, times=999)

    assert world.sync().status == Run.Status.SUCCEEDED
    assert "known" in world.again().unknown_shops
    assert "a\0b" not in world.again().unknown_shops
