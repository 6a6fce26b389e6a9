"""Suspended by us for a while, and by Akeneo: what is wanted here is what the platform has."""

import pytest

from connections.models import AuditRecord
from outbound.errors import ConfigurationError, TransientError
from sandbox.faults import Fault
from sandbox.state import CLIENT_ID
from sync.events.keeping import look_at_all
from sync.events.states import look
from sync.events.switching import pause, switch_off, switch_on
from sync.models import EventSubscription, Run
from tests.sync.events.telling import notice_body, signed

State = EventSubscription.State


def row():
    return EventSubscription.objects.get()


def test_suspended_here_nothing_is_sent_until_it_is_switched_on(told, events):
    pause(told.world.connection)
    pause(told.world.connection)

    assert (row().state, told.there[0].status) == (State.SUSPENDED, "suspended")
    assert row().paused_by == "Ferry"
    assert AuditRecord.objects.filter(action="events_suspended").count() == 1

    switch_on(told.world.connection)

    assert (row().state, told.there[0].status) == (State.ACTIVE, "active")
    assert not row().is_paused
    assert AuditRecord.objects.filter(action="events_resumed").count() == 1


def test_what_changed_while_it_was_suspended_is_read_by_a_delta(told, events):
    told.world.sync(full=True)
    pause(told.world.connection)

    switch_on(told.world.connection)

    (run,) = Run.objects.filter(trigger=Run.Trigger.EVENT)
    assert run.mode == Run.Mode.DELTA


def test_what_changed_before_the_box_was_ticked_again_is_read_too(told, events):
    told.world.sync(full=True)
    told.pim.events.allow(CLIENT_ID, False)
    look_at_all()
    assert row().state == State.SUSPENDED
    told.pim.events.allow(CLIENT_ID, True)

    look_at_all()

    assert (row().state, told.there[0].status) == (State.ACTIVE, "active")
    assert Run.objects.filter(trigger=Run.Trigger.EVENT).count() == 1


def test_a_platform_that_was_not_told_is_told_by_the_next_look(told, events):
    told.pim.faults.add(Fault("500", "/suspend$", times=20))
    with pytest.raises(TransientError):
        pause(told.world.connection)
    assert told.there[0].status == "active"
    told.pim.faults.clear()

    look_at_all()

    assert (row().state, told.there[0].status) == (State.SUSPENDED, "suspended")


def test_one_that_is_made_again_is_suspended_too(told, events):
    pause(told.world.connection)
    told.pim.events.delete(told.there[0])

    look_at_all()

    assert (row().state, told.there[0].status) == (State.SUSPENDED, "suspended")


def test_off_and_on_again_it_is_not_suspended_any_more(told, events):
    pause(told.world.connection)
    switch_off(told.world.connection)

    switch_on(told.world.connection)

    assert (row().state, told.there[0].status) == (State.ACTIVE, "active")


def test_what_is_off_cannot_be_suspended(told):
    with pytest.raises(ConfigurationError, match="nothing to suspend"):
        pause(told.world.connection)

    assert not EventSubscription.objects.exists()


def test_akeneo_says_why_it_suspended_it(told, events, queue):
    told.pim.events.suspend(told.there[0], by="system", reason="Success rate dropped below 90%")
    told.deliver()

    look(row())

    assert row().obstacle == EventSubscription.Obstacle.AKENEO
    assert row().reason == "Success rate dropped below 90%"


def test_a_reason_is_cut_and_a_notice_alone_changes_nothing(told, events, queue):
    body = notice_body("subscription.suspended.system", events, reason="no\u0000 " * 999)

    told.browser.post(
        f"/webhooks/akeneo/{events.key}/status",
        body,
        content_type="application/json",
        headers=signed(events.notice_secret, body),
    )

    assert len(row().noticed_reason) == 300
    assert (row().state, row().reason) == (State.ACTIVE, "")
