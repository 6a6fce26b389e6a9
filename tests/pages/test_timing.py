"""Pauses, timetables and time zones, as the people of a PIM see and set them."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Exemption, Freeze, Window
from catalogs.pauses import pause
from catalogs.timetables import add_freeze, add_window
from connections.models import AuditRecord, PimUser
from sync.models import Listing, Run
from sync.status import status_lines
from tests.factories import (
    make_catalog,
    make_channel,
    make_document,
    make_listing,
    make_pim_user,
    make_run,
)
from tests.pages.conftest import browser_of, messages_of, page_of, text_of

Status = Listing.Status
FRIDAY_NIGHT = datetime(2026, 6, 5, 21, 0, tzinfo=UTC)  # 23:00 in Paris


@pytest.fixture(autouse=True)
def clock(db):
    with time_machine.travel(FRIDAY_NIGHT, tick=True) as traveller:
        yield traveller


@pytest.fixture
def connection(connection):
    connection.time_zone = "Europe/Paris"
    connection.save()
    return connection


@pytest.fixture
def editor(connection):
    person = make_pim_user(connection, firstname="Ed", lastname="Itor", role=PimUser.Role.EDITOR)
    return browser_of(person)


def to(name, thing, *more):
    return reverse(f"pages:{name}", args=[thing.uuid, *more])


def closed_until_monday(channel):
    return add_window(channel, days=[1, 2, 3, 4, 5], begins=time(6), ends=time(22), allows=True)


def waiting(catalog, number):
    make_run(catalog, finished_at=timezone.now())
    for _ in range(number):
        make_listing(catalog, status=Status.WAITING, wanted=make_document())


def test_it_is_said_how_much_waits_until_when(browser, channel, catalog):
    closed_until_monday(channel)
    waiting(catalog, 134)

    sentence = "134 changes wait until Monday 06:00 (Europe/Paris)."
    for path in ("/", catalog.get_absolute_url()):
        assert sentence in text_of(browser.see(path)), path
    assert "Changes wait for their hours" in text_of(browser.see(catalog.get_absolute_url()))
    assert "Nothing is sent until Monday 06:00" in text_of(browser.see(channel.get_absolute_url()))
    channel_line, catalog_line = status_lines()[1:]
    assert (channel_line["state"], catalog_line["state"]) == ("closed", "waiting_for_window")
    assert catalog_line["notes"] == [sentence]


def test_nothing_is_said_where_nothing_waits(browser, channel, catalog):
    closed_until_monday(channel)
    make_run(catalog, finished_at=timezone.now())

    assert "until Monday" not in text_of(browser.see(catalog.get_absolute_url()))
    assert status_lines()[2]["state"] == "in_step"


def test_the_run_says_what_it_left_waiting(browser, catalog):
    run = make_run(
        catalog, finished_at=timezone.now(), note="134 changes wait until Monday 06:00 UTC."
    )

    page = text_of(browser.see(run.get_absolute_url()))

    assert "134 changes wait until Monday 06:00 UTC." in page
    assert "nothing to send" not in page


def test_an_editor_pauses_a_catalog_and_resumes_it(editor, catalog):
    path = to("pause", catalog)

    page = editor.see(path)
    without_reason = editor.post(path, {"until": ""})
    response = editor.post(
        path, {"reason": "Stocktaking", "until": "2026-06-06T12:30"}, follow=True
    )
    paused = page_of(response)
    resumed = editor.post(to("resume", catalog), follow=True)

    said = "paused by Ed Itor until Saturday 12:30 (Europe/Paris): Stocktaking."
    assert "Times are those of Europe/Paris" in text_of(page)
    assert without_reason.status_code == 422
    assert messages_of(response) == [f"“{catalog.name}” is {said}"]
    assert f"This catalog is {said}" in text_of(paused)
    assert paused.select_one(".primary").string == "Resume"
    assert page_of(resumed).select_one("button.primary").string == "Sync now"
    acts = AuditRecord.objects.order_by("pk").values_list("action", "actor", "details")
    assert list(acts) == [
        (
            *("paused", "Ed Itor"),
            {"what": "catalog", "reason": "Stocktaking", "until": "2026-06-06T12:30:00+02:00"},
        ),
        ("resumed", "Ed Itor", {"what": "catalog"}),
    ]


def test_a_paused_catalog_is_not_synced_by_hand(editor, catalog):
    pause(catalog, reason="Stocktaking")

    response = editor.post(to("sync", catalog), follow=True)

    assert "is paused by Ferry: Stocktaking. Resume it" in messages_of(response)[0]
    assert not Run.objects.exists()


@pytest.mark.parametrize("until", ["2026-06-05T22:59", "2040-01-01T00:00", "tomorrow"])
def test_a_pause_that_ends_at_no_such_time_is_refused_at_its_field(browser, catalog, until):
    response = browser.post(to("pause", catalog), {"reason": "Stocktaking", "until": until})

    catalog.refresh_from_db()
    assert response.status_code == 422
    assert page_of(response).find(id="id_until_error")
    assert not catalog.is_paused


def test_a_manager_pauses_a_channel_and_resumes_it(browser, channel, catalog):
    waiting(catalog, 2)

    browser.post(to("pause_channel", channel), {"reason": "Move", "until": ""})
    page = text_of(browser.see(channel.get_absolute_url()))
    state = [line["state"] for line in status_lines()[1:]]
    note = text_of(browser.see(catalog.get_absolute_url()))
    browser.post(to("resume_channel", channel))

    assert "is paused by Mary Smith: Move. Nothing is sent meanwhile." in page
    assert state == ["paused", "channel_paused"]
    assert "2 changes wait until somebody resumes the channel: Move." in note
    assert [line["state"] for line in status_lines()[1:]] == ["ok", "waiting"]


def test_hours_and_freezes_are_added_and_removed_after_asking(browser, channel):
    path = to("timetable", channel)
    hours = {"what": "window", "allows": "no", "days": ["6", "7"], "begins": "00:00"}
    freeze = {"what": "freeze", "reason": "Sale", "begins_at": "2026-11-26T18:00"}

    browser.post(path, {**hours, "ends": "00:00"})
    browser.post(path, {**freeze, "ends_at": "2026-12-01T00:00"})
    page = browser.see(path)
    window, black_friday = Window.objects.get(), Freeze.objects.get()
    asked = browser.see(to("remove_from_timetable", channel, "window", window.pk))
    there = Window.objects.exists()
    browser.post(to("remove_from_timetable", channel, "window", window.pk))
    browser.post(to("remove_from_timetable", channel, "freeze", black_friday.pk))

    assert black_friday.begins_at == datetime(2026, 11, 26, 17, tzinfo=UTC)
    assert "Not Saturday and Sunday, all day" in text_of(page)
    assert "26 November 2026, 18:00 (Europe/Paris)" in text_of(page)
    assert "Not Saturday and Sunday, all day" in text_of(asked)
    assert there
    assert not Window.objects.exists()
    assert not Freeze.objects.exists()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"what": "window", "allows": "yes", "begins": "06:00", "ends": "22:00"}, "one day"),
        (
            {
                **{"what": "freeze", "reason": "Sale", "begins_at": "2026-11-26T18:00"},
                "ends_at": "2026-11-26T17:00",
            },
            "ends after it begins",
        ),
    ],
)
def test_what_makes_no_sense_is_told_in_the_form(browser, channel, values, says):
    response = browser.post(to("timetable", channel), values)

    assert response.status_code == 422
    assert says in text_of(page_of(response))


def test_hours_of_another_channel_are_not_to_be_removed(browser, channel, outsider):
    other = closed_until_monday(make_channel(outsider.connection))

    for kind in ("window", "freeze", "channel"):
        path = to("remove_from_timetable", channel, kind, other.pk)
        assert browser.post(path).status_code == 404
    assert Window.objects.get() == other


def test_one_product_is_sent_now_from_its_page(editor, channel, catalog):
    add_freeze(
        channel,
        begins_at=timezone.now(),
        ends_at=timezone.now() + timedelta(hours=2),
        reason="Sale",
    )
    listing = make_listing(catalog, status=Status.WAITING, wanted=make_document())
    done = make_listing(catalog, status=Status.LISTED, wanted=make_document())

    page = editor.see(reverse("pages:product", args=[listing.key]))
    response = editor.post(to("send_now", listing))
    refused = editor.post(to("send_now", done), follow=True)

    run = Run.objects.get()
    assert page.find("form", action=to("send_now", listing))
    assert "Nothing is sent until Saturday 01:00 (Europe/Paris): Sale." in text_of(page)
    assert response.url == run.get_absolute_url()
    assert (run.mode, run.started_by) == (Run.Mode.PUSH, "Ed Itor")
    assert Exemption.objects.get().key == listing.key
    assert "has it already" in messages_of(refused)[-1]
    assert not page_of(refused).find("form", action=to("send_now", done))


def test_a_skipped_run_is_told_until_another_begins(browser, catalog, clock):
    run = make_run(catalog, status=Run.Status.RUNNING, owner="elsewhere|1|1|x")
    clock.shift(timedelta(minutes=30))
    catalog.skipped_at, catalog.skipped_for = timezone.now(), run.created_at
    catalog.save()

    told = text_of(browser.see(catalog.get_absolute_url()))
    notes = status_lines()[2]["notes"]
    clock.shift(timedelta(minutes=1))
    run.status = Run.Status.SUCCEEDED
    run.save()
    make_run(catalog)

    sentence = (
        "The run of 23:30 (Europe/Paris) was skipped because the one of 23:00 (Europe/Paris) was "
        "still working."
    )
    assert sentence in told
    assert notes == [sentence]
    assert "skipped" not in text_of(browser.see(catalog.get_absolute_url()))


def test_a_manager_chooses_the_time_zone_of_all_times(browser, connection, catalog):
    path = reverse("pages:change_time_zone")

    browser.post(path, {"time_zone": "America/New_York"})
    browser.post(path, {"time_zone": "Mars/Olympus"})
    connection.refresh_from_db()

    created = text_of(browser.see(catalog.get_absolute_url()))
    assert connection.time_zone == "America/New_York"
    assert "5 June 2026, 17:00 (America/New_York)" in created
    record = AuditRecord.objects.get()
    assert record.details == {"before": "Europe/Paris", "now": "America/New_York"}


def test_without_a_choice_times_are_those_of_the_installation(browser, connection, catalog):
    browser.post(reverse("pages:change_time_zone"), {"time_zone": ""})

    assert "5 June 2026, 21:00 UTC" in text_of(browser.see(catalog.get_absolute_url()))


def test_the_time_zone_of_one_pim_is_not_another_ones(browser, outsider):
    theirs = make_catalog(make_channel(outsider.connection))

    browser.see("/")
    page = text_of(browser_of(outsider).see(theirs.get_absolute_url()))

    assert "5 June 2026, 21:00 UTC" in page
