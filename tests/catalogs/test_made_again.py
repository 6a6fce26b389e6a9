"""Catalogs that went with a disconnection, once the PIM is connected again."""

import pytest

from catalogs.models import Catalog
from catalogs.tasks import take_up_catalogs
from channels.registry import adapter_class
from connections.models import Connection
from sandbox.state import CLIENT_ID
from tests.visitor import Visitor


@pytest.fixture
def reconnected(world):
    """Disconnected in the PIM, noticed by a run, and connected again by a manager there."""
    world.mapped = world.add_catalog("Mapped", raw=False)
    world.sync()
    world.lost = {world.catalog.pim_catalog_id, world.mapped.pim_catalog_id}
    world.sold = world.documents_on_shop()
    world.pim.disconnect(CLIENT_ID)
    world.sync()
    assert Connection.objects.get().state == Connection.State.DISCONNECTED
    Visitor("julia").open_app(world.url)
    return world


def test_a_catalog_whose_id_died_is_made_again_with_its_schema(reconnected):
    take_up_catalogs()

    raw, mapped = Catalog.objects.order_by("position")
    there = reconnected.pim.catalogs
    assert set(there) == {raw.pim_catalog_id, mapped.pim_catalog_id}
    assert not set(there) & reconnected.lost
    assert [there[one.pim_catalog_id].name for one in (raw, mapped)] == [raw.name, mapped.name]
    assert there[raw.pim_catalog_id].schema is None
    assert there[mapped.pim_catalog_id].schema == adapter_class("http").mapping_schema()


def test_it_waits_for_people_and_the_shop_stays_as_it_is(reconnected):
    take_up_catalogs()

    reconnected.sync()

    catalogs = Catalog.objects.all()
    assert [one.pim_state for one in catalogs] == [Catalog.PimState.DISABLED] * 2
    assert all(one.is_unconfirmed for one in catalogs)
    assert reconnected.documents_on_shop() == reconnected.sold


def test_taking_up_twice_makes_no_second_one(reconnected):
    take_up_catalogs()
    once = dict(reconnected.pim.catalogs)

    take_up_catalogs()

    assert reconnected.pim.catalogs == once
