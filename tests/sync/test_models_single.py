"""Single products of a catalog of models, trials over it, and what else asks for one product."""

import pytest

from catalogs.reconnection import take_up
from sync import ownership
from sync.foreground import run_here
from sync.models import Difference, Listing, Run
from sync.reconnection import confirm_dry_run
from sync.single import sync_products
from tests.sync.test_models import in_step, pushes, synced
from tests.sync.test_models_delta import add_variant, two_models

__all__ = ["synced"]

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(60)
    world.sleep = passing_time
    return world


def sync(models, *keys):
    """One run of these products; return it and what was sent."""
    before = pushes(models)
    run = run_here(
        models.world.again(), full=False, dry_run=False, products=keys, sleep=models.world.sleep
    )
    after = pushes(models)
    return run, {key for key, count in after.items() if count != before.get(key, 0)}


def trial(models):
    return run_here(models.world.again(), full=True, dry_run=True, sleep=models.world.sleep)


def test_a_variant_sends_its_model(synced):
    one, _, variant = two_models(synced)
    synced.world.pim.edit_product(variant, "ean", "2000000000008")

    run, sent = sync(synced, variant)

    assert (run.status, run.mode, run.keys) == (Run.Status.SUCCEEDED, Run.Mode.PRODUCT, [one])
    assert sent == {one}
    assert synced.on_shop() == synced.in_pim()


def test_a_model_may_be_named_by_its_code(synced):
    one, *_ = two_models(synced)
    synced.world.pim.edit_model(one, "name", "Renamed", "en_US")

    assert sync(synced, one)[1] == {one}


def test_a_variant_that_nobody_knows_yet_is_found_by_its_parents(synced):
    one, *_ = two_models(synced)
    uuid = add_variant(synced, one)

    run, sent = sync(synced, uuid)

    assert (run.keys, sent) == ([one], {one})
    assert in_step(synced, run)


def test_a_simple_product_goes_by_itself(synced):
    simple = synced.simple[0]
    synced.world.pim.edit_product(simple, "sku", "NEW")

    assert sync(synced, simple)[1] == {simple}


def test_a_variant_that_left_is_taken_from_its_model(synced):
    one, _, variant = two_models(synced)
    synced.world.pim.disable_product(variant)

    run, sent = sync(synced, variant)

    assert (run.status, sent) == (Run.Status.SUCCEEDED, {one})
    assert variant not in synced.known(one)


def test_a_model_without_variants_is_withdrawn_and_says_why(synced):
    one, _, variant = two_models(synced)
    for uuid in synced.variants(one):
        synced.world.pim.disable_product(uuid)

    run, _ = sync(synced, variant)

    assert run.status == Run.Status.SUCCEEDED
    assert synced.world.withdrawn() == {one}
    assert Listing.objects.get(key=one).left_because == "disabled"


def test_a_variant_that_was_simple_leaves_its_own_place(synced):
    one, *_ = two_models(synced)
    simple = synced.simple[0]
    synced.world.pim.hang_product(simple, one)

    run, sent = sync(synced, simple)

    assert (run.status, run.keys) == (Run.Status.SUCCEEDED, sorted([one, simple]))
    assert sent == {one}
    assert synced.world.withdrawn() == {simple}


def test_a_disabled_catalog_takes_nothing_away(synced):
    one, _, variant = two_models(synced)
    synced.world.pim.catalogs[synced.world.catalog.pim_catalog_id].enabled = False

    run, _ = sync(synced, variant)

    assert run.status == Run.Status.STOPPED
    assert not synced.world.withdrawn()
    assert one in synced.on_shop()


def test_an_incomplete_list_of_variants_takes_nothing_away(synced):
    one, _, variant = two_models(synced)
    synced.world.between.edit_json(
        rf"/{one}/variants", lambda page: page["_embedded"]["items"].pop()
    )

    run, sent = sync(synced, variant)

    assert (run.status, sent) == (Run.Status.FAILED, set())
    assert "ended early" in run.problem


def test_a_run_of_products_is_about_models_from_its_start(synced):
    one, _, variant = two_models(synced)

    run = sync_products(synced.world.catalog, [variant, synced.variants(one)[1]])

    assert run.keys == [one]
    assert ownership.claim(run)


def test_a_trial_says_what_would_change_and_changes_nothing(synced):
    one, other, variant = two_models(synced)
    emptied = synced.codes[-1]
    pim = synced.world.pim
    pim.hang_product(variant, pim.assortment.product(synced.variants(other)[0]).parent)
    for uuid in synced.variants(emptied):
        pim.disable_product(uuid)
    before = (synced.on_shop(), synced.known(one), synced.known(other))

    run = trial(synced)

    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    assert run.pulled == run.listed == len(synced.listed())
    found = dict(Difference.objects.filter(run=run).values_list("key", "action"))
    assert found == {one: "push", other: "push", emptied: "withdraw"}
    assert (synced.on_shop(), synced.known(one), synced.known(other)) == before


def test_a_trial_of_a_model_whose_variants_all_moved_says_that_it_leaves(synced):
    one, other, _ = two_models(synced)
    pim = synced.world.pim
    parent = pim.assortment.product(synced.variants(other)[0]).parent
    for uuid in synced.variants(one):
        pim.hang_product(uuid, parent)

    run = trial(synced)

    found = dict(Difference.objects.filter(run=run).values_list("key", "action"))
    assert found == {one: "withdraw", other: "push"}


def test_a_first_trial_finds_everything_new(models):
    run = trial(models)

    assert run.changed == len(models.codes) + len(models.simple)
    assert not Listing.objects.exists()


def test_a_catalog_that_was_made_again_has_models_again(synced):
    world = synced.world
    lost = world.catalog.pim_catalog_id
    del world.pim.catalogs[lost]
    world.catalog.unconfirmed_since = world.catalog.created_at
    world.catalog.save()
    take_up(world.again())
    world.catalog = world.again()
    there = world.pim.catalogs[world.catalog.pim_catalog_id]
    there.enabled = True
    world.pim.auto_map(there)

    run = trial(synced)

    assert (run.status, run.problem, run.changed) == (Run.Status.SUCCEEDED, "", 0)
    confirm_dry_run(run)
    [confirmed] = world.work()
    assert in_step(synced, confirmed)
    assert confirmed.pushed == 0
