import json

import pytest
from django_celery_beat.models import PeriodicTask

from catalogs.catalogs import rename_catalog
from catalogs.models import Catalog
from connections.models import Connection
from outbound.errors import ConfigurationError
from pim.errors import CatalogGone, Forbidden, PimUnavailable, Unauthorized
from sandbox.faults import Fault


@pytest.fixture
def catalog(world):
    return world.catalog


def stored(catalog):
    return Catalog.objects.select_related("channel__connection").get(pk=catalog.pk)


def test_it_is_renamed_on_both_sides(world, catalog):
    rename_catalog(catalog, " Winter  sale ")

    assert stored(catalog).name == "Winter sale"
    assert world.pim.catalogs[catalog.pim_catalog_id].name == "Winter sale"
    assert "“Winter sale”" in PeriodicTask.objects.get(args=json.dumps([catalog.pk])).description


def test_the_managed_lists_stay_as_people_set_them(world, catalog):
    there = world.pim.catalogs[catalog.pim_catalog_id]
    there.managed_currencies, there.managed_locales = ["EUR"], ["en_US", "de_DE"]

    rename_catalog(catalog, "Winter")

    assert there.name == "Winter"
    assert (there.managed_currencies, there.managed_locales) == (["EUR"], ["en_US", "de_DE"])


def test_the_same_name_costs_no_call(world, catalog):
    calls = world.pim.traffic.as_json()

    rename_catalog(catalog, "  Web  shop ")

    assert world.pim.traffic.as_json() == calls


@pytest.mark.parametrize(("name", "says"), [("", "needed"), (" \t", "needed"), ("x" * 256, "255")])
def test_a_name_that_cannot_be_changes_nothing(world, catalog, name, says):
    with pytest.raises(ConfigurationError, match=says):
        rename_catalog(catalog, name)

    assert stored(catalog).name == "Web shop"
    assert world.pim.catalogs[catalog.pim_catalog_id].name == "Web shop"


def test_the_longest_name_is_taken_by_both_sides(world, catalog):
    rename_catalog(catalog, "ü" * 255)

    assert stored(catalog).name == world.pim.catalogs[catalog.pim_catalog_id].name == "ü" * 255


def test_a_catalog_that_is_gone_keeps_its_name_here(world, catalog):
    del world.pim.catalogs[catalog.pim_catalog_id]

    with pytest.raises(CatalogGone, match="no longer exists"):
        rename_catalog(catalog, "Winter")

    assert stored(catalog).name == "Web shop"


def test_a_missing_permission_changes_nothing(world, catalog):
    app = next(iter(world.pim.apps.values()))
    token = world.pim.set_scopes(app, {"read_products", "read_catalogs"})
    Connection.objects.update(token=token)

    with pytest.raises(Forbidden):
        rename_catalog(stored(catalog), "Winter")

    assert stored(catalog).name == "Web shop"


def test_a_pim_that_is_unwell_changes_nothing(world, catalog):
    world.pim.faults.add(Fault("500", r"/catalogs/[^/]+$", times=99))

    with pytest.raises(PimUnavailable):
        rename_catalog(catalog, "Winter")

    assert stored(catalog).name == "Web shop"


def test_an_answer_that_was_cut_off_is_asked_for_again(world, catalog):
    world.pim.faults.add(Fault("cut", r"/catalogs/[^/]+$", after=1))

    rename_catalog(catalog, "Winter")

    assert stored(catalog).name == world.pim.catalogs[catalog.pim_catalog_id].name == "Winter"


def test_a_disconnection_is_remembered(world, catalog):
    world.pim.disconnect(world.connection.client_id)

    with pytest.raises(Unauthorized):
        rename_catalog(catalog, "Winter")

    assert stored(catalog).connection.state == Connection.State.DISCONNECTED
    assert stored(catalog).name == "Web shop"
