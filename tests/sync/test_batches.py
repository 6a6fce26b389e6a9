"""A batch that is under way: what happens to it when the world moves on."""

import threading

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalogs.channels import adapter_for
from sync import ownership
from sync.carriers import lock_channel
from sync.models import Batch, Listing, Run
from sync.models.batches import Action
from sync.ownership import RunLost
from sync.push import push_due
from sync.runs import create_run
from sync.settling import settle
from tests.channels.receiver import Answer
from tests.factories import make_catalog, make_document, make_listing
from tests.sync.one_batch import claim_batch, contents_of

pytestmark = [pytest.mark.whole_runs, pytest.mark.django_db(transaction=True)]

Status = Listing.Status
NOBODY = "elsewhere|1|1|x"


@pytest.fixture
def shared(world):
    """Two catalogs with the T-shirts in common, which the first has just let go of.

    They are handed over to the second, unsent.
    """
    first = world.catalog
    second = world.add_catalog("Wardrobe", raw=False)
    world.select(first, "backpacks", "t_shirts")
    world.select(second, "t_shirts", "mugs")
    world.sync(first)
    world.sync(second)
    world.select(first, "backpacks")
    world.read(first)
    return first, second


def start(catalog, mode=Run.Mode.PUSH):
    run = create_run(catalog, Run.Trigger.SCHEDULE, mode=mode)
    assert ownership.claim(run)
    return run


def claim(run, action, size) -> Batch:
    batch = claim_batch(run, action, size)
    assert batch is not None
    return batch


def edit_once(world, catalog, uuid):
    """A sleep in which somebody edits a product of the catalog, and the catalog is read."""
    edited: list[str] = []

    def sleep(seconds):
        if not edited:
            edited.append(uuid)
            world.pim.edit_product(uuid, "sku", "NEWER-1")
            world.read(catalog)

    return sleep


def die(run):
    """Let the run be the work of a process that is gone."""
    Run.objects.filter(pk=run.pk).update(owner=NOBODY, heartbeat_at="2020-01-01T00:00:00Z")


def test_a_change_between_two_tries_dissolves_the_batch(world, receiver, shared, waited):
    first, second = shared
    receiver.received.clear()
    receiver.answers = [Answer(503)]
    uuid = Listing.objects.of_run_over(first).due().to_push()[0].key
    world.sleep = edit_once(world, second, uuid)

    run = world.sync(first)

    failed, *others = receiver.received
    keys = {received.headers["Idempotency-Key"] for received in receiver.received}
    assert run.status == Run.Status.SUCCEEDED
    assert len(keys) == len(receiver.received)
    assert uuid in [item["key"] for item in failed.content["items"]]
    assert not any(received.body == failed.body for received in others)
    assert receiver.products == world.documents(first, second)


def test_a_change_before_the_takeover_dissolves_the_batch(world, receiver, shared):
    first, second = shared
    receiver.received.clear()
    run = start(first)
    left_open = claim(run, Action.PUSH, 5)
    die(run)
    uuid = Listing.objects.get(pk=left_open.items[0][0]).key
    world.pim.edit_product(uuid, "sku", "NEWER-1")
    world.read(second)

    world.sync(first)

    keys = {received.headers["Idempotency-Key"] for received in receiver.received}
    assert Batch.objects.get(pk=left_open.pk).state == Batch.State.DISSOLVED
    assert str(left_open.key) not in keys
    assert receiver.products == world.documents(first, second)


def test_an_unchanged_batch_is_taken_over_under_its_key(world, receiver):
    world.read(world.catalog)
    run = start(world.catalog)
    left_open = claim(run, Action.PUSH, 10)
    die(run)

    world.sync()

    left_open.refresh_from_db()
    assert left_open.state == Batch.State.SETTLED
    assert receiver.received[0].headers["Idempotency-Key"] == str(left_open.key)
    assert receiver.products.keys() == world.listed()


def test_a_withdrawal_that_a_sibling_comes_to_want_is_not_carried_out(world):
    first = world.catalog
    second = world.add_catalog("Wardrobe", raw=False)
    world.select(first, "backpacks", "t_shirts")
    world.select(second, "mugs")
    world.sync(first)
    world.sync(second)
    shirts = world.listed(first)
    world.select(first, "backpacks")
    world.read(first)
    run = start(first)
    left_open = claim(run, Action.WITHDRAW, 100)
    die(run)
    world.select(second, "mugs", "t_shirts")
    world.read(second)

    world.sync(first)

    assert len(left_open.items) == len(shirts - world.listed(first))
    assert contents_of(left_open) is None
    assert world.shop.live_documents() == world.documents(first, second)
    assert not world.withdrawn()


def test_a_run_does_not_wait_for_a_dead_siblings_batch(world, shared):
    """Without a worker nobody would ever take up the sibling's run."""
    first, second = shared
    dead = start(second)
    claim(dead, Action.PUSH, 100)
    die(dead)

    run = world.sync(first)

    assert run.status == Run.Status.SUCCEEDED
    assert world.shop.live_documents() == world.documents(first, second)
    assert Run.objects.get(pk=dead.pk).status == Run.Status.RUNNING
    assert world.sync(second).status == Run.Status.SUCCEEDED
    assert world.shop.live_documents() == world.documents(first, second)


def carry_on(alive, batch):
    """A sleep in which the live run of the batch sends and settles it."""
    adapter = adapter_for(alive.catalog.channel)
    products = contents_of(batch) or []

    def sleep(seconds):
        if batch.state == Batch.State.OPEN:
            settle(alive, batch, adapter.push(products, idempotency_key=str(batch.key)))
            batch.refresh_from_db()

    return sleep


def test_a_run_waits_for_a_sibling_that_has_its_products_under_way(world, shared):
    first, second = shared
    alive = start(second)
    batch = claim(alive, Action.PUSH, 100)
    world.sleep = carry_on(alive, batch)

    run = world.sync(first)

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, 0)
    assert batch.state == Batch.State.SETTLED
    assert world.shop.live_documents() == world.documents(first, second)


def test_what_left_while_a_sibling_had_it_under_way_is_withdrawn_by_the_same_run(world, shared):
    first, second = shared
    alive = start(first)
    batch = claim(alive, Action.PUSH, 100)
    shirts = world.listed(second)
    world.select(second, "mugs")
    world.sleep = carry_on(alive, batch)

    run = world.sync(second)

    assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, len(batch.items))
    assert world.withdrawn() == shirts - world.listed(second)
    assert world.shop.live_documents() == world.documents(first, second)


def test_whoever_was_taken_for_dead_settles_nothing(world, shared):
    first, second = shared
    zombie = start(second)
    batch = claim(zombie, Action.PUSH, 100)
    Run.objects.filter(pk=zombie.pk).update(heartbeat_at="2020-01-01T00:00:00Z")
    world.sync(first)
    before = list(Listing.objects.order_by("pk").values())

    with pytest.raises(RunLost):
        settle(zombie, batch, [])

    assert list(Listing.objects.order_by("pk").values()) == before


@pytest.mark.only_on("postgresql")
def test_claiming_waits_for_whoever_decides_who_carries():
    """A sibling that records at this moment may be about to take over what would be claimed."""
    catalog = make_catalog()
    make_listing(catalog, wanted=make_document())
    run = start(catalog)
    deciding, claimed = threading.Event(), threading.Event()

    def decide():
        try:
            with transaction.atomic():
                lock_channel(catalog.channel_id)
                deciding.set()
                assert claimed.wait(timeout=300)
        finally:
            connection.close()

    sibling = threading.Thread(target=decide)
    sibling.start()
    assert deciding.wait(timeout=300)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            claim_batch(run, Action.PUSH, 10)
    finally:
        claimed.set()
        sibling.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")

    assert len(claim(run, Action.PUSH, 10).items) == 1


@pytest.mark.parametrize("siblings", [0, 1])
def test_a_batch_costs_the_same_queries_whatever_its_size(world, receiver, siblings):
    sizes = (1, 10, 100)  # the first also makes what a channel needs once

    _, small, large = [queries_of_a_batch(world.channel, size, siblings) for size in sizes]

    assert len(receiver.products) == sum(sizes)
    assert small == large


def queries_of_a_batch(channel, size, siblings):
    """Push one batch of so many products that `siblings` other catalogs hold as well."""
    channel.settings |= {"batch_size": str(size)}
    first, *others = [make_catalog(channel, position=number) for number in range(1 + siblings)]
    for number in range(size):
        key = f"00000000-0000-0000-{size:04d}-{number:012d}"
        make_listing(first, key=key, wanted=make_document())
        for other in others:
            make_listing(other, key=key, wanted=make_document(), status=Status.CARRIED)
    run = start(first)
    with CaptureQueriesContext(connection) as queries:
        push_due(run, adapter_for(channel), go_on=lambda: None, wait=lambda seconds: None)
    assert (run.pushed, run.batches.count()) == (size, 1)
    return len(queries)
