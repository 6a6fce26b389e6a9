"""People are told where events that they want do not come, once, and again when they do."""

import pytest

from outbound.errors import ConfigurationError, OutboundError
from sandbox.faults import Fault
from sandbox.state import CLIENT_ID
from sync.events.keeping import look_at_all
from sync.events.states import look
from sync.events.switching import pause, switch_off, switch_on
from sync.models import EventSubscription, Notice
from sync.notice_words import sentence_of, way_out_of
from sync.notices import review_everything


def notices():
    rows = Notice.objects.filter(kind=Notice.Kind.EVENTS_STOPPED).order_by("pk")
    return [(one.said, one.is_open) for one in rows]


def test_a_suspension_is_told_once_and_ends(told, events):
    told.pim.events.suspend(told.there[0], by="system")
    for _ in range(2):
        look(EventSubscription.objects.get())
        review_everything()
    assert notices() == [("akeneo", True)]

    switch_on(told.world.connection)

    assert notices() == [("akeneo", False)]


def test_a_box_that_is_not_ticked_is_told(told):
    told.pim.events.allow(CLIENT_ID, False)
    with pytest.raises(ConfigurationError):
        told.switch_on()
    review_everything()

    assert notices() == [("box", True)]
    notice = Notice.objects.get()
    assert "a box there is not ticked" in sentence_of(notice)
    assert way_out_of(notice).path == "/connection/events"


def test_a_box_is_in_the_way_until_they_come_again(told, events):
    """What is over before all is well would never be told as well again."""
    told.pim.events.allow(CLIENT_ID, False)
    look_at_all()
    told.pim.events.allow(CLIENT_ID, True)
    look(EventSubscription.objects.get())
    assert notices() == [("box", True)]

    look_at_all()

    assert notices() == [("box", False)]


def test_a_pim_without_an_event_platform_is_told(told, settings):
    settings.EVENT_PLATFORM_URL = f"{told.world.url}/nowhere"
    with pytest.raises(ConfigurationError):
        told.switch_on()

    assert notices() == [("edition", True)]
    assert "has no Event Platform" in sentence_of(Notice.objects.get())


def test_who_gives_it_up_hears_no_more_of_it(told, events):
    told.pim.events.suspend(told.there[0], by="system")
    look_at_all()

    switch_off(told.world.connection)

    assert notices() == [("akeneo", False)]


def test_what_somebody_suspended_here_is_no_trouble(told, events):
    pause(told.world.connection)
    look_at_all()
    review_everything()

    assert notices() == []


def test_what_is_only_tried_again_is_no_trouble(told):
    told.pim.faults.add(Fault("500", "/event-platform/", times=99))
    with pytest.raises(OutboundError):
        told.switch_on()
    review_everything()

    assert notices() == []


def test_a_pim_that_is_gone_is_one_cause(told, events):
    """That the connection is lost is told already."""
    told.pim.disconnect(CLIENT_ID)
    look(events)
    review_everything()

    assert notices() == []
    assert Notice.objects.get().kind == Notice.Kind.DISCONNECTED
