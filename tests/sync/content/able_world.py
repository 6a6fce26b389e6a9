"""What tests ask of a world whose catalog says what its products carry."""

import json

import pytest

from catalogs.channels import create_channel
from catalogs.content import set_content
from channels.registry import KINDS
from tests.channels.able import AbleAdapter, AbleShop
from tests.channels.memory import SHOPS


@pytest.fixture
def shop(monkeypatch):
    """A shop that can do all that an adapter may declare."""
    monkeypatch.setitem(KINDS, "able", AbleAdapter)
    monkeypatch.setitem(SHOPS, "able", AbleShop())
    return SHOPS["able"]


def make_able(make_world, number):
    """A world of so many products, with one catalog on that shop."""
    world = make_world(number)
    world.catalog.delete()
    world.channel = create_channel(
        world.connection, name="Able", kind="able", values={"shop": "able"}, by_staff=True
    )
    world.catalog = world.add_catalog("Content", raw=False)
    return world


def in_pim(world):
    return world.pim.catalogs[world.catalog.pim_catalog_id]


def setting(world, **values):
    set_content(world.again(), **values)
    return world.again()


def on_shop(shop):
    return {key: json.loads(body) for key, body in shop.products.items()}


def requests(world):
    """What the PIM was asked for since the last look."""
    asked = world.pim.traffic.as_json()["requests"]
    world.pim.traffic.reset()
    return asked
