"""People who walk through Ferry: they come from the PIM, and a worker is at hand."""

from collections.abc import Callable, Iterator

import pytest

from connections.connections import register
from connections.models import PimUser
from sandbox.shop import Shop
from sandbox.state import make_pim
from tests.browser.tab import Tab
from tests.browser.walks.pim_pages import open_from_pim
from tests.interference import Interference
from tests.sandbox_server import serving_sandbox
from tests.world import World


@pytest.fixture
def shop_world(make_world: Callable[[int], World]) -> World:
    """A PIM and a shop that are in step, by one mapped catalog."""
    world = make_world(45)
    world.catalog.delete()
    world.catalog = world.add_catalog("Web shop", raw=False)
    world.sync()
    return world


@pytest.fixture
def new_world(transactional_db: None, app_url: str) -> Iterator[World]:
    """A PIM whose people have entered Ferry as a custom app, and not connected it yet."""
    pim, shop, between = make_pim(products=45, app_url=app_url), Shop(), Interference()
    (app,) = pim.apps.values()
    with serving_sandbox(pim, shop, between) as url:
        register(url, client_id=app.client_id, client_secret=app.client_secret)
        yield World(pim, shop, url, between)


@pytest.fixture
def come(shop_world: World, open_tab: Callable[..., Tab]) -> Callable[..., Tab]:
    """Somebody opens Ferry from the PIM, and has this role there."""

    def come(name: str = "julia", role: str = PimUser.Role.MANAGER) -> Tab:
        tab = open_tab(elsewhere=shop_world.url)
        open_from_pim(tab, shop_world, name)
        PimUser.objects.filter(firstname=name.capitalize()).update(role=role)
        tab.open("/")
        return tab

    return come
