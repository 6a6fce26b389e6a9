"""A shop that can do all that an adapter may declare, and a catalog with few targets mapped."""

import pytest

from sandbox.state import Source
from tests.sync.content.able_world import in_pim, make_able, shop

__all__ = ["shop", "small", "world"]


@pytest.fixture(autouse=True)
def small(small_pages):
    """Ten products a page."""


@pytest.fixture
def world(make_world, shop):
    world = make_able(make_world, 25)
    in_pim(world).mapping = {
        "uuid": Source("uuid"),
        "sku": Source("sku"),
        "name": Source("name"),
    }
    return world
