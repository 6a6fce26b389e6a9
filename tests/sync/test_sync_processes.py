"""`sync_catalog` as processes of their own: two at once, interrupted, killed."""

import json
import signal

import pytest

from catalogs.models import Catalog, Channel
from sandbox.faults import Fault
from sync.models import Batch, Listing, Run
from tests.channels.receiver import Receiver, running_receiver
from tests.factories import make_channel, make_connection
from tests.programs import manage, start, wait_for
from tests.sync.commanding import assert_stopped, sync

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(world):
    """A shop that keeps its first caller waiting until its door is opened."""
    with running_receiver() as receiver:
        Channel.objects.update(settings={"endpoint": receiver.url, "batch_size": "10"})
        receiver.open.clear()
        yield receiver
        receiver.open.set()


def assert_all_is_done(world, shop: Receiver):
    """Every product is on the shop, and what was sent twice had the same key and body."""
    assert shop.products.keys() == world.listed()
    assert world.statuses() == {Listing.Status.LISTED: len(world.listed())}
    bodies = {call.headers["Idempotency-Key"]: call.body for call in shop.received}
    assert all(call.body == bodies[call.headers["Idempotency-Key"]] for call in shop.received)
    sent = [item["key"] for body in bodies.values() for item in json.loads(body)["items"]]
    assert sorted(sent) == sorted(world.listed())
    assert not Batch.objects.exclude(state=Batch.State.SETTLED).exists()


def test_of_two_that_start_at_the_same_moment_the_second_waits(world):
    """The shop takes its time, so that they meet."""
    world.pim.faults.add(Fault("slow", "^/shop/ingest$", times=2, seconds=1.5))

    both = [start("sync_catalog", world.catalog.pk, "--json") for _ in range(2)]
    ended = [wait_for(process) for process in both]

    number = len(world.listed())
    first, second = Run.objects.order_by("started_at")
    assert [one.status for one in ended] == [0, 0]
    assert [one.err for one in ended] == ["", ""]
    assert sorted(one.answer["pushed"] for one in ended) == [0, number]
    assert {one.answer["run"] for one in ended} == {first.pk, second.pk}
    assert first.finished_at
    assert second.started_at
    assert first.finished_at <= second.started_at
    assert world.on_shop() == world.listed()
    assert world.shop.stats() == {
        **{"live": number, "withdrawn": 0, "pushed_items": number, "withdrawn_items": 0},
        **{"batches": -(-number // 10), "duplicates": 0},
    }


def test_two_of_different_catalogs_go_on_side_by_side(world, shop):
    """The shop keeps the first waiting while the second goes to another one."""
    other_shop = make_channel(world.connection, settings=world.channel.settings)
    second = world.add_catalog("Second", channel=other_shop)

    with start("sync_catalog", world.catalog.pk, "--json") as process:
        assert shop.called.wait(timeout=300)
        meanwhile = sync(second)
        shop.open.set()
        ended = wait_for(process)

    number = len(world.listed())
    assert (meanwhile.status, meanwhile.answer["pushed"]) == (0, number)
    assert (ended.status, ended.answer["pushed"]) == (0, number)
    assert world.on_shop() == shop.products.keys() == world.listed()


def test_ctrl_c_stops_the_run_and_the_next_one_goes_on(world, shop):
    with start("sync_catalog", world.catalog.pk, "--json") as process:
        assert shop.called.wait(timeout=300)
        process.send_signal(signal.SIGINT)
        ended = wait_for(process)
    shop.open.set()

    after = sync(world.catalog)

    assert_stopped(ended, "It was interrupted. The next run goes on from here.")
    assert ended.answer["pushed"] == 0
    assert (after.status, after.answer["mode"]) == (0, "delta")
    assert after.answer["pushed"] == len(world.listed())
    assert_all_is_done(world, shop)


def test_a_killed_run_is_taken_up_at_once(world, shop):
    with start("sync_catalog", world.catalog.pk, "--json") as process:
        assert shop.called.wait(timeout=300)
        process.kill()
        ended = wait_for(process)
    shop.open.set()

    after = manage("sync_catalog", world.catalog.pk, "--json")

    assert (ended.status, ended.out) == (-signal.SIGKILL, "")
    assert (after.status, after.answer["run"]) == (0, Run.objects.get().pk)
    assert after.answer["pushed"] == len(world.listed())
    assert_all_is_done(world, shop)


def test_ctrl_c_in_any_command_is_one_line(shop, world):
    """As in one that waits for a PIM, whose part the shop plays."""
    pim = make_connection(pim_url=shop.url)
    channel = make_channel(pim)

    with start("add_catalog", "Autumn", "--pim", shop.url, "--channel", channel.pk) as process:
        assert shop.called.wait(timeout=300)
        process.send_signal(signal.SIGINT)
        ended = wait_for(process)

    assert (ended.status, ended.out) == (1, "")
    assert ended.problem == "Interrupted."
    assert Catalog.objects.get() == world.catalog
