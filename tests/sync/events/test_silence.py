"""A subscription that is on and says nothing: runs by the schedule find what no event named."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.models import Catalog
from sync.events.keeping import look_at_all
from sync.models import Change, EventSubscription, Run


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
