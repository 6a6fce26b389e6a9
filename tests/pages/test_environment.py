"""A PIM for trying things looks different on every page, and each reader has a clock."""

from datetime import UTC, datetime

import pytest

from tests.factories import make_connection, make_pim_user
from tests.pages.conftest import browser_of, messages_of, text_of


@pytest.fixture
def sandbox_browser(db):
    return browser_of(make_pim_user(make_connection(pim_url="https://acme-test.akeneo.cloud")))


def test_a_sandbox_has_a_band_on_every_page(sandbox_browser):
    for path in ("/", "/connection", "/help"):
        assert "Sandbox: acme-test.akeneo.cloud" in text_of(sandbox_browser.see(path)), path


def test_production_has_none(browser):
    assert browser.see("/").select_one(".band") is None


def test_a_manager_marks_what_the_address_does_not_say(browser):
    answer = browser.post("/connection/environment", {"environment": "sandbox"}, follow=True)

    assert messages_of(answer) == ["acme.cloud.akeneo.com is marked as a sandbox, on every page."]
    assert browser.see("/").select_one(".band") is not None


def test_an_environment_that_there_is_not_changes_nothing(browser, connection):
    browser.post("/connection/environment", {"environment": "moon"})

    connection.refresh_from_db()
    assert connection.environment == ""


def test_times_are_those_of_the_readers_own_clock(browser, connection):
    connection.connected_at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    connection.time_zone = "Europe/Paris"
    connection.save()
    assert "2 March 2026, 13:00 (Europe/Paris)" in text_of(browser.see("/connection"))

    browser.post("/connection/own-time-zone", {"own_time_zone": "Asia/Tokyo"})

    assert "2 March 2026, 21:00 (Asia/Tokyo)" in text_of(browser.see("/connection"))


def test_a_zone_that_there_is_not_changes_nothing(browser, manager):
    answer = browser.post("/connection/own-time-zone", {"own_time_zone": "Moon"}, follow=True)

    assert messages_of(answer) == ["There is no such time zone. Nothing was changed."]
    manager.refresh_from_db()
    assert manager.time_zone == ""


def test_a_timetable_is_entered_in_the_zone_it_names(browser, manager, connection, channel):
    connection.time_zone, manager.time_zone = "Europe/Paris", "Asia/Tokyo"
    connection.save()
    manager.save()
    data = {"what": "freeze", "reason": "Sale"}
    times = {"begins_at": "2027-01-04T12:00", "ends_at": "2027-01-05T12:00"}

    browser.post(f"/channels/{channel.uuid}/timetable", {**data, **times})

    assert channel.freezes.get().begins_at.isoformat() == "2027-01-04T11:00:00+00:00"
