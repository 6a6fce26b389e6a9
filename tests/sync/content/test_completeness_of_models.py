"""Only what is complete in the PIM is on the shop: of models, their complete variants."""

import pytest

from catalogs.content import set_content
from sync.models import Listing, Run
from tests.models_world import use_models
from tests.sync.content.able_world import requests

pytestmark = pytest.mark.whole_runs

VARIANTS = "catalogs/<catalog_id>/mapped-models/<model_code>/variants"


@pytest.fixture
def models(make_world, passing_time, monkeypatch):
    """A catalog of complete products, long enough in step that nothing counts as changed."""
    world = make_world(60)
    world.sleep = passing_time
    models = use_models(world, monkeypatch)
    set_content(world.again(), complete_for="print")
    assert world.sync().status == Run.Status.SUCCEEDED
    passing_time(3 * 3600)
    world.sync()
    return models


def lose_names(models, code, number=None):
    """Make the model's variants incomplete, or so many of them; return those."""
    there = [one["uuid"] for one in models.on_shop()[code]["variants"]][:number]
    for uuid in there:
        models.world.pim.edit_product(uuid, "name", None, "de_DE")
    return there


def a_model(models):
    return min(code for code, one in models.on_shop().items() if len(one.get("variants", [])) > 1)


def test_a_variant_that_is_not_complete_is_taken_from_its_model(models):
    code = a_model(models)
    [lost] = lose_names(models, code, 1)

    models.world.sync()

    assert lost not in {one["uuid"] for one in models.on_shop()[code]["variants"]}


def test_a_model_without_complete_variants_leaves_and_comes_back_with_one(models):
    code = a_model(models)
    lost = lose_names(models, code)
    models.world.sync()
    listing = Listing.objects.get(key=code)
    assert code not in models.on_shop()
    assert (listing.status, listing.left_because) == ("gone", "incomplete")

    models.world.pim.edit_product(lost[0], "name", "Wieder da", "de_DE")
    models.world.sync()

    assert [one["uuid"] for one in models.on_shop()[code]["variants"]] == lost[:1]


def test_a_quiet_delta_does_not_read_incomplete_models_again(models, passing_time):
    lose_names(models, a_model(models))
    models.world.sync()
    passing_time(3 * 3600)
    models.world.sync()
    requests(models.world)

    run = models.world.sync()

    assert (run.mode, run.changed, run.pulled) == (Run.Mode.DELTA, 0, 0)
    assert not [path for path in requests(models.world) if path.endswith(VARIANTS)]
