"""Catalogs whose products the PIM maps: what arrives, and what happens without a mapping."""

import pytest

from catalogs.own_fields import add_field
from sandbox.state import Source
from sync.models import Run

pytestmark = pytest.mark.usefixtures("small_pages")


@pytest.fixture
def world(make_world):
    world = make_world(25)
    world.catalog.delete()
    world.catalog = world.add_catalog("Mapped", raw=False)
    return world


def in_pim(world):
    return world.pim.catalogs[world.catalog.pim_catalog_id]


def test_the_channel_gets_what_the_pim_makes_of_each_product(world):
    in_pim(world).mapping = {"uuid": Source("uuid"), "sku": Source("sku")}

    world.sync()

    skus = {
        uuid: {"uuid": uuid, "sku": world.pim.assortment.product(uuid).identifier}
        for uuid in world.listed()
    }
    assert world.shop.live_documents() == skus


def test_a_product_without_any_mapped_value_goes_out_with_its_uuid_alone(world):
    in_pim(world).mapping = {}

    run = world.sync()

    assert run.status == Run.Status.SUCCEEDED
    assert world.shop.live_documents() == {uuid: {"uuid": uuid} for uuid in world.listed()}


def test_a_field_of_the_shop_with_a_name_that_the_pim_uses_too_is_sent_when_it_changes(world):
    add_field(
        world.channel,
        code="updated",
        type="text",
        title="Updated",
        description="When the product was last looked over.",
        required=False,
    )
    world.channel.refresh_from_db()
    world.catalog.delete()
    world.catalog = world.add_catalog("Mapped", raw=False)
    in_pim(world).mapping = {"uuid": Source("uuid"), "updated": Source("sku")}
    world.sync()
    uuid = sorted(world.listed())[0]
    world.pim.edit_product(uuid, "sku", "EDITED-1", None, None)

    run = world.sync()

    assert run.pushed == 1
    assert world.shop.live_documents()[uuid] == {"uuid": uuid, "updated": "EDITED-1"}


@pytest.mark.parametrize("path", [r"/product-uuids\?", r"/mapped-products\?"])
def test_a_schema_that_is_removed_meanwhile_leaves_the_shop_as_it_is(world, path):
    world.sync()
    before = world.shop.live_documents()
    world.pim.edit_product(sorted(before)[0], "sku", "EDITED-1", None, None)

    def remove_schema():
        in_pim(world).schema = None

    world.between.meanwhile(path, remove_schema)
    run = world.sync(full=True)

    assert run.status == Run.Status.STOPPED
    assert "has lost its mapping schema" in run.problem
    assert world.shop.live_documents() == before


def test_without_a_schema_a_new_product_is_not_asked_for_either(world):
    product = world.pim.assortment.product(sorted(world.listed())[0])
    product.enabled = False
    world.sync()
    before = world.shop.live_documents()
    product.enabled = True

    def remove_schema():
        in_pim(world).schema = None

    world.between.meanwhile(r"/mapped-products\?", remove_schema)
    run = world.sync()

    assert (run.status, run.mode) == (Run.Status.STOPPED, Run.Mode.DELTA)
    assert "has lost its mapping schema" in run.problem
    assert world.shop.live_documents() == before
