"""Products that the channel refuses are parked, until they change or somebody asks again."""

import pytest

from catalogs.channels import adapter_for
from channels.registry import KINDS
from outbound.errors import FailureKind
from sync import ownership
from sync.execution import execute_run
from sync.listings import retry
from sync.models import Change, Listing, Run
from sync.push import push_due
from sync.runs import create_run
from tests.channels.memory import SHOPS, MemoryAdapter, Shop
from tests.factories import make_catalog, make_channel, make_document, make_listing

pytestmark = pytest.mark.whole_runs

Status = Listing.Status


@pytest.fixture
def refused(world, receiver):
    """Two products that the shop refuses; synced once."""
    keys = sorted(world.listed())[:2]
    receiver.refuses = dict.fromkeys(keys, "Marke fehlt – bitte ergänzen.")
    world.sync()
    receiver.received.clear()
    return keys


def by_schedule(world):
    run = create_run(world.again(), Run.Trigger.SCHEDULE)
    assert ownership.claim(run)
    return execute_run(run)


def sent_keys(receiver):
    return [item["key"] for received in receiver.received for item in received.content["items"]]


def test_a_refused_product_is_parked_in_the_channels_words_and_the_others_go_on(
    world, receiver, refused
):
    parked = Listing.objects.parked()

    assert {one.key for one in parked} == set(refused)
    assert {one.problem for one in parked} == {"Marke fehlt – bitte ergänzen."}
    assert {one.failure for one in parked} == {FailureKind.PRODUCT}
    assert receiver.products.keys() == world.listed() - set(refused)
    run = Run.objects.get()
    assert (run.status, run.failed) == (Run.Status.SUCCEEDED, 2)
    assert run.pushed == len(world.listed()) - 2
    assert Change.objects.filter(outcome=Change.Outcome.REFUSED).count() == 2


def test_a_scheduled_run_does_not_try_it_again(world, receiver, refused):
    run = by_schedule(world)

    assert (run.status, run.failed, receiver.received) == (Run.Status.SUCCEEDED, 0, [])


def test_a_run_by_a_person_tries_it_once_more(world, receiver, refused):
    run = world.sync()

    assert (run.status, run.pushed, run.failed) == (Run.Status.SUCCEEDED, 0, 2)
    assert sorted(sent_keys(receiver)) == refused


def test_it_arrives_once_the_channel_takes_it(world, receiver, refused):
    receiver.refuses = {}

    run = world.sync()

    assert (run.pushed, run.failed) == (2, 0)
    assert world.statuses() == {Status.LISTED: len(world.listed())}
    assert not Listing.objects.exclude(problem="").exists()


def test_a_changed_product_is_sent_at_once(world, receiver, refused):
    receiver.refuses = {}
    world.pim.edit_product(refused[0], "sku", "MENDED-1")

    run = by_schedule(world)

    assert (run.pushed, run.failed) == (1, 0)
    assert sent_keys(receiver) == refused[:1]
    assert {one.key for one in Listing.objects.parked()} == {refused[1]}


def test_one_product_can_be_tried_by_itself(world, receiver, refused):
    receiver.refuses = {}

    assert retry(Listing.objects.get(key=refused[1]))
    by_schedule(world)

    assert sent_keys(receiver) == refused[1:]


def test_a_refused_product_that_leaves_the_catalog_was_never_there(world, receiver, refused):
    world.pim.disable_product(refused[0])

    run = world.sync()

    assert run.withdrawn == 0
    assert Listing.objects.get(key=refused[0]).status == Status.GONE


def test_a_refused_change_leaves_the_channel_with_what_it_took_before(world, receiver):
    world.sync()
    uuid = sorted(world.listed())[0]
    before = receiver.products[uuid]
    receiver.refuses = {uuid: "Too long."}
    world.pim.edit_product(uuid, "sku", "TOO-LONG-1")
    world.sync()
    receiver.received.clear()
    world.pim.disable_product(uuid)

    run = world.sync()

    assert before["values"]["sku"][0]["data"] != "TOO-LONG-1"
    assert run.withdrawn == 1
    assert receiver.products.keys() == world.listed()


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_our_own_parks_the_batch_and_is_said_to_be_ours(monkeypatch, caplog):
    monkeypatch.setitem(KINDS, "memory", MemoryAdapter)
    SHOPS["broken"] = Shop(fault=LookupError("a bug in the adapter"))
    catalog = make_catalog(make_channel(kind="memory", settings={"shop": "broken"}))
    make_listing(catalog, wanted=make_document())
    run = create_run(catalog, Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
    assert ownership.claim(run)

    push_due(run, adapter_for(catalog.channel), go_on=lambda: None, wait=lambda seconds: None)

    listing = Listing.objects.get()
    assert (listing.status, listing.failure) == (Status.PARKED, FailureKind.INTERNAL)
    assert listing.problem.startswith("Ferry failed on this product.")
    assert "a bug in the adapter" in caplog.text
    assert listing.sent is not None  # nobody knows what the adapter did before it broke
