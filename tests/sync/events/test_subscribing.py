"""Events switched on and off: one subscription at the platform, whatever happened on the way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connections.connections import disconnect
from connections.models import AuditRecord
from outbound.errors import ConfigurationError, TransientError
from pim.errors import EventsNotAllowed, EventsUnavailable, Unauthorized
from pim.events import EVENTS
from sandbox.faults import Fault
from sandbox.state import CLIENT_ID
from sync.events.keeping import look_at_all
from sync.events.switching import change_secret, switch_off, switch_on
from sync.models import EventSubscription
from tests.factories import make_connection

State = EventSubscription.State
CREATE = r"/subscriptions$"


def fault(told, kind, path, times=1, after=0):
    told.pim.faults.add(Fault(kind, f"/event-platform/.*{path}", times=times, after=after))


def subscribers(told):
    return [each for each in told.pim.events.subscribers.values() if each.status != "deleted"]


def test_the_platform_has_our_address_and_secrets(told):
    events = told.switch_on()

    (there,) = told.there
    events.refresh_from_db()
    assert (events.state, events.subscription_id) == (State.ACTIVE, there.id)
    assert there.url == events.url == f"http://127.0.0.1:9/webhooks/akeneo/{events.key}"
    assert set(there.events) == set(EVENTS)
    assert there.secrets == (events.primary_secret, "")
    contact = there.subscriber.contact
    assert contact["notification_webhook_url"] == f"{events.url}/status"
    assert contact["notification_webhook_secret"] == events.notice_secret


def test_again_makes_no_second_one(told):
    told.switch_on()

    told.switch_on()

    assert len(told.there) == len(subscribers(told)) == 1
    assert EventSubscription.objects.count() == 1
    assert AuditRecord.objects.filter(action="events_on").count() == 1


@pytest.mark.parametrize("path", ["/subscribers$", CREATE])
@pytest.mark.parametrize("kind", ["500-after", "cut"])
def test_an_answer_that_is_lost_makes_no_second_one(told, path, kind):
    # The list before it passes, then what creates fails.
    fault(told, kind, path, after=1)

    told.switch_on()

    assert len(told.there) == len(subscribers(told)) == 1
    assert EventSubscription.objects.get().state == State.ACTIVE


@pytest.mark.parametrize("path", ["/subscribers$", CREATE])
def test_what_was_created_before_somebody_died_is_found(told, path):
    fault(told, "500-after", path, after=1)
    fault(told, "500", path, times=9)  # the look after it fails as well
    with pytest.raises(TransientError):
        told.switch_on()
    told.pim.faults.clear()

    events = told.switch_on()

    (there,) = told.there
    assert events.subscription_id == there.id
    assert len(subscribers(told)) == 1
    assert there.secrets[0] == events.primary_secret


def test_one_too_many_is_taken_away(told):
    events = told.switch_on()
    (first,) = told.there
    told.pim.events.subscriptions["extra"] = type(first)(
        first.subscriber, first.events, first.config, first.settings, 0, 0, 0, id="extra"
    )

    told.switch_on()

    assert [each.id for each in told.there] == [first.id]
    assert EventSubscription.objects.get().subscription_id == events.subscription_id


def test_without_the_box_it_says_where_it_is(told):
    told.pim.events.allow(CLIENT_ID, False)

    with pytest.raises(EventsNotAllowed, match="tick the box"):
        told.switch_on()

    events = EventSubscription.objects.get()
    assert (events.state, events.obstacle) == (State.STARTING, events.Obstacle.BOX)
    told.pim.events.allow(CLIENT_ID, True)
    look_at_all()
    events = EventSubscription.objects.get()
    assert (events.state, events.obstacle, events.reason) == (State.ACTIVE, "", "")


def test_switched_off_nothing_is_left_there(told):
    told.switch_on()

    switch_off(told.world.connection)
    switch_off(told.world.connection)

    events = EventSubscription.objects.get()
    assert told.there == subscribers(told) == []
    assert (events.state, events.subscription_id, events.is_wanted) == (State.OFF, "", False)
    assert AuditRecord.objects.filter(action="events_off").count() == 1


def test_off_stays_off_though_the_platform_does_not_answer(told):
    told.switch_on()
    fault(told, "500", "", times=20)

    with pytest.raises(TransientError):
        switch_off(told.world.connection)
    told.pim.faults.clear()

    assert EventSubscription.objects.get().state == State.OFF
    switch_off(told.world.connection)
    assert told.there == []


def test_off_before_it_was_ever_on_is_nothing(told):
    assert switch_off(told.world.connection) is None


def test_on_again_it_is_a_new_one(told):
    told.switch_on()
    switch_off(told.world.connection)

    events = told.switch_on()

    (there,) = told.there
    assert (events.state, events.subscription_id) == (State.ACTIVE, there.id)


def test_a_suspended_one_is_resumed(told):
    events = told.switch_on()
    (there,) = told.there
    told.pim.events.suspend(there, by="system")

    told.switch_on()

    assert there.status == "active"
    assert EventSubscription.objects.get(pk=events.pk).state == State.ACTIVE


def test_a_new_secret_is_there_before_the_old_one_is_forgotten(told):
    events = told.switch_on()
    old = events.primary_secret

    change_secret(events)

    (there,) = told.there
    events.refresh_from_db()
    assert events.primary_secret != old
    assert (
        there.secrets
        == (events.primary_secret, old)
        == (events.primary_secret, events.secondary_secret)
    )


def change_in_vain(told, events):
    """Change the secret, which Akeneo does not hear of."""
    fault(told, "500", "", times=20)
    with pytest.raises(TransientError):
        change_secret(events)
    told.pim.faults.clear()


def test_a_new_secret_that_did_not_arrive_is_sent_again_with_the_old_one(told):
    events = told.switch_on()
    old = events.primary_secret
    change_in_vain(told, events)
    assert told.there[0].secrets == (old, "")

    change_secret(EventSubscription.objects.get())

    events = EventSubscription.objects.get()
    assert told.there[0].secrets == (events.primary_secret, old)


def test_a_new_secret_that_did_not_arrive_is_told_by_the_next_look(told):
    """Whoever changes it because somebody knows the old one goes home after that."""
    events = told.switch_on()
    old = events.primary_secret
    change_in_vain(told, events)
    # As long after as the look takes that finds Akeneo well again.
    EventSubscription.objects.update(secret_changed_at=timezone.now() - timedelta(hours=2))

    look_at_all()

    events = EventSubscription.objects.get()
    assert told.there[0].secrets == (events.primary_secret, old)
    assert events.secrets_are_told
    look_at_all()
    assert told.there[0].secrets[1] == old  # what is on its way was signed with it until now


def test_the_old_secret_counts_no_more_after_an_hour(told):
    events = told.switch_on()
    change_secret(events)
    look_at_all()
    assert told.there[0].secrets[1]

    EventSubscription.objects.update(secret_changed_at=timezone.now() - timedelta(hours=2))
    look_at_all()

    events = EventSubscription.objects.get()
    assert told.there[0].secrets == (events.primary_secret, "")
    assert events.secondary_secret == ""


def test_an_old_secret_that_the_platform_keeps_is_kept_here(told):
    events = told.switch_on()
    old = events.primary_secret
    change_secret(events)
    EventSubscription.objects.update(secret_changed_at=timezone.now() - timedelta(hours=2))
    told.pim.faults.add(Fault("500", "/event-platform/.*/subscriptions/", times=20))

    look_at_all()

    assert EventSubscription.objects.get().secondary_secret == old == told.there[0].secrets[1]


def test_a_pim_without_an_event_platform_is_told_apart(told, settings):
    settings.EVENT_PLATFORM_URL = f"{told.world.url}/nowhere"

    with pytest.raises(EventsUnavailable, match="schedules"):
        told.switch_on()

    events = EventSubscription.objects.get()
    assert (events.state, events.obstacle) == (State.STARTING, events.Obstacle.EDITION)


def test_two_at_once_are_one_after_the_other(told):
    events = told.switch_on()
    EventSubscription.objects.update(busy_until=timezone.now() + timedelta(minutes=1))

    with pytest.raises(ConfigurationError, match="at this moment"):
        switch_on(told.world.connection)

    EventSubscription.objects.update(busy_until=timezone.now() - timedelta(minutes=1))
    assert switch_on(told.world.connection).pk == events.pk


def test_plain_http_is_for_local_platforms(told, settings):
    settings.PIM_ALLOW_INSECURE = False

    with pytest.raises(ConfigurationError, match="https"):
        told.switch_on()

    assert told.there == []
    assert not EventSubscription.objects.exists()


def test_a_pim_that_is_not_connected_has_no_events(told):
    disconnect(told.world.connection)
    told.world.connection.refresh_from_db()

    with pytest.raises(Unauthorized):
        told.switch_on()


def test_another_pims_subscription_is_its_own(told):
    make_connection()

    told.switch_on()

    assert EventSubscription.objects.get().connection == told.world.connection


def test_no_secret_is_printed(told):
    events = told.switch_on()

    assert events.primary_secret not in f"{events!r}{events}"
