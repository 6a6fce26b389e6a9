"""A catalog of models: what is read, what a delta misses not, and where a variant belongs."""

import pytest

from sync.models import Run
from tests.sync.looks import A_LOOK

pytestmark = pytest.mark.usefixtures("small_pages")

HOURS = 3600


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(60)
    world.sleep = passing_time
    return world


@pytest.fixture
def pim(world):
    return world.pim


def in_step(models, run):
    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    assert models.on_shop() == models.in_pim()
    for code in models.codes:
        assert models.known(code) == set(models.variants(code))
    return True


@pytest.fixture
def synced(models, passing_time):
    """A channel in step, long enough ago that nothing counts as changed."""
    assert in_step(models, models.world.sync())
    passing_time(2 * HOURS)
    models.world.sync()
    models.world.pim.traffic.reset()
    return models


def pushes(models):
    return {key: item.pushes for key, item in models.world.shop.items.items()}


def test_a_model_goes_out_with_its_variants_and_a_simple_product_beside_it(models):
    run = models.world.sync()

    assert in_step(models, run)
    assert set(models.on_shop()) == {*models.codes, *models.simple}
    model = models.on_shop()[models.codes[0]]
    assert [one["uuid"] for one in model["variants"]] == models.variants(models.codes[0])
    assert model["variation_axes"]
    assert all(one["variation_axes_values"] for one in model["variants"])
    assert run.listed == run.pulled == len(models.listed())


def test_a_second_full_run_sends_nothing(models):
    models.world.sync()
    before = models.world.shop.stats()

    run = models.world.sync(full=True)

    assert (run.mode, run.changed, run.pushed) == (Run.Mode.FULL, 0, 0)
    assert models.world.shop.stats() == before


def test_a_quiet_delta_asks_once_for_each_thing(synced):
    run = synced.world.sync()

    assert (run.mode, run.changed) == (Run.Mode.DELTA, 0)
    assert synced.requests() == {
        "catalogs/<catalog_id>": 1,
        "catalogs/<catalog_id>/product-uuids": 7,
        "catalogs/<catalog_id>/mapped-models": 1,
        **A_LOOK,
    }
