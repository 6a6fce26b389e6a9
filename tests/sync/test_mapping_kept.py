"""A run looks at the mapping schema in the PIM before it reads products by it."""

import pytest

from catalogs.models import Catalog
from catalogs.own_fields import add_field
from catalogs.pauses import resume
from sandbox.faults import Fault
from sandbox.state import Source
from sync.foreground import run_here
from sync.models import Run

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]


@pytest.fixture
def world(make_world):
    world = make_world(15)
    world.catalog.delete()
    world.catalog = world.add_catalog("Mapped", raw=False)
    world.sync()
    return world


def in_pim(world):
    return world.pim.catalogs[world.catalog.pim_catalog_id]


def stored(world):
    return Catalog.objects.get(pk=world.catalog.pk)


def calls_for_schemas(world):
    calls = world.pim.traffic.as_json()["requests"]
    return sum(number for place, number in calls.items() if "mapping-schemas" in place)


def add_stock(world):
    add_field(
        world.channel, code="stock", type="number", title="Stock", description="", required=False
    )


@pytest.mark.parametrize("full", [True, False])
def test_a_run_sends_the_fields_that_a_catalog_does_not_have_yet(world, full):
    add_stock(world)

    run = world.sync(full=full)

    assert run.status == Run.Status.SUCCEEDED
    assert "stock" in in_pim(world).schema["properties"]
    assert stored(world).schema_digest != ""


def test_a_schema_that_was_removed_stops_a_full_run_and_empties_nothing(world):
    before = world.shop.live_documents()
    in_pim(world).schema, in_pim(world).mapping = None, {}

    run = world.sync(full=True)

    assert run.status == Run.Status.STOPPED
    assert "Its mapping was removed in Akeneo. Ferry has put it back" in run.problem
    assert world.catalog.configure_url in run.problem
    assert world.shop.live_documents() == before
    assert stored(world).is_paused
    assert "color" in in_pim(world).schema["properties"]


def test_nothing_is_sent_before_somebody_resumes_it(world):
    before = world.shop.live_documents()
    in_pim(world).schema, in_pim(world).mapping = None, {}
    world.sync(full=True)

    run = world.sync(full=True)

    assert run.status == Run.Status.STOPPED
    assert "paused by Ferry" in run.problem
    assert world.shop.live_documents() == before


def test_it_goes_on_once_it_is_mapped_again_and_resumed(world):
    before = world.shop.live_documents()
    in_pim(world).schema, in_pim(world).mapping = None, {}
    world.sync(full=True)
    world.pim.auto_map(in_pim(world))
    resume(stored(world))

    run = world.sync(full=True)

    assert run.status == Run.Status.SUCCEEDED
    assert world.shop.live_documents() == before


def test_a_target_that_was_taken_out_stops_a_full_run(world):
    before = world.shop.live_documents()
    del in_pim(world).schema["properties"]["name"]
    in_pim(world).mapping.pop("name")

    run = world.sync(full=True)

    assert run.status == Run.Status.STOPPED
    assert "“Name” was taken out of its mapping in Akeneo." in run.problem
    assert world.shop.live_documents() == before
    assert in_pim(world).mapping["name"] == Source(None)


def test_a_schema_that_vanishes_before_a_delta_is_put_back_by_the_next_one(world):
    uuid = sorted(world.listed())[0]
    world.pim.edit_product(uuid, "sku", "EDITED-1", None, None)
    in_pim(world).schema, in_pim(world).mapping = None, {}

    first, second = world.sync(), world.sync()

    assert "has lost its mapping schema" in first.problem
    assert "Its mapping was removed in Akeneo." in second.problem
    assert (first.mode, second.mode) == (Run.Mode.DELTA, Run.Mode.DELTA)
    assert in_pim(world).schema is not None


def test_a_schema_that_cannot_be_looked_at_stops_the_run_before_it_reads(world):
    world.pim.faults.add(Fault("500", r"/mapping-schemas/product$", times=20))

    run = world.sync(full=True)

    assert run.status == Run.Status.FAILED
    assert run.listed == 0


def test_a_dry_run_leaves_the_schema_alone(world):
    in_pim(world).schema["properties"]["color"]["title"] = "Hue"

    run_here(world.again(), full=True, dry_run=True, sleep=world.sleep)

    assert in_pim(world).schema["properties"]["color"]["title"] == "Hue"


def test_a_delta_without_anything_new_does_not_ask_for_the_schema(world):
    before = calls_for_schemas(world)

    world.sync()
    after_delta = calls_for_schemas(world)
    world.sync(full=True)

    assert after_delta == before
    assert calls_for_schemas(world) == before + 1
