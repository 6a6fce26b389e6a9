"""Events of a PIM whose catalog holds models: whatever they name, the whole model is read."""

import pytest
from django.utils import timezone

from catalogs.models import Catalog
from sync.models import ChangedKey
from tests.sync.events.test_waking import runs, work

pytestmark = pytest.mark.whole_runs


@pytest.fixture
def synced(told, events, models):
    """The models are in the shop, and the platform tells of what changes from now on."""
    models.world.sync(full=True)
    Catalog.objects.update(started_at=timezone.now())
    return models


def test_an_edited_variant_sends_its_model(told, synced):
    code = synced.codes[0]
    told.pim.edit_product(synced.variants(code)[0], "ean", "2000000000008")

    work(told)

    assert [keys for _, keys in runs()] == [[code]]
    assert synced.on_shop() == synced.in_pim()


def test_an_edited_model_is_sent(told, synced):
    code = synced.codes[0]
    told.pim.edit_model(code, "name", "Another name", "en_US")

    work(told)

    assert [keys for _, keys in runs()] == [[code]]
    assert synced.on_shop() == synced.in_pim()


def test_a_model_below_another_sends_the_one_above(told, synced):
    below = next(
        one
        for one in told.pim.assortment.models.values()
        if one.parent is not None and one.parent in synced.codes
    )
    told.pim.events.tell_model("updated", below)

    work(told)

    assert [keys for _, keys in runs()] == [[below.parent]]
    assert not ChangedKey.objects.exists()


def test_a_model_that_the_catalog_does_not_hold_changes_nothing(told, synced):
    synced.world.select(synced.world.catalog, "lamps")
    synced.world.sync(full=True)
    before = synced.on_shop()
    code = next(code for code in told.pim.assortment.models if code not in synced.codes)
    told.pim.events.tell_model("updated", told.pim.assortment.models[code])

    work(told)

    assert synced.on_shop() == before
    assert not ChangedKey.objects.exists()
