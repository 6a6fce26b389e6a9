"""What events name waits for runs under way and for the PIM: kept, and asked for once."""

import pytest
from django.utils import timezone

from catalogs.models import Catalog
from sandbox.faults import Fault
from sync import ownership
from sync.events.states import look
from sync.events.switching import switch_off
from sync.models import ChangedKey, EventSubscription, ReceivedEvent, Run
from sync.runs import create_run, finish
from sync.tasks import take_up_events, work_on_events, work_on_run
from tests.queued import waiting

pytestmark = pytest.mark.whole_runs


@pytest.fixture
def synced(told, events):
    """Everything is in the shop, and the platform tells of what changes from now on."""
    told.world.sync(full=True)
    Catalog.objects.update(started_at=timezone.now())
    return told


def some(told, number=0):
    return sorted(told.world.listed())[number]


def edit(told, number=0):
    uuid = some(told, number)
    told.pim.edit_product(uuid, "sku", f"NEW-{number}")
    told.deliver()
    return uuid


def subscription():
    return EventSubscription.objects.get()


def begun_by_events():
    rows = Run.objects.filter(trigger=Run.Trigger.EVENT).order_by("pk")
    return list(rows.values_list("mode", "keys"))


class TestBehindAnotherRun:
    @pytest.fixture
    def other(self, synced):
        """A run that is under way, and will be for long."""
        return create_run(synced.world.again(), Run.Trigger.SCHEDULE)

    def test_nobody_asks_over_and_over(self, synced, other, queue):
        """A full run may take an hour: tasks that call themselves again would be thousands."""
        for number in range(3):
            edit(synced, number)
            work_on_events(subscription().pk)
        take_up_events()
        waiting(queue)

        work_on_events(subscription().pk)

        assert waiting(queue) == []
        assert ChangedKey.objects.count() == 3

    def test_its_end_wakes_what_waits(
        self, synced, other, queue, django_capture_on_commit_callbacks
    ):
        uuid = edit(synced)
        work_on_events(subscription().pk)
        waiting(queue)

        with django_capture_on_commit_callbacks(execute=True):
            work_on_run(other.pk)

        assert ("sync.tasks.work_on_events", [subscription().pk]) in waiting(queue)
        work_on_events(subscription().pk)
        assert begun_by_events() == [("product", [uuid])]

    def test_where_nothing_waits_its_end_calls_nobody(
        self, synced, other, queue, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            work_on_run(other.pk)

        assert "sync.tasks.work_on_events" not in [name for name, _ in waiting(queue)]

    @pytest.mark.parametrize("mode", [Run.Mode.PRODUCT, Run.Mode.PUSH])
    def test_a_gap_is_read_behind_a_run_that_does_not_read_it(self, synced, mode):
        """Nothing but a delta reads what was not told; the schedule may be a day away."""
        synced.pim.events.suspend(synced.there[0], by="system")
        look(subscription())
        uuid = edit(synced)
        keys = [some(synced, 1)] if mode == Run.Mode.PRODUCT else []
        busy = create_run(synced.world.again(), Run.Trigger.MANUAL, mode=mode, keys=keys)
        synced.pim.events.resume(synced.there[0])
        look(subscription())
        assert subscription().state == EventSubscription.State.ACTIVE
        assert begun_by_events() == []
        assert ownership.claim(busy)
        finish(busy, Run.Status.SUCCEEDED)

        take_up_events()
        work_on_events(subscription().pk)

        assert begun_by_events() == [("delta", [])]
        assert not ChangedKey.objects.exists()
        assert not ReceivedEvent.objects.filter(key=uuid).exists()


def test_a_pim_that_refuses_to_name_variants_holds_up_nothing_else(synced):
    """What it refuses today it refuses tomorrow: a delta finds what changed another way."""
    edit(synced)
    synced.pim.edit_model(next(iter(synced.pim.assortment.models)), "name", "Other", "en_US")
    synced.deliver()
    synced.pim.faults.add(Fault("403-oversized", r"/products-uuid$", times=9))

    work_on_events(subscription().pk)

    assert begun_by_events() == [("delta", [])]
    assert not ChangedKey.objects.exists()


def test_what_came_before_it_was_switched_off_is_worked_on(synced):
    uuid = edit(synced)
    switch_off(synced.world.connection)

    take_up_events()
    work_on_events(subscription().pk)

    assert begun_by_events() == [("product", [uuid])]
    assert not ReceivedEvent.objects.waiting().exists()
