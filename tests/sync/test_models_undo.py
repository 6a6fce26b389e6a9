"""Undo over a catalog of models: models go back as they were, with the variants they had."""

import pytest

from sync.foreground import run_here
from sync.models import Listing, Run
from sync.undo import outlook, take_pims_version, undo_run
from tests.sync.test_models import in_step, synced
from tests.sync.test_models_delta import add_variant, two_models

__all__ = ["synced"]

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]

EAN = "2000000000008"


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(60)
    world.sleep = passing_time
    return world


def undone(models, run):
    again = Run.objects.select_related("catalog__channel__connection").get(pk=run.pk)
    undo_run(again, by="Mary")
    [undoing] = models.world.work()
    assert (undoing.status, undoing.problem) == (Run.Status.SUCCEEDED, "")
    return undoing


def stays(models, *, as_it_was):
    """Neither a delta nor a full run brings back what was undone."""
    for full in (False, True):
        run = models.world.sync(full=full)
        assert (run.status, run.changed, run.pushed, run.withdrawn) == ("succeeded", 0, 0, 0)
        assert models.on_shop() == as_it_was
    return True


def eans(document):
    return {one["uuid"]: one.get("ean") for one in document["variants"]}


def test_the_earlier_version_of_a_model_comes_back_and_stays(synced):
    one, _, variant = two_models(synced)
    before = synced.on_shop()
    synced.world.pim.edit_product(variant, "ean", EAN)
    run = synced.world.sync()
    assert eans(synced.on_shop()[one])[variant] == EAN

    undoing = undone(synced, run)

    assert (undoing.changed, undoing.pushed) == (1, 1)
    assert stays(synced, as_it_was=before)


def test_the_pims_version_counts_again_once_another_variant_changes(synced):
    one, _, variant = two_models(synced)
    synced.world.pim.edit_product(variant, "ean", EAN)
    undone(synced, synced.world.sync())
    synced.world.pim.edit_product(synced.variants(one)[1], "ean", "2000000000015")

    assert in_step(synced, synced.world.sync())
    assert eans(synced.on_shop()[one])[variant] == EAN


def test_the_pims_version_can_be_taken_again(synced):
    one, _, variant = two_models(synced)
    synced.world.pim.edit_product(variant, "ean", EAN)
    undone(synced, synced.world.sync())

    take_pims_version(synced.world.again(), [one], by="Mary")
    [run] = synced.world.work()

    assert in_step(synced, run)
    assert not Listing.objects.set_aside_by_person().exists()


def test_a_variant_that_was_taken_from_its_model_is_back_in_it(synced):
    one, _, variant = two_models(synced)
    before = synced.on_shop()
    synced.world.pim.disable_product(variant)
    run = synced.world.sync()
    assert variant not in eans(synced.on_shop()[one])

    undone(synced, run)

    assert stays(synced, as_it_was=before)
    assert variant not in synced.known(one)


def test_a_variant_that_moved_is_where_it_was(synced):
    one, other, variant = two_models(synced)
    before = synced.on_shop()
    parent = synced.world.pim.assortment.product(synced.variants(other)[0]).parent
    synced.world.pim.hang_product(variant, parent)

    undoing = undone(synced, synced.world.sync())

    assert undoing.pushed == 2
    assert stays(synced, as_it_was=before)
    assert variant in synced.known(other) - synced.known(one)


def test_a_new_variant_is_taken_out_of_its_model_again(synced):
    one, *_ = two_models(synced)
    before = synced.on_shop()
    add_variant(synced, one)

    undone(synced, synced.world.sync())

    assert stays(synced, as_it_was=before)


def test_a_model_that_left_comes_back_and_stays_although_the_pim_does_not_list_it(synced):
    one, *_ = two_models(synced)
    before = synced.on_shop()
    for uuid in synced.variants(one):
        synced.world.pim.disable_product(uuid)
    run = synced.world.sync()
    assert one not in synced.on_shop()

    undone(synced, run)

    assert stays(synced, as_it_was=before)


def test_a_model_that_came_back_is_the_pims_again_once_a_variant_is_enabled(synced):
    one, _, variant = two_models(synced)
    for uuid in synced.variants(one):
        synced.world.pim.disable_product(uuid)
    undone(synced, synced.world.sync())
    synced.world.pim.enable_product(variant)

    assert in_step(synced, synced.world.sync())
    assert list(eans(synced.on_shop()[one])) == [variant]


def test_a_model_that_the_run_sent_first_is_taken_off_and_stays_off(models, passing_time):
    hidden = models.codes[0]
    uuids = models.variants(hidden)
    for uuid in uuids:
        models.world.pim.disable_product(uuid)
    models.world.sync()
    before = models.on_shop()
    for uuid in uuids:
        models.world.pim.enable_product(uuid)
    run = models.world.sync()
    assert hidden in models.on_shop()

    undoing = undone(models, run)

    assert undoing.withdrawn == 1
    assert stays(models, as_it_was=before)


def test_a_product_that_became_a_variant_stands_alone_again(synced):
    one, *_ = two_models(synced)
    simple = synced.simple[0]
    before = synced.on_shop()
    synced.world.pim.hang_product(simple, one)
    run = synced.world.sync()
    assert simple not in synced.on_shop()

    undone(synced, run)

    assert stays(synced, as_it_was=before)


def test_what_was_read_anew_since_is_left_alone(synced):
    _, _, variant = two_models(synced)
    synced.world.pim.edit_product(variant, "ean", EAN)
    run = synced.world.sync()
    synced.world.pim.edit_product(variant, "ean", "2000000000015")
    run_here(
        synced.world.again(),
        full=False,
        dry_run=False,
        products=[variant],
        sleep=synced.world.sleep,
    )

    assert (outlook(run).going_back, outlook(run).left) == (0, 1)
