"""What products refer to changes in the PIM: exactly those products are read at the next delta."""

import pytest

from sandbox.data.assets import ATTRIBUTE as PICTURES
from sandbox.structure_edits import (
    move_category,
    rename_category,
    rename_option,
    rename_record,
)
from sync.models import Run, ToRead
from tests.models_world import use_models
from tests.sync.dependencies.conftest import HOUR, Linked, put_picture, settle

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]


def carried(linked, run, wanted):
    """Whether a delta read and sent these, and nothing else."""
    assert wanted
    assert (run.mode, run.pulled) == (Run.Mode.DELTA, len(wanted))
    assert linked.sent_by(run) == wanted
    assert not ToRead.objects.exists()
    return linked.in_step()


def test_a_renamed_option(mapped):
    rename_option(mapped.world.pim, "color", "black", "en_US", "Jet black")

    run = mapped.delta()

    assert carried(mapped, run, mapped.with_value("color", "black"))


def test_a_label_that_no_product_carries_is_read_and_not_sent(mapped):
    rename_option(mapped.world.pim, "color", "black", "fr_FR", "Noir profond")

    run = mapped.delta()

    assert run.pulled == len(mapped.with_value("color", "black"))
    assert (run.changed, run.pushed) == (0, 0)


@pytest.mark.parametrize("level", ["root", "lower"])
def test_a_changed_parent_model(mapped, level):
    models = mapped.world.pim.assortment.models
    lower = next(one for one in models.values() if one.parent)
    model = models[lower.parent] if level == "root" else lower
    mapped.world.pim.edit_model(model.code, "name", "Renamed", "en_US")
    below = {
        one.uuid for one in mapped.products() if model in mapped.world.pim.assortment.parents(one)
    }

    run = mapped.delta()

    assert carried(mapped, run, below)


def test_an_asset(mapped):
    put_picture(mapped.world, "picture_1", "second")

    run = mapped.delta()

    assert carried(mapped, run, mapped.with_value(PICTURES, "picture_1"))


def test_a_record(mapped):
    rename_record(mapped.world.pim, "frame_makers", "atelier_lyon", "en_US", "Lyon")

    run = mapped.delta()

    assert carried(mapped, run, mapped.with_value("frame_maker", "atelier_lyon"))


def test_a_category(mapped):
    rename_category(mapped.world.pim, "mugs", "en_US", "Cups")

    run = mapped.delta()

    assert carried(mapped, run, {p.uuid for p in mapped.products() if "mugs" in p.categories})


def test_a_category_that_was_moved_concerns_all_below_it(mapped):
    categories = mapped.world.pim.assortment.categories
    code = next(one for one in categories if categories[one]["parent"] == "home")
    other = next(one for one in categories if categories[one]["parent"] is None)
    move_category(mapped.world.pim, code, other)
    below = mapped.world.pim.assortment.with_children({code})

    run = mapped.delta()

    assert below
    assert run.pulled == len([one for one in mapped.products() if below & set(one.categories)])
    assert run.pushed == 0


def test_it_is_read_once(mapped, world):
    rename_option(world.pim, "color", "black", "en_US", "Jet black")
    rename_category(world.pim, "mugs", "en_US", "Cups")
    put_picture(world, "picture_1", "second")
    world.sleep(120)
    mapped.delta()

    run = mapped.delta()

    assert (run.mode, run.pulled) == (Run.Mode.DELTA, 0)


def test_when_nothing_changed_it_takes_few_calls(mapped):
    run = mapped.delta()

    selects = 21
    asked = mapped.requests()
    assert (run.pulled, run.pushed) == (0, 0)
    assert {name: asked[name] for name in asked if not name.startswith("catalogs/")} == {
        "attributes": 1,
        "attributes/<attribute>/options": selects,
        "categories": 1,
        "asset-families/<asset_family>/assets": 1,
        "reference-entities/<entity>/records": 1,
        "product-models": 1,
    }


class TestOfModels:
    @pytest.fixture
    def models(self, world, monkeypatch, passing_time):
        models = use_models(world, monkeypatch)
        settle(Linked(world, world.catalog), passing_time)
        return models

    def roots(self, models, uuids):
        assortment = models.world.pim.assortment
        return {models.root_of(assortment.product(uuid)) or uuid for uuid in uuids}

    def test_a_renamed_option(self, models):
        """Of one that models have in their variants, and simple products as well."""
        linked = Linked(models.world, models.world.catalog)
        wanted = next(
            found
            for self.code in models.world.pim.assortment.options["brand"]
            if (found := self.roots(models, linked.with_value("brand", self.code)))
            and found & set(models.codes)
            and found & set(models.simple)
        )
        rename_option(models.world.pim, "brand", self.code, "en_US", "Another name")

        run = linked.delta()

        assert run.mode == Run.Mode.DELTA
        assert linked.sent_by(run) == wanted
        assert models.on_shop() == models.in_pim()
        variants = [uuid for code in wanted for uuid in models.variants(code) or [code]]
        assert run.pulled == len(variants)

    def test_a_changed_lower_model(self, models):
        linked = Linked(models.world, models.world.catalog)
        lower = next(one for one in models.world.pim.assortment.models.values() if one.parent)
        models.world.pim.edit_model(lower.code, "ean", "2000000000008")

        run = linked.delta()

        assert run.mode == Run.Mode.DELTA
        assert linked.sent_by(run) == {lower.parent}
        assert models.on_shop() == models.in_pim()


class TestOfRawProducts:
    @pytest.fixture
    def raw(self, world, passing_time):
        world.catalog = world.add_catalog("Raw")
        linked = Linked(world, world.catalog)
        settle(linked, passing_time)
        return linked

    def test_a_changed_parent_model(self, raw):
        model = next(one for one in raw.world.pim.assortment.models.values() if one.parent)
        raw.world.pim.edit_model(model.code, "name", "Renamed", "en_US")
        below = {
            one.uuid for one in raw.products() if model in raw.world.pim.assortment.parents(one)
        }

        run = raw.delta()

        assert (run.mode, run.pulled) == (Run.Mode.DELTA, len(below))
        assert raw.sent_by(run) == below
        assert raw.world.documents_on_shop() == raw.world.documents_in_pim()

    def test_labels_are_not_theirs_so_nobody_asks_for_them(self, raw):
        rename_option(raw.world.pim, "color", "black", "en_US", "Jet black")

        run = raw.delta()

        assert run.pulled == 0
        assert {name for name in raw.requests() if not name.startswith("catalogs/")} == {
            "product-models"
        }


def test_one_look_serves_all_catalogs(mapped, world, passing_time):
    other = world.add_catalog("Other", raw=False)
    world.sync(other)
    passing_time(HOUR)
    rename_option(world.pim, "color", "black", "en_US", "Jet black")
    mapped.delta()

    assert set(ToRead.objects.values_list("catalog__name", flat=True)) == {"Other"}
    run = mapped.delta(other)

    assert run.pulled == len(mapped.with_value("color", "black"))
    assert not ToRead.objects.exists()
