"""Removing catalogs and channels, as whole runs: what is left on the shop, in the PIM and here."""

import pytest
from django.db import connection
from django.db.models.signals import pre_save

from catalogs.channels import adapter_for
from catalogs.models import Catalog, Channel
from connections.models import Connection
from sandbox.faults import Fault
from sync import ownership
from sync.execution import execute_run
from sync.models import Batch, Change, Listing, Run
from sync.models.batches import Action
from sync.removal import count_to_withdraw, remove_catalog, remove_channel
from sync.runs import create_run
from sync.settling import settle
from tests.channels.receiver import Answer
from tests.factories import make_catalog
from tests.sync.one_batch import claim_batch, contents_of
from tests.sync.processes import KillAt

pytestmark = pytest.mark.whole_runs

Status = Listing.Status
LEAVE, WITHDRAW = Catalog.OnShop.LEAVE, Catalog.OnShop.WITHDRAW
KEEP, DELETE = Catalog.InPim.KEEP, Catalog.InPim.DELETE


@pytest.fixture
def first(world):
    """Backpacks and T-shirts, raw."""
    world.select(world.catalog, "backpacks", "t_shirts")
    return world.catalog


@pytest.fixture
def both(world, first):
    """That one, and mapped T-shirts and mugs; synced."""
    second = world.add_catalog("Wardrobe", raw=False)
    world.select(second, "t_shirts", "mugs")
    world.sync(first)
    world.sync(second)
    return first, second


def remove(world, catalog, on_shop, in_pim=KEEP):
    remove_catalog(catalog, on_shop=on_shop, in_pim=in_pim)
    return world.work()


def decide_elsewhere(catalog, on_shop):
    """What a web process does while the run is under way."""
    remove_catalog(catalog, on_shop=on_shop, in_pim=KEEP)
    connection.close()  # of the receiver's thread, in which this is called


def in_pim(world, catalog):
    return catalog.pim_catalog_id in world.pim.catalogs


@pytest.mark.parametrize("on_shop", Catalog.OnShop)
@pytest.mark.parametrize("what", Catalog.InPim)
def test_a_catalog_goes_as_it_was_decided(world, first, on_shop, what):
    world.sync(first)
    there = world.on_shop()

    [run] = remove(world, first, on_shop, what)

    assert run.status == Run.Status.SUCCEEDED
    assert world.on_shop() == (there if on_shop == LEAVE else set())
    assert in_pim(world, first) == (what == KEEP)
    assert not Catalog.objects.exists()
    assert not Listing.objects.exists()
    assert not Run.objects.exists()
    assert not Change.objects.exists()
    assert Channel.objects.get() == world.channel


def test_withdrawing_takes_off_what_no_other_catalog_holds(world, both):
    first, second = both
    number = count_to_withdraw([first])

    [run] = remove(world, first, WITHDRAW)

    assert number == run.withdrawn == len(world.withdrawn())
    assert world.shop.live_documents() == world.documents(second)
    assert not world.withdrawn() & world.on_shop()
    assert world.sync(second).pushed == 0


def test_of_very_many_what_others_wait_with_is_taken_for_what_they_hold(world, both, monkeypatch):
    first, second = both
    exact = count_to_withdraw([first]), count_to_withdraw([second]), count_to_withdraw(both)
    monkeypatch.setattr("sync.removal._EXACTLY", 0)  # not thousands

    about = count_to_withdraw([first]), count_to_withdraw([second]), count_to_withdraw(both)

    assert about == exact
    assert 0 < exact[0] < len(world.listed(first))


def test_leaving_gives_what_another_catalog_holds_into_its_care(world, both):
    first, second = both
    shirts = world.listed(first) & world.listed(second)
    there = world.shop.live_documents()

    remove(world, first, LEAVE)
    [run] = world.work()

    assert (run.catalog, run.mode, run.pushed) == (second, Run.Mode.PUSH, len(shirts))
    assert world.shop.live_documents() == there | world.documents(second)
    assert not world.withdrawn()


@pytest.mark.parametrize("on_shop", Catalog.OnShop)
def test_the_second_catalog_goes_without_touching_what_the_first_carries(world, both, on_shop):
    first, second = both
    there = world.shop.live_documents()

    remove(world, second, on_shop)

    kept = there if on_shop == LEAVE else world.documents(first)
    assert world.shop.live_documents() == kept
    assert world.work() == []


def test_a_channel_goes_with_all_its_catalogs(world, both):
    first, second = both
    number = count_to_withdraw(both)
    before = world.on_shop()

    remove_channel(world.channel, on_shop=WITHDRAW, in_pim=DELETE)
    runs = world.work()

    assert len(before) == number == sum(run.withdrawn for run in runs)
    assert sum(run.pushed for run in runs) == 0
    assert world.on_shop() == set()
    assert not world.pim.catalogs
    assert not Channel.objects.exists()
    assert not Catalog.objects.exists()


def test_a_channel_may_leave_everything(world, both):
    before = world.shop.live_documents()

    remove_channel(world.channel, on_shop=LEAVE, in_pim=KEEP)
    world.work()

    assert world.shop.live_documents() == before
    assert len(world.pim.catalogs) == 2
    assert not Channel.objects.exists()


def test_a_channel_is_kept_for_a_catalog_that_was_added_meanwhile(world, first):
    remove_channel(world.channel, on_shop=WITHDRAW, in_pim=DELETE)
    late = make_catalog(world.channel, name="Late", every=None, raw=True)

    world.work()

    assert list(Catalog.objects.all()) == [late]


@pytest.mark.parametrize("remove_it", [remove_catalog, remove_channel])
def test_a_doubled_click_removes_once(world, both, remove_it):
    first, second = both
    thing = first if remove_it is remove_catalog else world.channel

    remove_it(thing, on_shop=WITHDRAW, in_pim=DELETE)
    remove_it(thing, on_shop=WITHDRAW, in_pim=DELETE)
    world.work()
    remove_it(thing, on_shop=WITHDRAW, in_pim=DELETE)

    assert world.work() == []
    kept = [second] if remove_it is remove_catalog else []
    assert list(Catalog.objects.all()) == kept
    assert world.shop.live_documents() == world.documents(*kept)


def test_the_last_decision_counts(world, first):
    world.sync(first)
    there = world.on_shop()
    remove_catalog(first, on_shop=WITHDRAW, in_pim=DELETE)

    remove(world, first, LEAVE, KEEP)

    assert world.on_shop() == there
    assert in_pim(world, first)
    assert not Catalog.objects.exists()


def test_a_decision_that_changes_during_the_removal_is_heeded(world, first, receiver, waited):
    """The person sees what happens, and saves the mapping and what is still on the channel."""
    world.sync(first)
    total = len(receiver.products)
    calls = len(receiver.received)

    def on_call(received):
        if len(receiver.received) == calls + 1:
            decide_elsewhere(first, LEAVE)

    receiver.on_call = on_call
    runs = remove(world, first, WITHDRAW, DELETE)
    statuses = [run.status for run in runs]
    world.work()

    assert statuses == [Run.Status.STOPPED]
    assert len(receiver.products) == total - 10
    assert in_pim(world, first)
    assert not Catalog.objects.exists()


def test_a_run_under_way_gives_way_to_the_removal(world, first, receiver):
    def on_call(received):
        if len(receiver.received) == 2:
            decide_elsewhere(first, WITHDRAW)

    receiver.on_call = on_call

    run = world.sync(first)
    [removal] = world.work()

    assert (run.status, run.problem) == (Run.Status.STOPPED, "The catalog is being removed.")
    assert removal.withdrawn == run.pushed >= 20
    assert receiver.products == {}
    assert not Catalog.objects.exists()


@pytest.mark.parametrize("on_shop", Catalog.OnShop)
def test_a_run_at_its_end_is_followed_by_the_removal(world, first, receiver, on_shop):
    """Nothing of it looks any more whether somebody decided, and it is live still."""

    def decide(instance, **_):
        if instance.finished_at and not decided:
            decided.append(True)
            remove_catalog(first, on_shop=on_shop, in_pim=KEEP)

    decided: list[bool] = []
    pre_save.connect(decide, sender=Run)
    try:
        run = world.sync(first)
    finally:
        pre_save.disconnect(decide, sender=Run)
    there = set(receiver.products)
    [removal] = world.work()

    assert decided
    assert there
    assert run.status == removal.status == Run.Status.SUCCEEDED
    assert set(receiver.products) == (there if on_shop == LEAVE else set())
    assert not Catalog.objects.exists()


def test_what_a_sibling_has_under_way_for_it_is_withdrawn_too(world, both):
    first, second = both
    world.select(first, "backpacks")
    world.read(first)
    alive = create_run(first, Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
    assert ownership.claim(alive)
    batch = claim_batch(alive, Action.PUSH, 100)
    assert batch is not None
    products = contents_of(batch) or []
    remove_catalog(second, on_shop=WITHDRAW, in_pim=KEEP)
    removal = Run.objects.get(catalog=second, status=Run.Status.QUEUED)
    assert ownership.claim(removal)
    settled: list[Batch] = []

    def sleep(seconds):
        if not settled:
            results = adapter_for(world.channel).push(products, idempotency_key=str(batch.key))
            settle(alive, batch, results)
            settled.append(batch)

    execute_run(removal, sleep=sleep)

    assert settled
    assert removal.status == Run.Status.SUCCEEDED
    assert world.shop.live_documents() == world.documents(first)


def test_a_channel_that_is_down_is_withdrawn_from_later(world, first, receiver, waited):
    world.sync(first)
    receiver.script = Answer(503)

    [failed] = remove(world, first, WITHDRAW, DELETE)
    kept = Catalog.objects.get()
    receiver.script = None
    remove(world, kept, WITHDRAW, DELETE)

    assert failed.status == Run.Status.FAILED
    assert kept.removing_since is not None
    assert not receiver.products
    assert not world.pim.catalogs
    assert not Catalog.objects.exists()


def test_a_withdrawal_that_the_channel_refuses_keeps_the_catalog(world, waited, first, receiver):
    world.sync(first)
    receiver.script = Answer(
        200, b'{"results": [{"key": "x", "status": "ok"}]}'
    )  # it says nothing of ours

    [stopped] = remove(world, first, WITHDRAW)

    assert stopped.status == Run.Status.STOPPED
    assert "could not be withdrawn" in stopped.problem
    assert Catalog.objects.get() == first


def test_a_pim_that_is_disconnected_has_deleted_the_catalog_itself(world, first):
    world.sync(first)
    world.pim.disconnect(first.connection.client_id)

    [run] = remove(world, first, WITHDRAW, DELETE)

    assert run.status == Run.Status.SUCCEEDED
    assert world.on_shop() == set()
    assert not Catalog.objects.exists()
    assert Connection.objects.get().state == Connection.State.DISCONNECTED


def test_a_pim_that_was_known_to_be_disconnected_is_not_asked(world, first):
    world.sync(first)
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    world.pim.traffic.reset()

    [run] = remove(world, first, WITHDRAW, DELETE)

    assert run.status == Run.Status.SUCCEEDED
    assert world.pim.traffic.as_json()["total"] == 0
    assert not Catalog.objects.exists()


def test_a_catalog_that_is_gone_from_the_pim_is_removed_here(world, first):
    world.sync(first)
    del world.pim.catalogs[first.pim_catalog_id]

    [run] = remove(world, first, WITHDRAW, DELETE)

    assert run.status == Run.Status.SUCCEEDED
    assert world.on_shop() == set()
    assert not Catalog.objects.exists()


def test_without_the_scope_to_delete_it_stops_and_may_be_decided_again(world, first):
    world.sync(first)
    app = next(iter(world.pim.apps.values()))
    token = world.pim.set_scopes(app, set(app.scopes) - {"delete_catalogs"})
    world.connection.token = token
    world.connection.save()

    [stopped] = remove(world, first, WITHDRAW, DELETE)
    kept = Catalog.objects.get()
    [run] = remove(world, kept, WITHDRAW, KEEP)

    assert stopped.status == Run.Status.STOPPED
    assert stopped.problem
    assert run.status == Run.Status.SUCCEEDED
    assert in_pim(world, first)
    assert world.on_shop() == set()
    assert not Catalog.objects.exists()


def test_a_pim_that_is_away_is_asked_again_by_the_next_run(world, first, waited):
    world.sync(first)
    world.pim.faults.add(Fault("500", r"/catalogs/[^/]+$", times=100))

    [failed] = remove(world, first, WITHDRAW, DELETE)
    world.pim.faults.clear()
    [run] = remove(world, Catalog.objects.get(), WITHDRAW, DELETE)

    assert (failed.status, run.status) == (Run.Status.FAILED, Run.Status.SUCCEEDED)
    assert not world.pim.catalogs
    assert not Catalog.objects.exists()


@pytest.mark.parametrize("number", [1, 2])
def test_a_removal_that_is_killed_half_way_is_ended_by_the_next(world, first, receiver, number):
    world.sync(first)
    receiver.received.clear()
    remove_catalog(first, on_shop=WITHDRAW, in_pim=DELETE)
    kill = KillAt(receiver, number, carried_out=True)

    kill.during(world.work)
    [run] = world.work()

    calls = {one.headers["Idempotency-Key"]: one.body for one in receiver.received}
    assert len(calls) == len(set(calls.values())) < len(receiver.received)
    assert run.status == Run.Status.SUCCEEDED
    assert receiver.products == {}
    assert not world.pim.catalogs
    assert not Catalog.objects.exists()
