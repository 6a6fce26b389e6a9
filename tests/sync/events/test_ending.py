"""Leaving a PIM: Akeneo is told first, and what it answers holds up nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.models import Catalog
from connections.installation import record_base_url
from connections.models import Connection
from outbound.errors import OutboundError
from sandbox.faults import Fault
from sandbox.state import CLIENT_ID
from sync.events.keeping import look_at_all
from sync.events.platform import Patience
from sync.events.switching import end_there, put_back, switch_off
from sync.leaving import leave
from sync.models import EventSubscription
from sync.privacy.erase import erase_pim
from tests.factories import make_connection

State = EventSubscription.State


def subscribers(told):
    return [each for each in told.pim.events.subscribers.values() if each.status != "deleted"]


def test_disconnecting_ends_the_subscription_there(told, events):
    leave(told.world.connection)

    assert told.there == subscribers(told) == []
    assert Connection.objects.get().token == ""
    row = EventSubscription.objects.get()
    assert (row.state, row.subscriber_id, row.is_wanted) == (State.REVOKED, "", True)


def test_erasing_ends_the_subscription_there(told, events):
    erase_pim(told.world.connection)

    assert told.there == subscribers(told) == []
    assert not EventSubscription.objects.exists()


@pytest.mark.parametrize("kind", ["500", "html", "429"])
def test_a_platform_that_does_not_delete_is_asked_once(told, events, kind):
    told.pim.faults.add(Fault(kind, "/event-platform/", times=1))

    leave(told.world.connection)

    assert not Connection.objects.get().is_connected
    assert EventSubscription.objects.get().state == State.REVOKED
    assert len(told.there) == 1


def test_a_platform_that_does_not_answer_is_left_after_seconds(told, events, monkeypatch):
    told.pim.faults.add(Fault("slow", "/event-platform/", times=99, seconds=3600))
    monkeypatch.setattr("sync.events.ending.GOODBYE", Patience(1, 0.2))

    leave(told.world.connection)

    assert not Connection.objects.get().is_connected


def test_what_stayed_there_is_found_when_the_pim_comes_back(told, events):
    told.pim.faults.add(Fault("500", "/event-platform/", times=99))
    leave(told.world.connection)
    told.pim.faults.clear()
    token = told.pim.set_scopes(told.pim.apps[CLIENT_ID], {"read_products", "read_catalogs"})
    Connection.objects.update(state=Connection.State.CONNECTED, token=token, ended_by="")

    look_at_all()

    assert [each.id for each in told.there] == [events.subscription_id]
    assert EventSubscription.objects.get().state == State.ACTIVE


def test_a_pim_that_keeps_its_catalogs_keeps_its_events(told, events):
    told.pim.faults.add(Fault("500", "/catalogs/", times=99))
    assert Catalog.objects.exists()

    with pytest.raises(Exception, match="cannot answer"):
        leave(told.world.connection, delete_catalogs=True)

    assert [each.status for each in told.there] == ["active"]
    assert Connection.objects.get().is_connected


def test_a_copy_ends_nothing_of_production(told, events, settings):
    record_base_url()
    settings.BASE_URL = "http://127.0.0.1:10"

    erase_pim(told.world.connection)

    assert [each.status for each in told.there] == ["active"]
    assert not EventSubscription.objects.exists()


def switch_off_in_vain(told):
    told.pim.faults.add(Fault("500", "/event-platform/", times=99))
    with pytest.raises(OutboundError):
        switch_off(told.world.connection)


def test_what_could_not_be_ended_there_is_ended_by_the_next_look(told, events):
    switch_off_in_vain(told)
    told.pim.faults.clear()
    assert len(told.there) == 1

    look_at_all()

    assert told.there == subscribers(told) == []
    row = EventSubscription.objects.get()
    assert (row.state, row.subscriber_id, row.subscription_id) == (State.OFF, "", "")


def test_a_subscriber_whose_subscription_is_gone_already_is_ended_too(told, events):
    told.pim.faults.add(Fault("500", f"/subscribers/{events.subscriber_id}", times=99))
    with pytest.raises(OutboundError):
        switch_off(told.world.connection)
    told.there[0].status = "deleted"
    told.pim.faults.clear()

    look_at_all()

    assert subscribers(told) == []


def test_while_akeneo_does_not_answer_it_is_tried_again_and_nothing_is_forgotten(told, events):
    switch_off_in_vain(told)

    assert look_at_all() == 0

    row = EventSubscription.objects.get()
    assert (row.state, row.subscription_id) == (State.OFF, events.subscription_id)
    told.pim.faults.clear()
    look_at_all()
    assert told.there == []


def test_one_that_cannot_be_ended_keeps_no_other_from_it(told, events):
    switch_off_in_vain(told)
    told.pim.faults.clear()
    busy = EventSubscription.objects.create(
        connection=make_connection(pim_url="http://0.cloud.akeneo.com"),
        subscriber_id="theirs",
        busy_until=timezone.now() + timedelta(hours=1),
    )

    look_at_all()

    assert told.there == []
    busy.refresh_from_db()
    assert busy.subscriber_id == "theirs"


def test_once_it_is_ended_the_platform_is_asked_no_more(told, events):
    switch_off(told.world.connection)
    told.pim.faults.add(Fault("500", "/event-platform/", times=9))

    look_at_all()

    assert told.pim.faults.waiting()[0]["times"] == 9


def test_who_switches_it_off_meanwhile_gets_no_other_one(told, events):
    told.there[0].status = "deleted"
    found_missing = EventSubscription.objects.get()
    switch_off(told.world.connection)

    put_back(found_missing)

    assert told.there == subscribers(told) == []
    assert EventSubscription.objects.get().state == State.OFF


def test_who_switches_it_on_again_meanwhile_keeps_it(told, events):
    switch_off_in_vain(told)
    told.pim.faults.clear()
    left = EventSubscription.objects.get()
    told.switch_on()

    end_there(left)

    assert [each.status for each in told.there] == ["active"]
    assert EventSubscription.objects.get().state == State.ACTIVE
