"""A subscription that is on and says nothing: runs by the schedule find what no event named."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.models import Catalog
from sandbox.faults import Fault
from sandbox.structure_edits import rename_option
from sync.events.keeping import look_at_all
from sync.models import Change, EventSubscription, Run

pytestmark = pytest.mark.whole_runs


@pytest.fixture
def long_on(told, events):
    """On for a day, and everything is in the shop."""
    told.world.sync(full=True)
    Catalog.objects.update(started_at=timezone.now())
    EventSubscription.objects.update(since=timezone.now() - timedelta(days=1))
    return told


def edit(told, text, number=0):
    uuid = sorted(told.world.listed())[number]
    told.pim.edit_product(uuid, "sku", text)
    told.pim.edit_product(uuid, "name", text, "en_US")


def delta(told):
    run = told.world.sync()
    assert (run.mode, run.changed) == (Run.Mode.DELTA, 1)
    return run


def silent_since():
    return EventSubscription.objects.get().silent_since


def begun_by_events():
    return Run.objects.filter(trigger=Run.Trigger.EVENT).count()


def test_a_run_that_finds_what_no_event_named_means_silence(long_on):
    edit(long_on, "ONE")
    run = delta(long_on)

    look_at_all()

    assert silent_since() == run.created_at
    assert EventSubscription.objects.get().state == EventSubscription.State.ACTIVE


def test_a_run_that_was_faster_than_the_event_means_none(long_on, queue):
    edit(long_on, "ONE")
    delta(long_on)
    long_on.deliver()

    look_at_all()

    assert silent_since() is None


def test_an_event_before_the_run_counts(long_on, queue):
    edit(long_on, "ONE")
    long_on.deliver()
    delta(long_on)

    look_at_all()

    assert silent_since() is None


def test_a_run_that_finds_nothing_says_nothing(long_on):
    assert long_on.world.sync().changed == 0

    look_at_all()

    assert silent_since() is None


def test_an_event_of_another_product_is_no_word_of_this_one(long_on, queue):
    edit(long_on, "TWO", number=1)
    long_on.deliver()
    edit(long_on, "ONE")
    long_on.pim.events.waiting.clear()
    long_on.world.sync()
    Change.objects.filter(listing__identifier="TWO").delete()  # what a run of its own had sent

    look_at_all()

    assert silent_since() is not None


def test_what_was_just_switched_on_may_take_its_time(long_on):
    EventSubscription.objects.update(since=timezone.now())
    edit(long_on, "ONE")
    delta(long_on)

    look_at_all()

    assert silent_since() is None


class TestOfWhatAkeneoNeverTells:
    """Changes that no event is sent of: runs find them, and prove nothing."""

    @pytest.fixture
    def labelled(self, long_on, later):
        """A catalog of mapped products, whose documents have labels, long in step."""
        world = long_on.world
        world.catalog.delete()
        world.catalog = world.add_catalog("Mapped", raw=False)
        world.sync(full=True)
        later(3600)
        assert world.sync().changed == 0
        later(3600)
        Catalog.objects.update(started_at=timezone.now())
        return long_on

    @pytest.fixture
    def later(self, long_on, passing_time):
        def later(seconds):
            passing_time(seconds)
            long_on.now = timezone.now().timestamp()

        return later

    def by_dependency(self, told, label="Jet black"):
        rename_option(told.pim, "color", "black", "en_US", label)
        run = told.world.sync()
        assert (run.mode, run.changed > 0) == (Run.Mode.DELTA, True)
        return run

    def test_a_renamed_option(self, labelled):
        self.by_dependency(labelled)

        look_at_all()

        assert silent_since() is None

    def test_another_selection(self, long_on):
        world = long_on.world
        world.catalog.delete()
        world.catalog = world.add_catalog("Mugs")
        world.select(world.catalog, "mugs")
        world.sync(full=True)
        world.select(world.catalog)
        run = world.sync()
        assert (run.mode, run.changed > 0) == (Run.Mode.DELTA, True)

        look_at_all()

        assert silent_since() is None

    def test_beside_an_edit_that_no_event_named(self, labelled):
        edit(labelled, "ONE")
        run = self.by_dependency(labelled)

        look_at_all()

        assert silent_since() == run.created_at

    def test_it_hides_no_silence_before_it(self, labelled, later):
        edit(labelled, "ONE")
        run = delta(labelled)
        later(1800)
        labelled.world.sync()
        later(1800)
        self.by_dependency(labelled)

        look_at_all()

        assert silent_since() == run.created_at

    def test_it_ends_no_silence(self, labelled, later):
        edit(labelled, "ONE")
        run = delta(labelled)
        look_at_all()
        Run.objects.filter(pk=run.pk).update(changed=0)  # as if that were forgotten by now
        later(1800)
        self.by_dependency(labelled)

        look_at_all()

        assert silent_since() == run.created_at
        assert begun_by_events() == 0

    def test_a_pim_that_does_not_answer_is_no_proof(self, labelled):
        edit(labelled, "ONE")
        delta(labelled)
        labelled.pim.faults.add(Fault("500", "/products-uuid$", times=99))

        assert look_at_all() == 1

        assert silent_since() is None


def test_any_event_ends_a_silence_whose_run_is_forgotten(long_on, queue):
    edit(long_on, "ONE")
    run = delta(long_on)
    look_at_all()
    Run.objects.filter(pk=run.pk).update(changed=0)
    long_on.deliver()

    look_at_all()

    assert silent_since() is None
    assert begun_by_events() == 1


def test_once_it_is_heard_again_the_gap_is_read(long_on, queue):
    edit(long_on, "ONE")
    delta(long_on)
    long_on.pim.events.waiting.clear()
    look_at_all()
    look_at_all()
    assert silent_since() is not None
    assert begun_by_events() == 0
    edit(long_on, "TWO", number=1)
    long_on.deliver()

    look_at_all()

    assert silent_since() is None
    assert begun_by_events() == 1
