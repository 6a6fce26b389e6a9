"""A PIM with assets and records, and catalogs of it that are long in step."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from catalogs.models import Catalog
from connections.models import Connection
from sandbox.data.assets import ATTRIBUTE as PICTURES
from sandbox.data.assets import FAMILY as ASSETS
from sandbox.data.assortment import Product
from sandbox.data.uploads import upload
from sandbox.state import Source
from sandbox.structure_edits import save_asset
from sync.models import Run
from tests.world import World

HOUR = 3600


@dataclass
class Linked:
    """What tests ask of a world whose products refer to much."""

    world: World
    catalog: Catalog

    def products(self) -> list[Product]:
        there = self.world.pim.catalogs[self.catalog.pim_catalog_id]
        return list(self.world.pim.listed_products(there))

    def with_value(self, attribute: str, code: str) -> set[str]:
        """The uuids of the catalog's products that have this option, record or asset."""
        assortment = self.world.pim.assortment
        found = set()
        for product in self.products():
            data = assortment.value(product, attribute, None, None)
            if code in (data if isinstance(data, list) else [data]):
                found.add(product.uuid)
        return found

    def delta(self, catalog: Catalog | None = None) -> Run:
        self.world.pim.traffic.reset()
        run = self.world.sync(catalog or self.catalog)
        assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
        return run

    def sent_by(self, run: Run) -> set[str]:
        """The keys that a run sent."""
        return set(run.changes.values_list("listing__key", flat=True))

    def requests(self) -> dict[str, int]:
        counts = self.world.pim.traffic.as_json()["requests"]
        return {name.rsplit("/api/rest/v1/", 1)[-1]: count for name, count in counts.items()}

    def in_step(self, catalog: Catalog | None = None) -> bool:
        return bool(self.world.documents(catalog or self.catalog)) and (
            self.world.shop.live_documents() == self.world.documents(catalog or self.catalog)
        )


def put_picture(world: World, code: str, text: str) -> None:
    """Let an asset have another file, as somebody in the PIM would."""
    file = upload(f"{text}.png", "image/png", text.encode())
    world.pim.assortment.asset_files[file.code] = file
    value = {"locale": None, "channel": None, "data": file.code}
    save_asset(world.pim, ASSETS, code, {"media": [value]})


def without(world: World, scope: str) -> None:
    """Let the app have been granted all but this."""
    app = world.pim.apps[world.connection.client_id]
    granted = app.scopes - {scope}
    token = world.pim.set_scopes(app, granted)
    Connection.objects.update(scopes=sorted(granted), token=token)
    world.connection.refresh_from_db()


@pytest.fixture
def world(make_world: Callable[[int], World], passing_time: Callable[[float], None]) -> World:
    world = make_world(60)
    world.sleep = passing_time
    world.pim.add_assets()
    world.pim.add_bicycles()
    world.catalog.delete()
    return world


@pytest.fixture
def mapped(world: World, passing_time: Callable[[float], None]) -> Linked:
    """A flat catalog of mapped products: pictures are assets, and makers of bicycles records."""
    world.catalog = world.add_catalog("Mapped", raw=False)
    mapping = world.pim.catalogs[world.catalog.pim_catalog_id].mapping
    mapping["image"] = Source(PICTURES)
    mapping["brand"] = Source("frame_maker", parameters={"label_locale": "en_US"})
    linked = Linked(world, world.catalog)
    for number, product in enumerate(linked.products()[:6]):
        code = f"picture_{number % 2}"
        put_picture(world, code, f"first {code}")
        world.pim.edit_product(product.uuid, PICTURES, [code])
    settle(linked, passing_time)
    return linked


def settle(linked: Linked, passing_time: Callable[[float], None]) -> None:
    """Bring the channel in step, long enough ago that nothing counts as changed."""
    linked.world.sync(linked.catalog)
    passing_time(HOUR)
    linked.delta()
    passing_time(HOUR)
    linked.world.pim.traffic.reset()
