"""Another shop like this one: all of it on both sides, or nothing."""

import pytest

from catalogs.channels import change_channel
from catalogs.copies import copy_channel, name_of_copy
from catalogs.mapping import outdated_catalogs
from catalogs.models import Catalog, Channel
from catalogs.own_fields import add_field
from connections.models import Connection
from outbound.errors import ConfigurationError
from pim.errors import OutcomeUnknown
from sandbox.faults import Fault
from sandbox.state import Criterion
from sync.models import Run

DUPLICATE = r"/duplicate$"


@pytest.fixture
def mapped(world):
    """A second catalog on the channel, with a selection, a mapping and settings of its own."""
    catalog = world.add_catalog("Shop products", raw=False)
    there = world.pim.catalogs[catalog.pim_catalog_id]
    there.criteria = [Criterion("enabled", "=", True)]
    there.managed_locales = ["en_US"]
    Catalog.objects.filter(pk=catalog.pk).update(every=120, fuse_count=7, locale="en_US")
    catalog.refresh_from_db()
    return catalog


def copy(world, name="Outlet", **values):
    entered = {"endpoint": f"{world.url}/shop/other", "batch_size": "10", **values}
    return copy_channel(
        Channel.objects.select_related("connection").get(pk=world.channel.pk),
        name=name,
        values=entered,
        by_staff=True,
    )


def both_sides(world):
    here = set(Catalog.objects.values_list("pk")), set(Channel.objects.values_list("pk"))
    return here, set(world.pim.catalogs)


def test_channel_and_catalogs_are_there_on_both_sides(world, mapped):
    made = copy(world)

    assert made.channel.kind == "http"
    assert made.channel.settings["endpoint"].endswith("/shop/other")
    assert [one.name for one in made.catalogs] == ["Web shop (Outlet)", "Outlet products"]
    for one, original in zip(made.catalogs, [world.catalog, mapped], strict=True):
        there = world.pim.catalogs[one.pim_catalog_id]
        assert there.name == one.name
        assert there.id != original.pim_catalog_id
        assert not there.enabled
        assert one.pim_state == Catalog.PimState.DISABLED
        assert one.raw == original.raw


def test_selection_mapping_and_settings_are_those_of_the_first(world, mapped):
    copied = copy(world).catalogs[1]

    there, before = (world.pim.catalogs[one.pim_catalog_id] for one in (copied, mapped))
    assert (there.criteria, there.mapping) == (before.criteria, before.mapping)
    assert there.managed_locales == ["en_US"]
    assert (copied.every, copied.fuse_count, copied.locale) == (120, 7, "en_US")
    assert outdated_catalogs(copied.channel) == []


def test_the_own_fields_go_along(world, mapped):
    add_field(
        world.channel, code="stock", type="number", title="Stock", description="", required=False
    )

    made = copy(world)

    assert [one.code for one in made.channel.targets] == ["stock"]
    assert outdated_catalogs(made.channel) == [made.catalogs[1]]  # as that of the original is


def test_secrets_are_not_taken_over(world):
    change_channel(
        world.channel,
        name="Shop",
        values={"endpoint": f"{world.url}/shop/ingest", "secret": "between-us-3b1f"},
        by_staff=True,
    )

    assert copy(world).channel.secrets == {}


def test_the_same_shop_once_more_is_refused(world, mapped):
    before = both_sides(world)

    with pytest.raises(ConfigurationError, match="would feed the same shop"):
        copy(world, **world.channel.settings)

    assert both_sides(world) == before


def test_a_copy_is_synced_once_it_is_enabled(world, mapped):
    made = copy(world, endpoint=f"{world.url}/shop/ingest", batch_size="9")
    copied = made.catalogs[1]

    stopped = world.sync(copied)
    world.pim.catalogs[copied.pim_catalog_id].enabled = True
    run = world.sync(copied)

    assert stopped.status == Run.Status.STOPPED
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed(copied)))


def test_a_copy_that_the_pim_refuses_takes_everything_back(world, mapped):
    before = both_sides(world)
    world.pim.catalog_limit = len(world.pim.catalogs) + 1

    with pytest.raises(ConfigurationError, match="no room for another catalog"):
        copy(world)

    assert both_sides(world) == before


def test_what_the_pim_did_not_confirm_is_told_and_the_rest_taken_back(world, mapped):
    (catalogs, channels), there = both_sides(world)
    world.pim.faults.add(Fault("500", DUPLICATE, after=1, times=9))

    with pytest.raises(OutcomeUnknown, match="“Outlet products” was copied. Look in the PIM"):
        copy(world)

    assert both_sides(world) == ((catalogs, channels), there)
    assert world.pim.faults.waiting()[0]["times"] == 8  # tried once: a second try might double it


def test_a_copy_that_the_pim_keeps_is_told(world, mapped):
    app = next(iter(world.pim.apps.values()))
    Connection.objects.update(token=world.pim.set_scopes(app, app.scopes - {"delete_catalogs"}))
    world.pim.faults.add(Fault("500", DUPLICATE, after=1))
    channels = Channel.objects.count()

    with pytest.raises(ConfigurationError, match="has kept the new catalog “Web shop .Outlet.”"):
        copy(world)

    assert Channel.objects.count() == channels


def test_settings_that_are_wrong_are_told_before_the_pim_is_asked(world, mapped):
    calls = world.pim.traffic.as_json()

    with pytest.raises(ConfigurationError, match="complete web address"):
        copy(world, endpoint="nonsense")

    assert world.pim.traffic.as_json() == calls


def test_a_pim_that_copies_no_mapping_is_told(world, mapped):
    """What becomes of it is not documented: so it is looked at."""

    def lose_it():
        new = list(world.pim.catalogs.values())[-1]
        new.schema, new.mapping = None, {}

    world.between.meanwhile("/duplicate", lose_it, after=1)
    made = copy(world)

    assert made.without_mapping == [made.catalogs[1]]
    assert world.pim.catalogs[made.catalogs[1].pim_catalog_id].schema is not None
    assert outdated_catalogs(made.channel) == []


def test_archived_catalogs_are_not_copied(world, mapped):
    Catalog.objects.filter(pk=mapped.pk).update(archived_at="2026-01-01T00:00Z")

    assert [one.name for one in copy(world).catalogs] == ["Web shop (Outlet)"]


def test_two_copies_of_one_name_are_told_apart(world):
    world.catalog.name = "Shop"

    assert name_of_copy(world.catalog, Channel(name="Outlet")) == "Outlet"
    assert name_of_copy(world.catalog, Channel(name="Outlet"), ["Outlet"]) == "Outlet 2"
    world.catalog.name = "x" * 255
    assert len(name_of_copy(world.catalog, Channel(name="Outlet"), ["x" * 255])) <= 255
