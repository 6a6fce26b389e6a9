import pytest

from catalogs.catalogs import look_at
from catalogs.models import Catalog
from connections.models import Connection
from pim.errors import PimUnavailable, Unauthorized
from sandbox.faults import Fault


@pytest.fixture
def catalog(world):
    return world.catalog


def stored(catalog):
    return Catalog.objects.select_related("channel__connection").get(pk=catalog.pk)


@pytest.mark.parametrize(
    ("enabled", "state"),
    [(True, Catalog.PimState.ENABLED), (False, Catalog.PimState.DISABLED)],
)
def test_it_remembers_whether_the_catalog_is_enabled(world, catalog, enabled, state):
    Catalog.objects.update(pim_state=Catalog.PimState.UNKNOWN)
    world.pim.catalogs[catalog.pim_catalog_id].enabled = enabled

    look_at(stored(catalog))

    assert stored(catalog).pim_state == state


def test_a_deleted_catalog_is_an_answer_too(world, catalog):
    del world.pim.catalogs[catalog.pim_catalog_id]

    looked_at = look_at(catalog)

    assert looked_at.pim_state == stored(catalog).pim_state == Catalog.PimState.GONE


def test_the_same_answer_writes_nothing(world, catalog):
    look_at(catalog)
    before = stored(catalog).updated_at

    look_at(catalog)

    assert stored(catalog).updated_at == before


def test_no_answer_is_no_state(world, catalog):
    look_at(catalog)
    world.pim.faults.add(Fault("html", r"/catalogs/", times=99))

    with pytest.raises(PimUnavailable):
        look_at(catalog)

    assert stored(catalog).pim_state == Catalog.PimState.ENABLED


def test_a_disconnection_is_remembered_and_says_nothing_about_the_catalog(world, catalog):
    look_at(catalog)
    world.pim.disconnect(world.connection.client_id)

    with pytest.raises(Unauthorized):
        look_at(catalog)

    assert stored(catalog).pim_state == Catalog.PimState.ENABLED
    assert stored(catalog).connection.state == Connection.State.DISCONNECTED
