"""Hours, freezes and pauses in admin."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Channel, Freeze, Window
from catalogs.timetables import MOST, add_freeze, add_window
from connections.models import AuditRecord
from outbound.errors import ConfigurationError
from tests.factories import make_catalog, make_channel, make_connection
from tests.pages.conftest import messages_of, page_of, text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

ADD_WINDOW = reverse("admin:catalogs_window_add")
ADD_FREEZE = reverse("admin:catalogs_freeze_add")


@pytest.fixture
def browser():
    return browser_of_superuser()


@pytest.fixture
def channel():
    return make_channel(make_connection(time_zone="Europe/Paris"))


def change(row):
    return reverse(f"admin:catalogs_{row._meta.model_name}_change", args=[row.pk])


def delete(row):
    return reverse(f"admin:catalogs_{row._meta.model_name}_delete", args=[row.pk])


def recorded():
    rows = AuditRecord.objects.order_by("pk").values_list("action", "actor", "details")
    return [(action, actor, details) for action, actor, details in rows]


def hours(channel, **changes):
    values = {"channel": channel.pk, "allows": "yes", "days": ["1", "5"]}
    return {**values, "begins": "22:00", "ends": "06:00", **changes}


def frozen(channel, **changes):
    begins = timezone.now() + timedelta(days=1)
    values = {"channel": channel.pk, "reason": "Black Friday"}
    moments = {"begins_at": begins, "ends_at": begins + timedelta(days=3)}
    return {**values, **{name: f"{one:%Y-%m-%dT%H:%M}" for name, one in moments.items()}, **changes}


def test_hours_are_added_and_taken_out(browser, channel):
    browser.post(ADD_WINDOW, hours(channel))
    window = Window.objects.get()
    shown = text_of(browser.see(change(channel)))
    browser.post(delete(window), {"post": "yes"})

    said = "Only Monday and Friday, 22:00 to 06:00 of the next day"
    assert (window.days, window.begins, window.ends) == ([1, 5], time(22), time(6))
    assert said in shown
    assert not Window.objects.exists()
    assert recorded() == [
        ("timetable_changed", "staff0", {"added": said}),
        ("timetable_changed", "staff0", {"removed": said}),
    ]


def test_a_freeze_is_added_in_utc_and_shown_on_the_clock_of_the_pim(browser, channel):
    values = frozen(channel, begins_at="2030-11-26T17:00", ends_at="2030-11-30T23:00")

    with_long_way = browser.post(ADD_FREEZE, {**values, "ends_at": "2099-01-01T00:00"})
    browser.post(ADD_FREEZE, values)

    freeze = Freeze.objects.get()
    assert "within five years" in text_of(page_of(with_long_way))
    assert freeze.begins_at == datetime(2030, 11, 26, 17, tzinfo=UTC)
    page = text_of(browser.see(change(freeze)))
    assert "26 November 2030, 18:00 (Europe/Paris)" in page


@pytest.mark.parametrize(
    ("add", "values", "says"),
    [
        (ADD_WINDOW, {"days": []}, "at least one day"),
        (ADD_WINDOW, {"days": ["8"]}, "Select a valid choice"),
        (ADD_WINDOW, {"begins": "25:00"}, "valid time"),
        (ADD_FREEZE, {"ends_at": "2020-01-01T00:00"}, "ends after it begins"),
        (ADD_FREEZE, {"begins_at": "2020-01-01T00:00", "ends_at": "2020-01-02T00:00"}, "is over"),
        (ADD_FREEZE, {"reason": " "}, "required"),
    ],
)
def test_what_makes_no_sense_is_told_and_not_stored(browser, channel, add, values, says):
    whole = hours(channel) if add == ADD_WINDOW else frozen(channel)

    response = browser.post(add, {**whole, **values})

    assert response.status_code == 200
    assert says in text_of(page_of(response))
    assert not Window.objects.exists()
    assert not Freeze.objects.exists()


def test_hours_of_a_channel_that_is_being_removed_stay_as_they_are(browser, channel):
    Channel.objects.update(removing_since=timezone.now())

    response = browser.post(ADD_WINDOW, hours(channel))

    assert response.status_code == 200
    assert not Window.objects.exists()


def test_the_same_hours_twice_are_one(channel):
    values: dict[str, Any] = {"days": [2, 1], "begins": time(6), "ends": time(22), "allows": True}

    first = add_window(channel, **values)
    again = add_window(channel, **{**values, "days": [1, 2, 2]})

    assert first == again
    assert len(recorded()) == 1


def test_a_timetable_has_an_end(channel):
    now = timezone.now()
    for number in range(MOST):
        ends_at = now + timedelta(hours=number + 1)
        add_freeze(channel, begins_at=now, ends_at=ends_at, reason="Sale")

    with pytest.raises(ConfigurationError, match="Remove one first"):
        add_freeze(channel, begins_at=now, ends_at=now + timedelta(days=9), reason="Sale")


def test_channels_are_paused_and_resumed(browser, channel):
    other = make_channel(paused_at=timezone.now(), pause_ends_at=timezone.now())
    act = reverse("admin:catalogs_channel_changelist")
    chosen = {"_selected_action": [channel.pk, other.pk]}

    paused = browser.post(act, {"action": "pause_channels", **chosen}, follow=True)
    found = text_of(browser.see(f"{act}?paused=yes"))
    resumed = browser.post(act, {"action": "resume_channels", **chosen}, follow=True)

    assert messages_of(paused) == ["2 channels were paused."]
    assert "2 channels" in found
    assert messages_of(resumed) == ["2 channels were resumed."]
    assert not any(one.is_paused for one in Channel.objects.all())


def test_the_form_of_a_channel_says_why_and_until_when_it_is_paused(browser, channel):
    form = {
        "name": channel.name,
        "set_endpoint": channel.settings["endpoint"],
        "set_batch_size": "100",
    }
    pause = {"paused": "on", "pause_reason": "Move", "pause_ends_at": "2030-01-01T11:00"}

    refused = browser.post(change(channel), {**form, **pause, "pause_ends_at": "2020-01-01T11:00"})
    browser.post(change(channel), {**form, **pause})
    channel.refresh_from_db()
    shown = text_of(browser.see(change(channel)))
    browser.post(change(channel), form)

    assert "in the future" in text_of(page_of(refused))
    assert (channel.pause_reason, channel.paused_by) == ("Move", "staff0")
    assert "Nothing is sent until 1 January 2030, 12:00 (Europe/Paris): Move." in shown
    assert not Channel.objects.get().is_paused


def test_a_catalog_that_is_paused_is_not_synced_by_the_buttons(browser, channel):
    catalog = make_catalog(channel, name="Autumn", paused_at=timezone.now(), paused_by="Mary")
    act = reverse("admin:catalogs_catalog_act", args=[catalog.pk, "sync_now"])

    response = browser.post(act, follow=True)

    assert messages_of(response) == ["Autumn is paused by Mary. Resume it to sync it."]
    assert not catalog.runs.exists()
    assert "This catalog is paused by Mary." in text_of(page_of(response))


def test_who_may_only_look_changes_no_timetable(channel):
    window = add_window(channel, days=[1], begins=time(6), ends=time(22), allows=True)
    browser = browser_of_staff(make_staff("catalogs.view_window", "catalogs.view_channel"))

    assert browser.post(ADD_WINDOW, hours(channel)).status_code == 403
    assert browser.post(delete(window), {"post": "yes"}).status_code == 403
    assert "Add hours" not in text_of(browser.see(change(channel)))
    assert Window.objects.get() == window


def test_a_freeze_does_not_begin_in_antiquity(channel):
    """PostgreSQL stores such a moment, and Python cannot read it any more."""
    end = timezone.now() + timedelta(days=1)

    with pytest.raises(ConfigurationError, match="begins within the last five years"):
        add_freeze(channel, begins_at=datetime(1, 1, 2, tzinfo=UTC), ends_at=end, reason="Sale")
