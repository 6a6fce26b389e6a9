"""A shop that can do all that an adapter may declare, and a catalog with few targets mapped."""

import pytest

from catalogs.channels import create_channel
from channels.registry import KINDS
from sandbox.state import Source
from tests.channels.able import AbleAdapter, AbleShop
from tests.channels.memory import SHOPS
from tests.sync.content.able_world import in_pim


@pytest.fixture(autouse=True)
def small(small_pages):
    """Ten products a page."""


@pytest.fixture
def shop(monkeypatch):
    monkeypatch.setitem(KINDS, "able", AbleAdapter)
    monkeypatch.setitem(SHOPS, "able", AbleShop())
    return SHOPS["able"]


@pytest.fixture
def world(make_world, shop):
    world = make_world(25)
    world.catalog.delete()
    world.channel = create_channel(
        world.connection, name="Able", kind="able", values={"shop": "able"}, by_staff=True
    )
    world.catalog = world.add_catalog("Content", raw=False)
    in_pim(world).mapping = {
        "uuid": Source("uuid"),
        "sku": Source("sku"),
        "name": Source("name"),
    }
    return world
