"""Creating a catalog: on both sides, or on neither."""

import json
from pathlib import Path

import jsonschema
import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from catalogs.catalogs import create_catalog
from catalogs.models import Catalog, Channel
from channels.registry import KINDS, adapter_class
from connections.models import Connection
from outbound.errors import ConfigurationError, NotSent, OutboundError
from outbound.session import GuardedSession
from pim.errors import Forbidden, OutcomeUnknown, PimUnavailable, Unauthorized
from sandbox.faults import Fault
from sandbox.rest import mapping_schemas
from tests.channels.shop import HttpShopAdapter

META_SCHEMA = Path(__file__).parent.parent / "channels" / "data" / "product-mapping-1.0.3.json"
CATALOGS = r"/catalogs$"
SCHEMA = r"/mapping-schemas/product$"
ONE_CATALOG = r"/catalogs/[^/]+$"


def create(world, name="Autumn", *, every: int | None = 60, raw=False, shape=Catalog.Shape.FLAT):
    return create_catalog(world.channel, name=name, every=every, raw=raw, shape=shape)


@pytest.fixture
def nothing_is_made(world):
    """Both sides as they were before, once the test is over."""
    before = here(), dict(world.pim.catalogs)
    yield
    assert (here(), dict(world.pim.catalogs)) == before


def here():
    return list(Catalog.objects.values()), list(PeriodicTask.objects.values_list("name"))


def named(world, name="Autumn"):
    """The PIM's catalogs of this name."""
    return [one for one in world.pim.catalogs.values() if one.name == name]


def test_it_is_made_in_the_pim_and_linked(world):
    catalog = create(world, "  Autumn   and\twinter ")

    there = world.pim.catalogs[catalog.pim_catalog_id]
    assert there.name == catalog.name == "Autumn and winter"
    assert Catalog.objects.get(pk=catalog.pk).pim_state == Catalog.PimState.DISABLED
    assert catalog.configure_url == f"{world.url}/connect/apps/v1/catalogs/{there.id}"


def test_the_pim_stores_the_schema_of_the_channel_as_it_was_built(world):
    catalog = create(world)

    schema = world.pim.catalogs[catalog.pim_catalog_id].schema
    assert schema == adapter_class("http").mapping_schema()
    jsonschema.Draft202012Validator(json.loads(META_SCHEMA.read_text())).validate(schema)


def test_a_catalog_of_models_gets_the_schema_that_asks_for_them(world, monkeypatch):
    monkeypatch.setitem(KINDS, "http-shop", HttpShopAdapter)
    Channel.objects.update(kind="http-shop")
    world.channel.refresh_from_db()
    world.catalog.delete()

    catalog = create(world, shape=Catalog.Shape.MODELS)

    schema = world.pim.catalogs[catalog.pim_catalog_id].schema
    assert catalog.has_models
    assert schema == HttpShopAdapter.mapping_schema(shape="models")
    jsonschema.Draft202012Validator(json.loads(META_SCHEMA.read_text())).validate(schema)


@pytest.mark.usefixtures("nothing_is_made")
@pytest.mark.parametrize(
    ("kind", "raw", "says"),
    [("http", False, "knows no variants"), ("http-shop", True, "have no variants in them")],
)
def test_models_are_refused_where_there_are_none(world, monkeypatch, kind, raw, says):
    monkeypatch.setitem(KINDS, "http-shop", HttpShopAdapter)
    world.channel.kind = kind

    with pytest.raises(ConfigurationError, match=says):
        create(world, raw=raw, shape=Catalog.Shape.MODELS)


def test_a_raw_catalog_has_no_schema(world):
    catalog = create(world, raw=True)

    assert catalog.raw
    assert world.pim.catalogs[catalog.pim_catalog_id].schema is None


def test_it_stands_behind_the_catalogs_of_its_channel(world):
    first, second = create(world), create(world)

    assert [world.catalog.position, first.position, second.position] == [0, 1, 2]


def test_it_is_scheduled(world):
    catalog = create(world, every=60)

    task = PeriodicTask.objects.get(args=json.dumps([catalog.pk]))
    assert (task.task, task.enabled) == ("sync.tasks.start_scheduled_run", True)
    assert (task.interval.every, task.interval.period) == (60, "minutes")


def test_without_an_interval_it_waits_until_somebody_asks(world):
    catalog = create(world, every=None)

    assert catalog.every is None
    assert not PeriodicTask.objects.filter(args=json.dumps([catalog.pk])).exists()


def test_an_interval_that_was_stored_twice_is_no_obstacle(world):
    """Nothing in the table of intervals keeps two processes from storing the same one."""
    for _ in range(2):
        IntervalSchedule.objects.create(every=77, period=IntervalSchedule.MINUTES)

    catalog = create(world, every=77)

    task = PeriodicTask.objects.get(args=json.dumps([catalog.pk]))
    assert task.interval.every == 77


@pytest.mark.parametrize(
    ("name", "says"), [("", "name is needed"), (" \t", "name is needed"), ("x" * 256, "255")]
)
def test_a_name_that_cannot_be_is_refused_before_the_pim_is_asked(
    world, nothing_is_made, name, says
):
    calls = world.pim.traffic.as_json()

    with pytest.raises(ConfigurationError, match=says):
        create(world, name)

    assert world.pim.traffic.as_json() == calls


def test_the_pims_limit_is_told_in_words(world, nothing_is_made):
    world.pim.catalog_limit = 1

    with pytest.raises(ConfigurationError) as failure:
        create(world)

    assert "no room for another catalog of this app. Delete one" in failure.value.message
    assert "You can create up to 1 catalogs" in failure.value.message


def test_a_pim_that_knows_no_version_of_the_schema_is_told(world, nothing_is_made):
    world.pim.schema_versions = frozenset({"0.0.13"})

    with pytest.raises(ConfigurationError, match="too old for the fields of this channel"):
        create(world)


@pytest.mark.parametrize("kind", ["500", "html", "cut"])
def test_what_the_pim_did_not_confirm_is_told(world, kind):
    """It may have been made or not: only people can tell, and a second try might double it."""
    known = set(Catalog.objects.values_list("pk"))
    world.pim.faults.add(Fault(kind, CATALOGS, times=9))

    with pytest.raises(OutcomeUnknown) as failure:
        create(world)

    assert "“Autumn” was created. Look in the PIM before trying again." in failure.value.message
    assert set(Catalog.objects.values_list("pk")) == known
    assert len(world.pim.faults.waiting()) == 1
    assert world.pim.faults.waiting()[0]["times"] == 8


def test_a_pim_that_does_not_answer_in_time_is_told(world, monkeypatch):
    monkeypatch.setitem(GuardedSession.__init__.__kwdefaults__, "read_timeout", 1)
    world.pim.faults.add(Fault("slow", CATALOGS, seconds=3600))

    with pytest.raises(OutcomeUnknown, match="Look in the PIM before trying again"):
        create(world)

    assert Catalog.objects.get() == world.catalog


def test_an_unreachable_pim_is_told_with_its_reason(world, nothing_is_made):
    Connection.objects.update(pim_url="http://127.0.0.1:1")
    world.channel.refresh_from_db()

    with pytest.raises(NotSent, match="could not be reached"):
        create(world)


def test_a_short_illness_of_the_pim_is_waited_for(world):
    world.pim.faults.add(Fault("429", CATALOGS, retry_after=0))
    world.pim.faults.add(Fault("500", SCHEMA, times=2))

    catalog = create(world)

    assert world.pim.catalogs[catalog.pim_catalog_id].schema
    assert not world.pim.faults.waiting()


@pytest.mark.parametrize("kind", ["500", "html", "429-bare"])
def test_a_schema_that_does_not_get_through_takes_the_catalog_back(world, nothing_is_made, kind):
    world.pim.faults.add(Fault(kind, SCHEMA, times=99))

    with pytest.raises(PimUnavailable) as failure:
        create(world)

    assert "Try again in a few minutes." in failure.value.message
    assert world.pim.faults.waiting()[0]["times"] == 96  # somebody waits: three tries are enough


def test_a_schema_that_takes_too_long_takes_the_catalog_back(world, nothing_is_made, monkeypatch):
    monkeypatch.setitem(GuardedSession.__init__.__kwdefaults__, "read_timeout", 1)
    world.pim.faults.add(Fault("slow", SCHEMA, times=99, seconds=3600))

    with pytest.raises(OutboundError, match="did not answer in time"):
        create(world)


def test_it_says_so_when_the_pim_did_not_take_it_back(world):
    world.pim.faults.add(Fault("html", SCHEMA, times=99))
    world.pim.faults.add(Fault("html", ONE_CATALOG, times=99))

    with pytest.raises(ConfigurationError) as failure:
        create(world)

    [there] = named(world)
    assert "cannot answer at the moment (status 502)" in failure.value.message
    assert f"The PIM has kept the new catalog “Autumn” ({there.id})" in failure.value.message
    assert Catalog.objects.get() == world.catalog


def test_it_says_so_when_it_may_not_take_it_back(world, monkeypatch):
    app = next(iter(world.pim.apps.values()))
    token = world.pim.set_scopes(app, app.scopes - {"delete_catalogs"})
    Connection.objects.update(token=token)
    world.channel.refresh_from_db()
    monkeypatch.setattr(mapping_schemas, "VERSIONS", frozenset())

    with pytest.raises(ConfigurationError, match="has kept the new catalog “Autumn”") as failure:
        create(world)

    assert "too old for the fields of this channel" in failure.value.message


def test_a_missing_permission_is_told(world, nothing_is_made):
    app = next(iter(world.pim.apps.values()))
    token = world.pim.set_scopes(app, {"read_products", "read_catalogs"})
    Connection.objects.update(token=token)
    world.channel.refresh_from_db()

    with pytest.raises(Forbidden, match="does not allow the app to do this"):
        create(world)


def test_a_disconnection_before_is_told_and_remembered(world):
    world.pim.disconnect(world.connection.client_id)

    with pytest.raises(Unauthorized, match="connect again from the PIM"):
        create(world)

    assert Connection.objects.get().state == Connection.State.DISCONNECTED
    assert Catalog.objects.get() == world.catalog


def test_a_disconnection_in_the_middle_is_told_and_remembered(world):
    world.pim.faults.add(Fault("disconnect", SCHEMA))

    with pytest.raises(Unauthorized, match="connect again from the PIM"):
        create(world)

    assert Connection.objects.get().state == Connection.State.DISCONNECTED
    assert Catalog.objects.get() == world.catalog
    assert not world.pim.catalogs  # the PIM forgets them with the connection


def test_a_pim_that_is_only_registered_is_told_with_the_way_out(world, nothing_is_made):
    Connection.objects.update(state=Connection.State.REGISTERED, token="")
    world.channel.refresh_from_db()

    with pytest.raises(ConfigurationError, match="not connected yet. Click Connect in the PIM"):
        create(world)


def test_a_lost_connection_is_told_with_the_way_out(world, nothing_is_made):
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    world.channel.refresh_from_db()

    with pytest.raises(Unauthorized, match="connect again from the PIM"):
        create(world)


@pytest.fixture
def failing_database():
    """A database that fails when the catalog is to be stored."""

    def fail(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "catalogs_catalog"'):
            raise OperationalError("disk full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield


def test_our_own_database_failing_takes_the_catalog_back(world, nothing_is_made, failing_database):
    with pytest.raises(OperationalError, match="disk full"):
        create(world)


def test_our_own_database_failing_says_so_when_the_pim_did_not_take_it_back(
    world, failing_database
):
    world.pim.faults.add(Fault("500", ONE_CATALOG, times=99))

    with pytest.raises(ConfigurationError) as failure:
        create(world)

    [there] = named(world)
    assert "could not be stored here" in failure.value.message
    assert f"The PIM has kept the new catalog “Autumn” ({there.id})" in failure.value.message
    assert "disk full" in failure.value.detail


def test_ctrl_c_takes_the_catalog_back(world, nothing_is_made):
    def interrupt(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "catalogs_catalog"'):
            raise KeyboardInterrupt
        return execute(sql, params, many, context)

    with pytest.raises(KeyboardInterrupt), connection.execute_wrapper(interrupt):
        create(world)


def test_a_channel_that_is_being_removed_gets_none(world, nothing_is_made):
    """It would never end then."""
    Channel.objects.update(removing_since=timezone.now())

    with pytest.raises(ConfigurationError, match="being removed"):
        create(world)


def test_a_channel_that_is_removed_meanwhile_gets_none_either(world, nothing_is_made):
    def remove():
        Channel.objects.update(removing_since=timezone.now())
        connection.close()  # this is a thread of its own

    world.between.meanwhile(r"/mapping-schemas/product", remove)

    with pytest.raises(ConfigurationError, match="being removed"):
        create(world)
