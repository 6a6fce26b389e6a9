"""What cannot be named, or not be looked at: everything is read, or the nightly run finds it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pim.scopes import missing
from sandbox.data.assets import ATTRIBUTE as PICTURES
from sandbox.faults import Fault
from sandbox.structure_edits import remove_option, rename_category, rename_option
from sync import to_read
from sync.dependencies import kinds, naming
from sync.foreground import run_here
from sync.models import Run, ToRead, Watched
from sync.runs import create_run
from tests.sync.dependencies.conftest import HOUR, put_picture, without

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]


def watched(kind, of=""):
    return Watched.objects.get(kind=kind, of=of)


class TestTooMany:
    @pytest.fixture(
        params=[
            (to_read, {"FEW": 2, "SHARE": 50}),
            (to_read, {"FEW": 2, "SHARE": 1, "MOST": 3}),
            (naming, {"MOST_PRODUCTS": 3}),
        ],
        ids=["by-share", "by-number", "of-the-pim"],
    )
    def few(self, request, monkeypatch):
        """As if few were much already."""
        module, limits = request.param
        for name, limit in limits.items():
            monkeypatch.setattr(module, name, limit)

    def test_everything_is_read_at_once_and_once(self, mapped, few, passing_time):
        rename_option(mapped.world.pim, "color", "black", "en_US", "Jet black")
        renamed = mapped.with_value("color", "black")

        run = mapped.delta()
        passing_time(HOUR)
        following = mapped.delta()

        assert len(renamed) > 3
        assert (run.mode, run.pulled) == (Run.Mode.FULL, len(mapped.products()))
        assert mapped.sent_by(run) == renamed
        assert mapped.in_step()
        assert (following.mode, following.pulled) == (Run.Mode.DELTA, 0)

    def test_a_catalog_that_did_not_look_reads_everything_as_well(
        self, mapped, world, few, passing_time
    ):
        other = world.add_catalog("Other", raw=False)
        world.sync(other)
        passing_time(HOUR)
        rename_option(world.pim, "color", "black", "en_US", "Jet black")
        mapped.delta()

        run = mapped.delta(other)

        assert run.mode == Run.Mode.FULL
        assert not ToRead.objects.exists()


def test_many_changed_models_are_not_counted_one_by_one(mapped, monkeypatch):
    monkeypatch.setattr(kinds, "MOST", 3)
    codes = [one.code for one in mapped.world.pim.assortment.models.values() if not one.parent]
    for code in codes[:4]:
        mapped.world.pim.edit_model(code, "name", "Renamed", "en_US")

    run = mapped.delta()

    assert run.mode == Run.Mode.FULL
    assert mapped.requests()["product-models"] == 1
    assert mapped.in_step()


def test_an_option_that_is_gone_brings_the_full_run_forward(mapped, passing_time):
    options = mapped.world.pim.assortment.options["color"]
    options["mauve"] = options["black"] | {"code": "mauve"}
    assert mapped.delta().mode == Run.Mode.DELTA
    remove_option(mapped.world.pim, "color", "mauve")

    run = mapped.delta()

    assert run.mode == Run.Mode.FULL
    assert mapped.in_step()


def test_a_search_that_the_pim_refuses_brings_the_full_run_forward(mapped):
    rename_category(mapped.world.pim, "mugs", "en_US", "Cups")
    mapped.world.pim.faults.add(Fault("403-oversized", r"/products-uuid$"))

    run = mapped.delta()

    assert run.mode == Run.Mode.FULL
    assert mapped.in_step()


def test_a_full_run_that_fails_leaves_the_next_one_to_read_everything(mapped, few_are_much):
    rename_option(mapped.world.pim, "color", "black", "en_US", "Jet black")
    mapped.world.pim.faults.add(Fault("403-oversized", r"/mapped-products$"))

    failed = mapped.world.sync(mapped.catalog)
    run = mapped.delta()

    assert (failed.mode, failed.status) == (Run.Mode.FULL, Run.Status.STOPPED)
    assert run.mode == Run.Mode.FULL
    assert mapped.in_step()
    assert mapped.delta().mode == Run.Mode.DELTA


@pytest.fixture
def few_are_much(monkeypatch):
    monkeypatch.setattr(to_read, "FEW", 2)
    monkeypatch.setattr(to_read, "MOST", 2)


def test_a_full_run_of_ones_own_that_fails_loses_no_change(mapped):
    """Whatever a run saw counts only once everything was read."""
    rename_option(mapped.world.pim, "color", "black", "en_US", "Jet black")
    mapped.world.pim.faults.add(Fault("403-oversized", r"/mapped-products$"))

    failed = mapped.world.sync(mapped.catalog, full=True)
    mapped.delta()

    assert failed.status == Run.Status.STOPPED
    assert mapped.in_step()


def test_without_the_scope_options_are_not_asked_for_and_the_rest_is(mapped):
    without(mapped.world, "read_attribute_options")
    rename_option(mapped.world.pim, "color", "black", "en_US", "Jet black")
    rename_category(mapped.world.pim, "mugs", "en_US", "Cups")

    run = mapped.delta()

    mugs = {one.uuid for one in mapped.products() if "mugs" in one.categories}
    assert mapped.sent_by(run) == mugs
    assert "attributes/<attribute>/options" not in mapped.requests()


def test_without_any_scope_for_structure_models_are_looked_at_all_the_same(mapped):
    for scope in ("read_catalog_structure", "read_categories"):
        without(mapped.world, scope)
    model = next(iter(mapped.world.pim.assortment.models.values()))
    mapped.world.pim.edit_model(model.code, "name", "Renamed", "en_US")

    run = mapped.delta()

    assert missing({"read_categories"}, mapped.world.connection.scopes)
    assert (run.mode, run.changed > 0) == (Run.Mode.DELTA, True)
    assert "attributes" not in mapped.requests()
    assert mapped.in_step()


@pytest.mark.parametrize("kind", ["403-oversized", "500"])
@pytest.mark.parametrize(
    "path", [r"/attributes$", r"/options$", r"/categories$", r"/assets$", r"/records$"]
)
def test_what_the_pim_refuses_or_cannot_tell_stops_nothing(mapped, kind, path):
    mapped.world.pim.faults.add(Fault(kind, path, times=1000))
    model = next(iter(mapped.world.pim.assortment.models.values()))
    mapped.world.pim.edit_model(model.code, "name", "Renamed", "en_US")

    run = mapped.delta()

    assert run.mode == Run.Mode.DELTA
    assert mapped.in_step()


def test_what_was_refused_is_told_and_caught_up_with_by_the_next_look(mapped):
    mapped.world.pim.faults.add(Fault("403-oversized", r"/assets$"))
    put_picture(mapped.world, "picture_1", "second")
    mapped.delta()
    told = watched(Watched.Kind.ASSETS, "product_pictures").problem

    run = mapped.delta()

    assert "does not allow the app to do this" in told
    assert mapped.sent_by(run) == mapped.with_value(PICTURES, "picture_1")
    assert watched(Watched.Kind.ASSETS, "product_pictures").problem == ""


@pytest.mark.parametrize(
    ("kind", "of", "path"),
    [(Watched.Kind.CATEGORIES, "", r"/categories$"), (Watched.Kind.OPTIONS, "color", r"/options$")],
)
def test_what_was_refused_the_first_time_has_nothing_to_be_compared_with(
    mapped, passing_time, kind, of, path
):
    """The first look that succeeds reads all of them, or later changes would be no changes."""
    Watched.objects.filter(kind=kind).delete()
    mapped.world.pim.faults.add(Fault("403-oversized", path, times=21))
    mapped.delta()
    assert watched(kind, of).problem
    mapped.world.pim.faults.clear()
    passing_time(HOUR)
    mapped.delta()
    passing_time(HOUR)
    rename_category(mapped.world.pim, "mugs", "en_US", "Cups")
    rename_option(mapped.world.pim, "color", "black", "en_US", "Jet black")

    run = mapped.delta()

    mugs = {one.uuid for one in mapped.products() if "mugs" in one.categories}
    assert mapped.sent_by(run) == mugs | mapped.with_value("color", "black")


def test_a_clock_that_ran_ahead_delays_no_look(mapped):
    """What was looked at by a wrong clock, a day ahead, was not looked at just now."""
    Watched.objects.update(looked_at=timezone.now() + timedelta(days=1))
    rename_option(mapped.world.pim, "color", "black", "en_US", "Jet black")
    rename_category(mapped.world.pim, "mugs", "en_US", "Cups")

    run = mapped.delta()

    mugs = {one.uuid for one in mapped.products() if "mugs" in one.categories}
    assert mapped.sent_by(run) == mugs | mapped.with_value("color", "black")


def test_what_could_not_be_told_is_told_by_the_next_look(mapped, passing_time):
    rename_category(mapped.world.pim, "mugs", "en_US", "Cups")
    mapped.world.pim.faults.add(Fault("500", r"/categories$", times=1000))
    run = mapped.delta()
    mapped.world.pim.faults.clear()

    following = mapped.delta()

    mugs = {one.uuid for one in mapped.products() if "mugs" in one.categories}
    assert (run.pulled, mapped.sent_by(following)) == (0, mugs)
    assert mapped.in_step()


def test_a_dry_run_looks_at_nothing(mapped):
    rename_option(mapped.world.pim, "color", "black", "en_US", "Jet black")
    before = list(Watched.objects.values_list("pk", "looked_at"))

    run_here(mapped.world.again(), full=False, dry_run=True, sleep=mapped.world.sleep)

    assert list(Watched.objects.values_list("pk", "looked_at")) == before
    assert not ToRead.objects.exists()


class TestSchedules:
    def scheduled(self, world, catalog):
        world.pim.traffic.reset()
        create_run(world.again(catalog), Run.Trigger.SCHEDULE)
        [run] = world.work()
        assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
        return run

    def test_one_look_serves_the_scheduled_runs_of_some_minutes(self, mapped, world, passing_time):
        other = world.add_catalog("Other", raw=False)
        world.sync(other)
        passing_time(HOUR)
        self.scheduled(world, mapped.catalog)
        passing_time(60)
        self.scheduled(world, other)
        quiet = mapped.requests()
        passing_time(300)

        self.scheduled(world, other)

        assert not {"attributes", "product-models", "categories"} & quiet.keys()
        assert {"attributes", "product-models", "categories"} <= mapped.requests().keys()

    def test_of_many_lists_those_are_read_that_waited_longest(
        self, mapped, world, passing_time, monkeypatch
    ):
        monkeypatch.setattr("sync.dependencies.looking.MOST_LISTS", 11)
        rename_option(world.pim, "color", "black", "en_US", "Jet black")
        runs = []
        for _ in range(2):
            passing_time(HOUR)
            runs.append(self.scheduled(world, mapped.catalog))
            assert mapped.requests()["attributes/<attribute>/options"] == 11

        assert sum(run.changed for run in runs) == len(mapped.with_value("color", "black"))
