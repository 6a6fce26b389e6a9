"""Models that leave: held by the model and not by its variants, and taken off with a catalog."""

import pytest

from catalogs.models import Catalog, Channel
from sandbox.faults import Fault
from sync.listings import confirm_held, refuse_held
from sync.models import Listing, ListingVariant, Run
from sync.removal import count_to_withdraw, remove_catalog, remove_channel
from sync.runs import create_run
from tests.sync.test_giving_way import work_on
from tests.sync.test_models import in_step, synced
from tests.sync.test_models_delta import add_variant, two_models

__all__ = ["synced"]

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]

LEAVE, WITHDRAW = Catalog.OnShop.LEAVE, Catalog.OnShop.WITHDRAW


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(60)
    world.sleep = passing_time
    return world


@pytest.fixture
def held(synced):
    """Two models lost all of their variants, and more than one listing at once is asked about."""
    Catalog.objects.update(fuse_count=1, fuse_percent=0)
    one, other, _ = two_models(synced)
    for uuid in [*synced.variants(one), *synced.variants(other)]:
        synced.world.pim.disable_product(uuid)
    assert synced.world.sync().status == Run.Status.HELD
    return {one, other}


def rows():
    return list(Listing.objects.held().order_by("pk").values_list("pk", flat=True))


def work(models):
    [run] = models.world.work()
    return run


def test_variants_that_leave_models_that_stay_are_not_counted(synced):
    Catalog.objects.update(fuse_count=1, fuse_percent=0)
    one, other, _ = two_models(synced)
    for uuid in [*synced.variants(one)[1:], *synced.variants(other)[1:]]:
        synced.world.pim.disable_product(uuid)

    assert in_step(synced, synced.world.sync())
    assert not Listing.objects.held().exists()


def test_a_model_of_which_a_variant_came_back_while_the_run_was_put_off_stays(synced, passing_time):
    world = synced.world
    back, gone, _ = two_models(synced)
    variants = synced.variants(back)
    for uuid in [*variants, *synced.variants(gone)]:
        world.pim.disable_product(uuid)
    # Once the listing is complete: the run asks why they left.
    world.pim.faults.add(Fault("500", r"/products-uuid$", times=100))
    run = create_run(world.again(), Run.Trigger.SCHEDULE)
    work_on(world, run)
    assert (run.status, run.phase) == (Run.Status.QUEUED, Run.Phase.RECONCILING)
    world.pim.faults.clear()
    world.pim.enable_product(variants[0])
    passing_time(7200)

    work_on(world, run)

    assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, 1)
    assert back in synced.on_shop()
    assert gone not in synced.on_shop()


def test_models_are_held_as_one_each_and_stay_on_the_shop(synced, held):
    run = Run.objects.order_by("-pk")[0]

    assert set(Listing.objects.held().values_list("key", flat=True)) == held
    assert run.held == 2
    assert held <= set(synced.on_shop())


@pytest.mark.parametrize("full", [True, False])
def test_a_held_model_waits_through_the_following_runs(synced, held, full):
    run = synced.world.sync(full=full)

    assert (run.status, run.withdrawn) == (Run.Status.HELD, 0)
    assert set(Listing.objects.held().values_list("key", flat=True)) == held


def test_one_variant_that_comes_back_releases_its_model(synced, held):
    one, *_ = sorted(held)
    variant = min(synced.known(one))
    synced.world.pim.enable_product(variant)

    synced.world.sync()

    assert set(Listing.objects.held().values_list("key", flat=True)) == held - {one}
    assert [each["uuid"] for each in synced.on_shop()[one]["variants"]] == [variant]


def test_a_new_variant_releases_its_model_too(synced, held):
    one, *_ = sorted(held)
    below = [code for code, each in synced.world.pim.assortment.models.items() if each.parent]
    product = synced.world.pim.add_product("NEW-VARIANT", "backpacks")
    parent = next((code for code in below if code.startswith(f"{one}-")), one)
    synced.world.pim.hang_product(product.uuid, parent)

    synced.world.sync()

    assert set(Listing.objects.held().values_list("key", flat=True)) == held - {one}
    assert synced.on_shop()[one] == synced.in_pim()[one]


def test_confirmed_models_are_withdrawn(synced, held):
    confirm_held(synced.world.catalog, rows())

    assert in_step(synced, synced.world.sync())
    assert synced.world.withdrawn() == held


def test_refused_models_stay_and_belong_to_the_pim_again_with_a_variant(synced, held):
    before = synced.on_shop()
    refuse_held(synced.world.catalog, rows())
    synced.world.sync()
    assert {code: synced.on_shop()[code] for code in held} == {code: before[code] for code in held}

    for code in held:
        for uuid in synced.known(code):
            synced.world.pim.enable_product(uuid)

    assert in_step(synced, synced.world.sync())
    assert not synced.world.withdrawn()


def test_a_variant_of_a_held_model_that_moves_is_in_its_new_model_alone(synced, held):
    one, *_ = sorted(held)
    third = next(code for code in synced.codes if code.startswith("bpk-"))
    variant = min(synced.known(one))
    synced.world.pim.hang_product(
        variant, synced.world.pim.assortment.product(synced.variants(third)[0]).parent
    )
    synced.world.pim.enable_product(variant)

    synced.world.sync()

    assert variant in synced.known(third)
    assert variant in {each["uuid"] for each in synced.on_shop()[third]["variants"]}
    assert set(Listing.objects.held().values_list("key", flat=True)) == held


@pytest.mark.parametrize("on_shop", Catalog.OnShop)
def test_a_catalog_of_models_goes_as_it_was_decided(synced, on_shop):
    there = synced.on_shop()
    number = count_to_withdraw([synced.world.catalog])

    remove_catalog(synced.world.catalog, on_shop=on_shop, in_pim=Catalog.InPim.DELETE)
    run = work(synced)

    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    assert number == len(there)
    assert run.withdrawn == (number if on_shop == WITHDRAW else 0)
    assert synced.on_shop() == (there if on_shop == LEAVE else {})
    assert not Listing.objects.exists()
    assert not ListingVariant.objects.exists()
    assert synced.world.catalog.pim_catalog_id not in synced.world.pim.catalogs


def test_a_channel_with_models_goes_as_a_whole(synced):
    add_variant(synced, synced.codes[0])

    remove_channel(synced.world.channel, on_shop=WITHDRAW, in_pim=Catalog.InPim.KEEP)
    work(synced)

    assert synced.on_shop() == {}
    assert not Channel.objects.exists()


def test_held_models_go_with_their_catalog(synced, held):
    remove_catalog(synced.world.catalog, on_shop=WITHDRAW, in_pim=Catalog.InPim.KEEP)
    work(synced)

    assert synced.on_shop() == {}
