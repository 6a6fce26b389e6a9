"""Two catalogs of one PIM: each delta reads and sends exactly what a change concerns of its own."""

import pytest

from catalogs.channels import create_channel
from sandbox.data.assets import ATTRIBUTE as PICTURES
from sandbox.structure_edits import rename_category, rename_option, rename_record
from sync.models import Run, ToRead
from tests.models_world import use_models
from tests.sync.dependencies.conftest import HOUR, Linked, put_picture, settle

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]

SETTLED = 120  # seconds, after which nothing can get the same date any more


def rename_black(linked):
    rename_option(linked.world.pim, "color", "black", "en_US", "Jet black")


def rename_mugs(linked):
    rename_category(linked.world.pim, "mugs", "en_US", "Cups")


def rename_maker(linked):
    rename_record(linked.world.pim, "frame_makers", "atelier_lyon", "en_US", "Lyon")


def change_picture(linked):
    put_picture(linked.world, "picture_1", "second")


def change_root(linked):
    linked.world.pim.edit_model(a_lower(linked).parent, "name", "Renamed", "en_US")


def change_lower(linked):
    linked.world.pim.edit_model(a_lower(linked).code, "name", "Renamed below", "en_US")


def a_lower(linked):
    models = linked.world.pim.assortment.models.values()
    return next(one for one in models if one.parent)


def below(linked, code):
    assortment = linked.world.pim.assortment
    return {
        one.uuid
        for one in linked.products()
        if code in {model.code for model in assortment.parents(one)}
    }


# What is changed, and which products of a catalog say something else by it.
CHANGES = {
    "option": (rename_black, lambda linked: linked.with_value("color", "black")),
    "asset": (change_picture, lambda linked: linked.with_value(PICTURES, "picture_1")),
    "record": (rename_maker, lambda linked: linked.with_value("frame_maker", "atelier_lyon")),
    "category": (
        rename_mugs,
        lambda linked: {one.uuid for one in linked.products() if "mugs" in one.categories},
    ),
    "root model": (change_root, lambda linked: below(linked, a_lower(linked).parent)),
    "lower model": (change_lower, lambda linked: below(linked, a_lower(linked).code)),
}


@pytest.fixture
def other(mapped, world, passing_time):
    """Another catalog, on a channel of its own, of every second product of the first."""
    values = {"endpoint": f"{world.url}/shop/ingest", "batch_size": "10"}
    channel = create_channel(
        world.connection, name="Other shop", kind="http", values=values, by_staff=True
    )
    catalog = world.add_catalog("Other", raw=False, channel=channel)
    there = world.pim.catalogs
    there[catalog.pim_catalog_id].mapping = dict(there[mapped.catalog.pim_catalog_id].mapping)
    linked = Linked(world, catalog)
    families = sorted({one.family for one in mapped.products()})
    world.select(catalog, *families[::2])
    settle(linked, passing_time)
    mapped.delta()
    return linked


def test_of_two_catalogs_each_sends_its_own(mapped, other, passing_time):
    """One after the other, since it takes long until two catalogs are in step."""
    for name, (change, concerned) in CHANGES.items():
        theirs = [(one, concerned(one)) for one in (mapped, other)]
        change(mapped)
        passing_time(SETTLED)

        runs = [one.delta() for one, _ in theirs]

        for run, (one, wanted) in zip(runs, theirs, strict=True):
            assert (run.mode, run.pulled) == (Run.Mode.DELTA, len(wanted)), name
            assert one.sent_by(run) == wanted, name
        assert theirs[0][1], name
        assert not ToRead.objects.exists(), name
        passing_time(HOUR)
    assert [one.delta().pulled for one in (mapped, other)] == [0, 0]


def test_of_models_those_are_sent_whose_variants_it_concerns(world, monkeypatch, passing_time):
    """Read are those that refer to it; sent those of which that makes another document.

    One change after the other, since it takes long until a catalog is in step.
    """
    models = use_models(world, monkeypatch)
    linked = Linked(world, world.catalog)
    for number, product in enumerate(linked.products()[:6]):
        code = f"picture_{number % 2}"
        put_picture(world, code, f"first {code}")
        world.pim.edit_product(product.uuid, PICTURES, [code])
    settle(linked, passing_time)
    for name, (change, concerned) in CHANGES.items():
        products = map(world.pim.assortment.product, concerned(linked))
        wanted = {models.root_of(product) or product.uuid for product in products}
        before = models.in_pim()
        change(linked)
        after = models.in_pim()
        passing_time(SETTLED)

        run = linked.delta()

        assert wanted, name
        assert run.mode == Run.Mode.DELTA, name
        assert run.pulled == sum(len(models.variants(key)) or 1 for key in wanted), name
        assert linked.sent_by(run) == {key for key in after if after[key] != before[key]}, name
        assert models.on_shop() == after, name
        passing_time(HOUR)
