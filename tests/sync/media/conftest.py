"""A store of files of its own, and a world whose channel wants addresses of this app."""

import pytest

from catalogs.channels import change_channel
from catalogs.media.store import media_store
from tests.sync.media.pictures import add_catalog


@pytest.fixture(autouse=True)
def store(settings, tmp_path, small_pages):
    settings.MEDIA_STORE = str(tmp_path / "media")
    return media_store()


@pytest.fixture
def world(make_world):
    """A channel that wants addresses of this app, and a catalog with one picture a product."""
    world = make_world(25)
    world.catalog.delete()
    world.values = {"endpoint": f"{world.url}/shop/ingest", "batch_size": "10", "media": "ferry"}
    change_channel(world.channel, name="Shop", values=world.values, by_staff=True)
    world.catalog = add_catalog(world)
    return world
