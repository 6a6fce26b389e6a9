"""Two catalogs of models on one channel: a model stands there once, in the words of the first."""

import pytest

from catalogs.models import Catalog
from sandbox.state import Criterion
from sync.models import Listing, Run
from sync.ordering import archive, reorder, restore
from sync.removal import remove_catalog
from tests.sync.test_models_delta import add_variant

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]

Status = Listing.Status


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(60)
    world.sleep = passing_time
    return world


@pytest.fixture
def first(models):
    """Backpacks and shoes; its words have no description."""
    world = models.world
    world.select(world.catalog, "backpacks", "shoes", "mugs")
    del world.pim.catalogs[world.catalog.pim_catalog_id].mapping["description"]
    return world.catalog


@pytest.fixture
def second(models, first):
    """Backpacks and T-shirts."""
    catalog = models.world.add_catalog("Outdoor", raw=False, shape=Catalog.Shape.MODELS)
    models.world.select(catalog, "backpacks", "t_shirts", "mugs")
    return catalog


@pytest.fixture
def both(models, first, second):
    for catalog in (first, second):
        assert models.world.sync(catalog).status == Run.Status.SUCCEEDED
    return first, second


def shared(models):
    codes = {code for code in models.on_shop() if code.startswith("bpk-")}
    assert len(codes) > 1
    return codes


def carried_by(catalog):
    return set(Listing.objects.filter(catalog=catalog).on_channel().values_list("key", flat=True))


def test_a_model_of_both_is_carried_by_the_first(models, both):
    first, second = both

    assert models.on_shop() == models.world.documents(first, second)
    assert shared(models) <= carried_by(first)
    assert models.world.statuses(second)[Status.CARRIED] >= len(shared(models))
    assert not models.world.withdrawn()


def test_nothing_more_is_sent_once_each_model_has_its_carrier(models, both):
    runs = [models.world.sync(catalog, full=full) for catalog in both for full in (True, False)]

    assert [(run.changed, run.pushed, run.withdrawn) for run in runs] == [(0, 0, 0)] * 4


def test_an_edited_variant_arrives_in_the_words_of_the_carrier(models, both):
    code = min(shared(models))
    models.world.pim.edit_product(models.variants(code)[0], "ean", "2000000000008")

    pushed = [models.world.sync(catalog).pushed for catalog in both]

    assert pushed == [1, 0]
    assert models.on_shop() == models.world.documents(*both)


def test_models_that_leave_the_first_are_handed_over_in_its_own_run(models, both):
    first, second = both
    codes = shared(models)
    models.world.select(first, "shoes", "mugs")

    run = models.world.sync(first)

    assert (run.status, run.pushed, run.withdrawn) == (Run.Status.SUCCEEDED, len(codes), 0)
    assert models.on_shop() == models.world.documents(first, second)
    assert codes <= carried_by(second)
    assert not models.world.withdrawn()


def test_models_that_come_back_to_the_first_are_its_own_again(models, both):
    first, second = both
    models.world.select(first, "shoes", "mugs")
    models.world.sync(first)
    models.world.select(first, "backpacks", "shoes", "mugs")

    models.world.sync(first)

    assert models.on_shop() == models.world.documents(first, second)
    assert shared(models) <= carried_by(first)


def test_models_that_leave_both_are_withdrawn(models, both):
    code = min(shared(models))
    for uuid in models.variants(code):
        models.world.pim.disable_product(uuid)

    runs = [models.world.sync(catalog) for catalog in both]

    assert [run.withdrawn for run in runs] == [0, 1]
    assert models.world.withdrawn() == {code}
    assert models.on_shop() == models.world.documents(*both)


def test_a_model_has_the_variants_that_its_carrier_selects(models, first, second):
    """Each catalog knows its own variants of it; they are not put together."""
    code = min(code for code in models.codes if code.startswith("bpk-"))
    one, *others = models.variants(code)
    models.world.pim.assortment.product(one).categories = ("mugs",)
    here = models.world.pim.catalogs[first.pim_catalog_id]
    here.criteria = [*here.criteria, Criterion("category", "NOT IN", ["mugs"])]
    models.world.sync(first)
    models.world.sync(second)
    assert [each["uuid"] for each in models.on_shop()[code]["variants"]] == others

    archive(first)
    models.world.work()

    assert {each["uuid"] for each in models.on_shop()[code]["variants"]} == {one, *others}


def test_a_variant_that_moves_between_the_catalogs_is_in_one_model(models, both):
    first, second = both
    shirt = min(code for code in models.on_shop() if code.startswith("tsh-"))
    backpack = min(shared(models))
    variant = min(each["uuid"] for each in models.on_shop()[shirt]["variants"])
    model = models.world.pim.assortment.product(models.variants(backpack)[0]).parent
    models.world.pim.hang_product(variant, model)
    models.world.pim.assortment.product(variant).family = "backpacks"

    for catalog in both:
        assert models.world.sync(catalog).status == Run.Status.SUCCEEDED

    holders = [
        key
        for key, document in models.on_shop().items()
        if variant in {each["uuid"] for each in document.get("variants", [])}
    ]
    assert holders == [backpack]
    assert models.on_shop() == models.world.documents(first, second)


def test_another_order_sends_each_shared_model_anew(models, both):
    first, second = both
    codes = shared(models)

    reorder(models.world.channel, [second.uuid, first.uuid])
    models.world.work()

    assert models.on_shop() == models.world.documents(second, first)
    assert codes <= carried_by(second)
    assert not models.world.withdrawn()


def test_a_catalog_that_is_put_aside_and_taken_back_carries_its_models_again(models, both):
    first, second = both
    archive(first)
    models.world.work()
    assert shared(models) <= carried_by(second)

    restore(first)
    models.world.work()

    assert models.on_shop() == models.world.documents(first, second)
    assert shared(models) <= carried_by(first)


@pytest.mark.parametrize("on_shop", Catalog.OnShop)
def test_what_the_other_catalog_holds_stays_when_one_is_removed(models, both, on_shop):
    first, second = both
    only_first = carried_by(first) - set(models.world.documents(second))

    remove_catalog(first, on_shop=on_shop, in_pim=Catalog.InPim.KEEP)
    while models.world.work():
        pass

    leaves = on_shop == Catalog.OnShop.LEAVE
    assert set(models.on_shop()) - set(models.world.documents(second)) == (
        only_first if leaves else set()
    )
    documents = models.world.documents(second)
    assert {key: models.on_shop()[key] for key in documents} == documents
    assert not models.world.withdrawn() & set(documents)


def test_a_new_variant_reaches_the_model_whichever_catalog_reads_it_first(models, both):
    first, second = both
    code = min(shared(models))
    add_variant(models, code)

    assert models.world.sync(second).pushed == 0
    assert models.world.sync(first).pushed == 1
    assert models.on_shop() == models.world.documents(first, second)
