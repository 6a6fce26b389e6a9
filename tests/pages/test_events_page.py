"""The page of events: a manager switches them, everybody sees how they stand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connections.models import PimUser
from sandbox.faults import Fault
from sandbox.state import CLIENT_ID
from sync.events.keeping import look_at_all
from sync.models import EventSubscription, ReceivedEvent
from tests.factories import make_pim_user
from tests.pages.conftest import browser_of, messages_of, page_of, text_of
from tests.sync.events.conftest import events, nothing_is_remembered, told  # noqa: F401

PATH = "/connection/events"
State = EventSubscription.State


@pytest.fixture
def mary(told):  # noqa: F811
    """She manages the connection."""
    return browser_of(make_pim_user(told.world.connection))


def row():
    return EventSubscription.objects.get()


def badge(page):
    return page.h1.select_one(".badge").get_text()


def test_off_it_says_what_it_is_and_which_box_to_tick(mary):
    page = mary.see(PATH)

    assert badge(page) == "Off"
    assert "Tick the box for the Event Platform" in text_of(page)
    assert [one.get_text() for one in page.select("main .primary")] == ["Switch events on"]


def test_it_is_switched_on_once_however_often_somebody_clicks(mary, told):  # noqa: F811
    for _ in range(2):
        response = mary.post(f"{PATH}/on", follow=True)

    assert badge(page_of(response)) == "On"
    assert "The first may take some minutes" in messages_of(response)[0]
    assert len(told.there) == 1


def test_without_the_box_it_waits_and_says_so(mary, told):  # noqa: F811
    told.pim.events.allow(CLIENT_ID, False)

    page = page_of(mary.post(f"{PATH}/on", follow=True))

    assert badge(page) == "Waits for a box in Akeneo"
    assert [one.get_text() for one in page.select("main .primary")] == ["Try again"]
    told.pim.events.allow(CLIENT_ID, True)
    assert badge(page_of(mary.post(f"{PATH}/on", follow=True))) == "On"


def test_a_pim_without_an_event_platform(mary, told, settings):  # noqa: F811
    settings.EVENT_PLATFORM_URL = f"{told.world.url}/nowhere"

    page = page_of(mary.post(f"{PATH}/on", follow=True))

    assert badge(page) == "Not possible with this PIM"
    assert "the schedules find what changes" in text_of(page)


def test_a_platform_that_does_not_answer_is_said(mary, told):  # noqa: F811
    told.pim.faults.add(Fault("500", "/event-platform/", times=99))

    response = mary.post(f"{PATH}/on", follow=True)

    assert "cannot answer at the moment" in messages_of(response)[0]
    assert badge(page_of(response)) == "Being switched on"


def test_akeneos_suspension_says_why_and_is_resumed(mary, told, events):  # noqa: F811
    EventSubscription.objects.update(
        state=State.SUSPENDED, obstacle="akeneo", reason="Success rate <b>dropped</b>"
    )
    told.pim.events.suspend(told.there[0], by="system")

    page = mary.see(PATH)
    assert badge(page) == "Suspended by Akeneo"
    assert "“Success rate <b>dropped</b>”" in text_of(page)

    assert badge(page_of(mary.post(f"{PATH}/on", follow=True))) == "On"
    assert told.there[0].status == "active"


def test_it_is_suspended_and_resumed_here(mary, told, events):  # noqa: F811
    page = page_of(mary.post(f"{PATH}/suspend", follow=True))

    assert (badge(page), told.there[0].status) == ("Suspended", "suspended")
    assert "Mary Smith suspended it." in text_of(page)

    page = page_of(mary.post(f"{PATH}/on", follow=True))

    assert (badge(page), told.there[0].status) == ("On", "active")


def test_the_secret_is_changed_and_never_shown(mary, told, events):  # noqa: F811
    response = mary.post(f"{PATH}/secret", follow=True)

    secrets = told.there[0].secrets
    assert secrets[1] == events.primary_secret != secrets[0]
    assert not [one for one in secrets if one in response.content.decode()]


def test_there_is_no_secret_to_change_before_it_is_on(mary):
    response = mary.post(f"{PATH}/secret", follow=True)

    assert messages_of(response) == [
        "Switch the events on first: then there is a secret to change."
    ]


def test_switching_off_asks_first(mary, told, events):  # noqa: F811
    assert "Nothing is lost" in text_of(mary.see(f"{PATH}/off"))
    assert row().is_wanted

    response = mary.post(f"{PATH}/off", follow=True)

    assert (badge(page_of(response)), told.there) == ("Off", [])
    assert "Events are off already" in text_of(mary.see(f"{PATH}/off"))
    mary.post(f"{PATH}/off")


def test_it_counts_what_arrived(mary, events):  # noqa: F811
    assert "Nothing yet." in text_of(mary.see(PATH))
    for number, minutes in enumerate((5, 50, 70, 23 * 60, 25 * 60)):
        ReceivedEvent.objects.create(
            subscription=events,
            event_id=f"{number}",
            entity="product",
            received_at=timezone.now() - timedelta(minutes=minutes),
        )

    text = text_of(mary.see(PATH))

    assert "In the last hour 2 In the last 24 hours 4" in text


def test_many_are_not_counted_to_the_end(mary, events, monkeypatch):  # noqa: F811
    monkeypatch.setattr("pages.events.MOST_COUNTED", 2)
    monkeypatch.setattr("pages.views.events.MOST_COUNTED", 2)
    for number in range(4):
        ReceivedEvent.objects.create(subscription=events, event_id=f"{number}", entity="product")

    assert "In the last hour more than 2 In the last 24 hours more than 2" in text_of(
        mary.see(PATH)
    )


def test_silence_is_said(mary, events):  # noqa: F811
    EventSubscription.objects.update(silent_since=timezone.now())

    assert badge(mary.see(PATH)) == "On, but silent"


@pytest.mark.parametrize("role", [PimUser.Role.VIEWER, PimUser.Role.EDITOR])
def test_who_is_no_manager_only_sees_it(told, events, role):  # noqa: F811
    someone = browser_of(make_pim_user(told.world.connection, role=role))

    page = someone.see(PATH)

    assert badge(page) == "On"
    assert not page.select("main form")
    for verb in ("on", "suspend", "secret", "off"):
        assert someone.post(f"{PATH}/{verb}").status_code == 403
    assert row().state == State.ACTIVE


def test_the_connection_says_how_they_stand(mary, events):  # noqa: F811
    page = mary.see("/connection")

    assert "On What changes in Akeneo is read and sent within seconds." in text_of(page)
    assert page.find("a", href=PATH)


def test_a_pim_that_is_disconnected_has_nothing_to_press(mary, told, events):  # noqa: F811
    mary.post(f"{PATH}/suspend")
    told.pim.disconnect(CLIENT_ID)
    look_at_all()

    page = mary.see(PATH)

    assert badge(page) == "Ended"
    assert not page.select(f"main form[action='{PATH}/on']")


def test_a_catalog_says_that_edits_are_sent_within_seconds(browser, catalog):
    said = "An edited product is sent within seconds"
    values = {"is_wanted": True, "state": State.ACTIVE, "since": timezone.now()}
    told_of = EventSubscription.objects.create(connection=catalog.connection, **values)
    assert said in text_of(browser.see(catalog.get_absolute_url()))

    for changed in (
        {"paused_by": "Mary"},
        {"silent_since": timezone.now()},
        {"state": State.SUSPENDED},
        {"is_wanted": False},
    ):
        EventSubscription.objects.filter(pk=told_of.pk).update(**changed)
        assert said not in text_of(browser.see(catalog.get_absolute_url()))
        calm = {"paused_by": "", "silent_since": None, "state": State.ACTIVE, "is_wanted": True}
        EventSubscription.objects.filter(pk=told_of.pk).update(**calm)
