"""How a subscription stands: asked of the platform and the PIM, believed of nobody else."""

import pytest

from connections.installation import WrongCopy, record_base_url
from connections.models import Connection
from sandbox.faults import Fault
from sandbox.state import CLIENT_ID
from sync.events.keeping import look_at_all
from sync.events.states import look, settle
from sync.events.switching import switch_off
from sync.models import EventSubscription, Run
from sync.tasks import keep_subscriptions, look_at_events
from tests.queued import waiting
from tests.sync.events.telling import notice_body, signed

State = EventSubscription.State


def row():
    return EventSubscription.objects.get()


def tasks(queue):
    return [name for name, _ in waiting(queue)]


def test_a_suspension_is_found_out(told, events):
    told.pim.events.suspend(told.there[0], by="system")

    look(events)

    assert row().state == State.SUSPENDED


def test_a_notice_has_somebody_look(told, events, queue):
    told.pim.events.suspend(told.there[0], by="system")

    told.deliver()

    assert told.statuses == [204]
    assert row().state == State.ACTIVE  # the notice alone changes nothing
    assert waiting(queue) == [("sync.tasks.look_at_events", [events.pk])]
    look_at_events(events.pk)
    assert row().state == State.SUSPENDED


def test_an_unticked_box_is_a_suspension_with_the_way_out(told, events):
    told.pim.events.allow(CLIENT_ID, False)

    look(events)

    assert row().state == State.SUSPENDED
    assert "tick the box" in row().reason


def test_a_removed_app_is_confirmed_by_the_pim(told, events):
    told.pim.disconnect(CLIENT_ID)

    look_at_events(events.pk)

    assert Connection.objects.get().state == Connection.State.DISCONNECTED
    assert (row().state, row().subscription_id) == (State.REVOKED, "")


def test_what_was_switched_off_while_the_platform_answered_stays_off(told, events):
    switch_off(told.world.connection)

    settle(events, State.ACTIVE, looked=True)  # what had been asked before

    assert row().state == State.OFF


def test_a_forged_revocation_ends_nothing(told, events):
    """Who has the secret, or replays an old notice, cannot end a connection by it."""
    body = notice_body("subscription.revoked", events)

    answer = told.browser.post(
        f"/webhooks/akeneo/{events.key}/status",
        body,
        content_type="application/json",
        headers=signed(events.notice_secret, body),
    )
    look_at_events(events.pk)

    assert answer.status_code == 204
    assert Connection.objects.get().state == Connection.State.CONNECTED
    assert row().state == State.ACTIVE


def test_a_platform_that_says_revoked_is_not_enough(told, events):
    told.there[0].status = "revoked"

    look(events)

    assert Connection.objects.get().state == Connection.State.CONNECTED
    assert row().state == State.STARTING
    look_at_all()
    assert row().state == State.ACTIVE
    assert len([each for each in told.there if each.status == "active"]) == 1


def test_one_that_somebody_deleted_there_is_made_again(told, events):
    told.pim.events.delete(told.there[0])

    keep_subscriptions()

    assert len(told.there) == 1
    assert row().subscription_id == told.there[0].id != events.subscription_id


def test_an_installation_that_moved_has_its_events_follow(told, events, settings):
    settings.BASE_URL = "http://127.0.0.1:10"

    keep_subscriptions()

    (there,) = told.there
    assert there.url == row().url == f"http://127.0.0.1:10/webhooks/akeneo/{events.key}"
    assert there.subscriber.contact["notification_webhook_url"] == row().notices_url
    assert row().state == State.ACTIVE


def test_a_wrong_copy_leaves_productions_events_alone(told, events, settings, queue):
    record_base_url()
    settings.BASE_URL = "http://127.0.0.1:10"

    keep_subscriptions()
    look_at_events(events.pk)
    with pytest.raises(WrongCopy):
        told.switch_on()

    assert told.there[0].url.startswith("http://127.0.0.1:9/")


def test_a_notice_is_signed_by_its_own_secret(told, events):
    body = notice_body("subscription.suspended.system", events)

    answer = told.browser.post(
        f"/webhooks/akeneo/{events.key}/status",
        body,
        content_type="application/json",
        headers=signed(events.primary_secret, body),
    )

    assert answer.status_code == 401


def test_after_a_suspension_the_gap_is_read(told, events):
    told.world.sync(full=True)
    told.pim.events.suspend(told.there[0], by="system")
    look(events)
    assert not Run.objects.filter(trigger=Run.Trigger.EVENT).exists()
    told.pim.events.resume(told.there[0])

    look(EventSubscription.objects.get())

    (run,) = Run.objects.filter(trigger=Run.Trigger.EVENT)
    assert (run.mode, run.catalog) == (Run.Mode.DELTA, told.world.catalog)


def test_when_the_pim_is_connected_again_its_events_are_too(told, events, queue):
    told.pim.disconnect(CLIENT_ID)
    look_at_events(events.pk)
    world = told.world
    app = told.pim.apps[CLIENT_ID]
    app.connected = True
    told.pim.events.allow(CLIENT_ID, True)
    token = told.pim.set_scopes(app, {"read_products", "read_catalogs"})
    Connection.objects.update(state=Connection.State.CONNECTED, token=token)
    world.connection.refresh_from_db()

    keep_subscriptions()

    assert row().state == State.ACTIVE
    assert len([each for each in told.there if each.status == "active"]) == 1


@pytest.mark.parametrize("status", ["suspended", "active"])
def test_a_platform_that_does_not_answer_changes_nothing(told, events, status):
    EventSubscription.objects.update(state=status)
    told.pim.faults.add(Fault("500", "/event-platform/", times=20))

    look_at_events(events.pk)

    assert row().state == status
