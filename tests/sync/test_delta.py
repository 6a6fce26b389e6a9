"""What a delta reads: where it starts, what it must not miss, when everything is read instead."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.models import Channel
from pim.client import PAGE_SIZES
from sandbox.faults import Fault
from sync import pull
from sync.models import Run
from sync.runs import OVERLAP

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]

LISTING = "GET /api/rest/v1/catalogs/<catalog_id>/product-uuids"
ONE_PRODUCT = "GET /api/rest/v1/catalogs/<catalog_id>/products/<product_uuid>"
HOURS = 3600


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(25)
    world.sleep = passing_time
    return world


def edit(world, uuid, sku):
    world.pim.edit_product(uuid, "sku", sku, None, None)


def requests(world):
    return world.pim.traffic.as_json()["requests"]


@pytest.mark.parametrize("ahead", [-3600, 0, 3600], ids=["behind", "right", "ahead"])
def test_it_starts_at_the_earlier_of_the_two_clocks(world, passing_time, ahead):
    world.between.clock_offset = ahead
    begin = timezone.now().replace(microsecond=0)
    world.between.meanwhile(r"/products\?", lambda: passing_time(60))

    first = world.sync()
    delta = world.sync()

    earlier = begin + timedelta(seconds=min(ahead, 0))
    assert earlier <= first.watermark < earlier + timedelta(seconds=30)
    assert (delta.mode, delta.since) == (Run.Mode.DELTA, first.watermark - OVERLAP)


def test_a_run_that_did_not_read_everything_moves_nothing(world, passing_time):
    first = world.sync()
    passing_time(1 * HOURS)
    uuids = sorted(world.listed())
    edit(world, uuids[0], "EDITED-1")
    passing_time(1 * HOURS)
    world.pim.faults.add(Fault("403-oversized", r"/products$"))

    failed = world.sync()
    delta = world.sync()

    assert failed.status == Run.Status.STOPPED
    assert (delta.since, delta.pushed) == (first.watermark - OVERLAP, 1)
    assert world.documents_on_shop() == world.documents_in_pim()


def test_a_run_that_read_everything_and_could_not_send_it_is_read_on_from(world, passing_time):
    world.sync()
    passing_time(1 * HOURS)
    edit(world, sorted(world.listed())[0], "EDITED-1")
    settings = world.channel.settings
    Channel.objects.update(settings={})
    stopped = world.sync()
    Channel.objects.update(settings=settings)

    delta = world.sync()

    assert stopped.status == Run.Status.STOPPED
    assert (delta.since, delta.pulled) == (stopped.watermark - OVERLAP, 1)
    assert world.documents_on_shop() == world.documents_in_pim()


def test_a_product_that_is_edited_while_the_run_reads_is_sent_by_the_next(world):
    uuids = sorted(world.listed())
    world.between.meanwhile(r"/products\?", lambda: edit(world, uuids[0], "LATE-1"), after=1)
    world.sync()

    delta = world.sync()

    assert delta.pushed == 1
    assert world.documents_on_shop() == world.documents_in_pim()


def test_a_product_that_is_selected_while_the_run_reads_is_sent_by_the_next(world):
    product = world.pim.assortment.product(sorted(world.listed())[0])
    product.enabled = False

    def select():
        product.enabled = True

    world.between.meanwhile(r"/products\?", select, after=1)
    world.sync()

    world.sync()

    assert world.documents_on_shop() == world.documents_in_pim()


def test_newly_selected_products_are_read_one_by_one(world, monkeypatch):
    monkeypatch.setattr(pull, "ONE_BY_ONE", 5)
    products = [world.pim.assortment.product(uuid) for uuid in sorted(world.listed())[:5]]
    for product in products:
        product.enabled = False
    world.sync()
    for product in products:
        product.enabled = True
    world.pim.traffic.reset()

    run = world.sync()

    assert (run.mode, run.pushed) == (Run.Mode.DELTA, 5)
    assert requests(world)[ONE_PRODUCT] == 5
    assert world.documents_on_shop() == world.documents_in_pim()


def test_when_too_many_are_new_everything_is_read_and_the_listing_is_not_repeated(
    world, monkeypatch
):
    monkeypatch.setattr(pull, "ONE_BY_ONE", 5)
    products = [world.pim.assortment.product(uuid) for uuid in sorted(world.listed())[:6]]
    for product in products:
        product.enabled = False
    world.sync()
    for product in products:
        product.enabled = True
    world.pim.traffic.reset()

    run = world.sync()

    assert (run.status, run.mode, run.since) == (Run.Status.SUCCEEDED, Run.Mode.FULL, None)
    assert (run.pulled, run.listed, run.pushed) == (len(world.listed()), len(world.listed()), 6)
    assert requests(world)[LISTING] == 3
    assert ONE_PRODUCT not in requests(world)
    assert world.documents_on_shop() == world.documents_in_pim()


def test_everything_is_read_once_a_day(world, passing_time):
    world.sync()
    passing_time(23 * HOURS)
    by_day = world.sync()
    passing_time(2 * HOURS)

    by_night = world.sync()

    assert (by_day.mode, by_night.mode) == (Run.Mode.DELTA, Run.Mode.FULL)
    assert world.sync().mode == Run.Mode.DELTA


def test_what_changes_without_a_date_is_found_when_everything_is_read(world, passing_time):
    world.sync()
    code, model = next(iter(world.pim.assortment.models.items()))
    before = model.updated
    world.pim.edit_model(code, "name", "Renamed", "en_US", None)
    model.updated = before  # as of a change that the PIM gives no date at all
    world.sync()
    assert world.documents_on_shop() != world.documents_in_pim()
    passing_time(25 * HOURS)

    run = world.sync()

    assert run.mode == Run.Mode.FULL
    assert world.documents_on_shop() == world.documents_in_pim()


def test_a_change_that_is_taken_back_before_it_was_sent_sends_nothing(world):
    world.sync()
    uuid = sorted(world.listed())[0]
    sku = world.documents_in_pim()[uuid]["values"]["sku"][0]["data"]
    settings = world.channel.settings
    edit(world, uuid, "EDITED-1")
    Channel.objects.update(settings={})
    assert world.sync().changed == 1
    edit(world, uuid, sku)
    Channel.objects.update(settings=settings)

    run = world.sync()

    assert (run.status, run.changed, run.pushed) == (Run.Status.SUCCEEDED, 1, 0)
    assert world.statuses() == {"listed": len(world.listed())}
    assert world.documents_on_shop() == world.documents_in_pim()


def test_a_pim_that_refuses_large_pages_is_asked_for_them_by_full_runs_alone(world, monkeypatch):
    monkeypatch.setitem(PAGE_SIZES, "products", 2000)
    path = r"GET /api/rest/v1/catalogs/<catalog_id>/products"

    def calls_of_a_run(full):
        before = requests(world)[path]
        run = world.sync(full=full)
        assert run.status == Run.Status.SUCCEEDED
        return requests(world)[path] - before

    assert world.sync().mode == Run.Mode.FULL
    refused = calls_of_a_run(full=True)
    delta = calls_of_a_run(full=False)
    monkeypatch.setitem(PAGE_SIZES, "products", 100)
    granted = calls_of_a_run(full=True)

    assert delta == 1
    assert refused > granted
    world.catalog.refresh_from_db()
    assert not world.catalog.small_pages
