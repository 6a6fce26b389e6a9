"""A delta over a catalog of models: each change of a variant, with as few calls as it takes."""

import pytest

from sandbox.faults import Fault
from sync import pull, pull_models
from sync.models import Listing, Run
from tests.sync.looks import A_LOOK
from tests.sync.test_models import in_step, pushes, synced

__all__ = ["synced"]

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]

CATALOG = "catalogs/<catalog_id>"
QUIET = {CATALOG: 1, f"{CATALOG}/product-uuids": 7, f"{CATALOG}/mapped-models": 1, **A_LOOK}
VARIANTS = f"{CATALOG}/mapped-models/<model_code>/variants"


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(60)
    world.sleep = passing_time
    return world


def delta(models):
    """A delta that leaves the channel in step; return what was sent more than before."""
    before, pim = pushes(models), models.world.pim
    pim.traffic.reset()
    run = models.world.sync()
    models.asked = models.requests()
    assert run.mode == Run.Mode.DELTA
    assert in_step(models, run)
    return {key for key, count in pushes(models).items() if count != before.get(key, 0)}


def calls(models):
    """What the delta asked beside what every delta asks."""
    counts = {name: count - QUIET.get(name, 0) for name, count in models.asked.items()}
    return {name: count for name, count in counts.items() if count}


def two_models(models):
    """Two models of the same family and the first variant of the first."""
    codes = [code for code in models.codes if code.startswith("bpk-")]
    return codes[0], codes[1], models.variants(codes[0])[0]


def add_variant(models, code):
    pim, sibling = models.world.pim, models.variants(code)[0]
    parent = pim.assortment.product(sibling).parent
    product = pim.add_product("NEW-VARIANT", pim.assortment.models[code].family)
    pim.hang_product(product.uuid, parent)
    pim.edit_product(product.uuid, "color", "black")
    return product.uuid


def test_an_edited_variant_sends_its_model(synced):
    one, _, variant = two_models(synced)
    synced.world.pim.edit_product(variant, "ean", "2000000000008")

    assert delta(synced) == {one}
    assert calls(synced) == {VARIANTS: 1}


def test_an_edited_variant_sends_its_model_also_where_dates_of_models_tell_nothing(synced):
    """Then the PIM does not give the model by date, and it is asked for by its code."""
    one, _, variant = two_models(synced)
    synced.world.pim.edit_product(variant, "ean", "2000000000008")
    synced.world.between.edit_json(
        r"/mapped-models\?.*updated_after", lambda page: page["_embedded"].update(items=[])
    )

    assert delta(synced) == {one}
    assert calls(synced) == {VARIANTS: 1, f"{CATALOG}/mapped-models": 1}


def test_an_edited_model_is_sent(synced):
    one, *_ = two_models(synced)
    synced.world.pim.edit_model(one, "name", "Renamed", "en_US")

    assert delta(synced) == {one}
    assert calls(synced) == {VARIANTS: 1}


def test_an_edited_simple_product_is_sent_alone(synced):
    synced.world.pim.edit_product(synced.simple[0], "sku", "NEW")

    assert delta(synced) == {synced.simple[0]}
    assert calls(synced) == {f"{CATALOG}/mapped-products": 1}


def test_a_new_variant_comes_with_its_model(synced):
    one, *_ = two_models(synced)
    uuid = add_variant(synced, one)

    assert delta(synced) == {one}
    assert uuid in synced.known(one)


@pytest.mark.parametrize("how", ["disable_product", "delete_product"])
def test_a_variant_that_left_is_taken_from_its_model(synced, how):
    one, _, variant = two_models(synced)
    getattr(synced.world.pim, how)(variant)

    assert delta(synced) == {one}
    assert variant not in synced.known(one)
    assert not synced.world.withdrawn()
    assert calls(synced) == {VARIANTS: 1, f"{CATALOG}/mapped-models": 1}


def test_a_variant_that_moved_ends_in_one_model(synced):
    one, other, variant = two_models(synced)
    parent = synced.world.pim.assortment.product(synced.variants(other)[0]).parent
    synced.world.pim.hang_product(variant, parent)

    assert delta(synced) == {one, other}
    assert variant in synced.known(other) - synced.known(one)


@pytest.mark.parametrize("by_date", [True, False])
def test_a_model_whose_variants_all_moved_is_gone(synced, by_date):
    one, other, _ = two_models(synced)
    parent = synced.world.pim.assortment.product(synced.variants(other)[0]).parent
    for uuid in synced.variants(one):
        synced.world.pim.hang_product(uuid, parent)
    if not by_date:
        synced.world.between.edit_json(
            r"/mapped-models\?.*updated_after", lambda page: page["_embedded"].update(items=[])
        )

    assert delta(synced) == {other}
    assert synced.world.withdrawn() == {one}
    assert not synced.known(one) or synced.world.statuses() == {
        "listed": len(synced.codes) + len(synced.simple),
        "gone": 1,
    }


@pytest.mark.parametrize(
    ("how", "because"), [("disable_product", "disabled"), ("delete_product", "absent")]
)
def test_a_model_without_listed_variants_is_gone_and_says_why(synced, how, because):
    one, *_ = two_models(synced)
    for uuid in synced.variants(one):
        getattr(synced.world.pim, how)(uuid)

    assert delta(synced) == set()
    assert synced.world.withdrawn() == {one}
    assert Listing.objects.get(key=one).left_because == because


def test_a_model_that_is_deselected_says_so(synced):
    families = {product.family for product in synced.listed()} - {"backpacks"}
    synced.world.select(synced.world.catalog, *families)
    gone = Listing.objects.filter(key__startswith="bpk-")
    synced.world.catalog.fuse_percent = 100
    synced.world.catalog.save()

    delta(synced)

    assert set(gone.values_list("status", "left_because")) == {("gone", "deselected")}


def test_a_simple_product_that_becomes_a_variant_is_in_its_model_alone(synced):
    one, *_ = two_models(synced)
    simple = synced.simple[0]
    parent = synced.world.pim.assortment.product(synced.variants(one)[0]).parent
    synced.world.pim.hang_product(simple, parent)

    assert delta(synced) == {one}
    assert synced.world.withdrawn() == {simple}
    assert simple in synced.known(one)


def test_a_variant_that_becomes_simple_stands_alone(synced):
    one, _, variant = two_models(synced)
    synced.world.pim.hang_product(variant, None)

    assert delta(synced) == {one, variant}
    assert variant not in synced.known(one)


def test_variants_that_are_selected_without_a_date_bring_their_models(synced):
    one, *_ = two_models(synced)
    products = [synced.world.pim.assortment.product(uuid) for uuid in synced.variants(one)]
    for product in products:
        product.enabled = False
    delta(synced)
    assert synced.world.withdrawn() == {one}
    for product in products:
        product.enabled = True

    assert delta(synced) == {one}
    assert calls(synced) == {
        "products-uuid": 1,
        "product-models/<code>": 1,
        VARIANTS: 1,
        f"{CATALOG}/mapped-models": 1,
    }


def test_when_too_much_is_new_everything_is_read(synced, monkeypatch):
    monkeypatch.setattr(pull, "ONE_BY_ONE", 0)
    one, *_ = two_models(synced)
    for uuid in synced.variants(one):
        synced.world.pim.assortment.product(uuid).enabled = False
    synced.world.sync()
    for uuid in synced.known(one):
        synced.world.pim.assortment.product(uuid).enabled = True

    run = synced.world.sync()

    assert run.mode == Run.Mode.FULL
    assert in_step(synced, run)


def test_a_list_of_variants_that_ends_early_takes_nothing_from_its_model(synced):
    one, _, variant = two_models(synced)
    before = synced.on_shop()
    synced.world.pim.edit_product(variant, "ean", "2000000000008")
    synced.world.between.edit_json(
        rf"/{one}/variants", lambda page: page["_embedded"]["items"].pop()
    )

    run = synced.world.sync()

    assert run.status == Run.Status.FAILED
    assert f"“{one}” ended early" in run.problem
    assert synced.on_shop() == before
    assert synced.known(one) == set(synced.variants(one))
    assert delta(synced) == {one}


def test_a_model_whose_variants_are_not_found_stays(synced):
    """As in a PIM that has its index in disorder: 404 for what it lists."""
    one, _, variant = two_models(synced)
    before = synced.on_shop()
    synced.world.pim.edit_product(variant, "ean", "2000000000008")
    synced.world.between.edit_json(
        rf"/{one}/variants", lambda page: page["_embedded"]["items"].clear(), times=2
    )

    synced.world.sync()

    assert synced.on_shop() == before
    assert delta(synced) == {one}


def test_a_catalog_that_is_disabled_between_models_and_variants_loses_nothing(synced):
    one, _, variant = two_models(synced)
    before = synced.on_shop()
    synced.world.pim.edit_product(variant, "ean", "2000000000008")
    synced.world.pim.faults.add(Fault("disable", r"/variants$"))

    run = synced.world.sync()

    assert (run.status, synced.on_shop()) == (Run.Status.STOPPED, before)
    synced.world.pim.catalogs[synced.world.catalog.pim_catalog_id].enabled = True
    assert delta(synced) == {one}


def test_a_slice_of_models_is_read_again_after_another(synced, monkeypatch):
    monkeypatch.setattr(pull_models, "_AGAIN", 2)
    monkeypatch.setattr(pull_models, "_SLICE", 1)
    for code in synced.codes[:5]:
        synced.world.pim.assortment.product(synced.variants(code)[0]).enabled = False

    assert delta(synced) == set(synced.codes[:5])


def test_a_variant_that_leaves_after_it_was_listed_does_not_stop_the_run(synced):
    one, _, variant = two_models(synced)
    pim = synced.world.pim
    pim.edit_product(variant, "ean", "2000000000008")
    synced.world.between.meanwhile(
        r"/mapped-models\?", lambda: setattr(pim.assortment.product(variant), "enabled", False)
    )

    assert delta(synced) == {one}
    assert variant not in synced.known(one)
    assert delta(synced) == set()
