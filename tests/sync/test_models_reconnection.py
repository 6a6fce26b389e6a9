"""A catalog of models after its PIM was connected again: compared by models, and sent by a yes."""

import pytest

from catalogs.reconnection import take_up
from catalogs.tasks import take_up_catalogs
from connections.models import Connection
from sync.foreground import run_here
from sync.models import Difference, Listing, Run
from sync.reconnection import confirm_dry_run
from tests.sync.test_models import in_step, synced
from tests.sync.test_models_delta import two_models
from tests.visitor import Visitor

__all__ = ["synced"]

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(60)
    world.sleep = passing_time
    return world


@pytest.fixture
def connected_again(synced):
    """The app was removed in the PIM and opened again; people set up its new catalog as before."""
    world = synced.world
    world.pim.disconnect(world.connection.client_id)
    assert world.sync().status == Run.Status.STOPPED
    Visitor().open_app(world.url)
    take_up_catalogs()
    world.connection = Connection.objects.get()
    world.catalog = world.again()
    there = world.pim.catalogs[world.catalog.pim_catalog_id]
    there.enabled = True
    world.pim.auto_map(there)
    return synced


def trial(models):
    run = run_here(models.world.again(), full=True, dry_run=True, sleep=models.world.sleep)
    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    return run


def confirmed(models, run):
    confirm_dry_run(run)
    [done] = models.world.work()
    return done


def found(run):
    return dict(Difference.objects.filter(run=run).values_list("key", "action"))


def test_the_new_catalog_asks_for_models_again_and_nothing_is_sent(connected_again):
    on_shop = connected_again.on_shop()

    compared = trial(connected_again)
    done = confirmed(connected_again, compared)

    assert (compared.changed, compared.leaving) == (0, 0)
    assert (done.pushed, done.withdrawn) == (0, 0)
    assert connected_again.on_shop() == on_shop
    assert in_step(connected_again, done)


def test_what_happened_meanwhile_is_told_by_models_and_sent_after_the_yes(connected_again):
    one, other, variant = two_models(connected_again)
    pim = connected_again.world.pim
    pim.hang_product(variant, pim.assortment.product(connected_again.variants(other)[0]).parent)
    gone = connected_again.codes[-1]
    for uuid in connected_again.variants(gone):
        pim.delete_product(uuid)
    before = connected_again.on_shop()

    compared = trial(connected_again)

    assert found(compared) == {one: "push", other: "push", gone: "withdraw"}
    assert connected_again.on_shop() == before
    assert in_step(connected_again, confirmed(connected_again, compared))
    assert connected_again.world.withdrawn() == {gone}


def test_a_product_that_stands_alone_now_is_told_beside_its_model(connected_again):
    one, _, variant = two_models(connected_again)
    connected_again.world.pim.hang_product(variant, None)

    compared = trial(connected_again)

    assert found(compared) == {one: "push", variant: "push"}
    assert in_step(connected_again, confirmed(connected_again, compared))


def test_the_same_catalog_that_is_still_there_is_taken_up_as_it_is(synced):
    world = synced.world
    world.catalog.unconfirmed_since = world.catalog.created_at
    world.catalog.save()
    kept = world.catalog.pim_catalog_id

    take_up(world.again())

    assert world.again().pim_catalog_id == kept
    assert in_step(synced, confirmed(synced, trial(synced)))
    assert not Listing.objects.exclude(status=Listing.Status.LISTED).exists()
