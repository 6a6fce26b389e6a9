"""The admin of packages: schedules, sign-ins and staff; and static files as in production."""

import re
from copy import deepcopy
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from akeneo_app.admin_schedules import _IN_WORDS
from catalogs.schedules import apply_schedule
from connections.admin_base import change_url
from tests.factories import make_catalog, make_channel, make_connection, make_listing
from tests.pages.conftest import Browser, messages_of, page_of, text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

LOGIN = reverse("admin:login")


def test_schedules_are_looked_at_only():
    apply_schedule(make_catalog(name="Autumn", every=90))
    browser = browser_of_superuser()

    page = browser.see("/admin/django_celery_beat/periodictask/")
    row = page.select_one("#result_list tbody tr")
    posted = browser.post(row.select_one("th a")["href"], {"enabled": ""})

    assert "Sync of the catalog “Autumn”" in text_of(row)
    assert "Every 90 minutes" in text_of(row)
    assert posted.status_code == 403
    assert browser.get("/admin/django_celery_beat/intervalschedule/").status_code == 404


def test_schedules_are_told_in_words():
    settings = {"minute": "0", "hour": "4"}
    PeriodicTask.objects.create(
        name="celery.backend_cleanup",
        task="celery.backend_cleanup",
        crontab=CrontabSchedule.objects.create(**settings),
    )
    seconds = IntervalSchedule.objects.create(every=30, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.create(
        name="look at the clock",
        task="sync.tasks.look_at_the_clock",
        interval=seconds,
        last_run_at=timezone.now() - timedelta(hours=1),
    )
    paused = make_catalog(name="Spring", every=60, paused_at=timezone.now())
    apply_schedule(paused)

    rows = browser_of_superuser().see("/admin/django_celery_beat/periodictask/")
    spring, cleanup, clock = map(text_of, rows.select("#result_list tbody tr"))

    assert "Every hour" in spring
    assert "Off: its catalog is paused" in spring
    assert "At 04:00 AM UTC" in cleanup
    assert "Ends pauses whose date has come" in clock
    assert "Every 30 seconds" in clock
    assert "Late: is beat running?" in clock


def test_a_schedule_of_a_catalog_leads_to_it():
    catalog = make_catalog(every=60)
    apply_schedule(catalog)

    page = browser_of_superuser().see(change_url(PeriodicTask.objects.get()))

    assert page.find("a", string="Its catalog")["href"] == change_url(catalog)


def test_every_task_that_beat_starts_is_told_in_words(settings):
    known = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert known < _IN_WORDS.keys()


def test_deleting_a_failed_sign_in_lets_the_person_in_again():
    mary = make_staff(is_superuser=True)
    mary.set_password("right")
    mary.save()
    attempt = AccessAttempt.objects.create(
        username=mary.username,
        ip_address="127.0.0.1",
        user_agent="<unknown>",
        http_accept="<unknown>",
        path_info=LOGIN,
        failures_since_start=10,
    )
    values = {"username": mary.username, "password": "right", "next": "/admin/"}
    colleague = browser_of_superuser()

    locked_out = Browser().post(LOGIN, values)
    listed = colleague.see("/admin/axes/accessattempt/")
    colleague.post(reverse("admin:axes_accessattempt_delete", args=[attempt.pk]), {"post": "yes"})
    let_in = Browser().post(LOGIN, values)

    assert locked_out.status_code == 429
    assert "Locked out" in text_of(listed)
    assert (let_in.status_code, let_in["Location"]) == (302, "/admin/")


def test_whoever_opens_the_login_itself_gets_to_the_first_page():
    mary = make_staff(is_superuser=True)
    mary.set_password("right")
    mary.save()
    browser = Browser()
    page = browser.see(LOGIN)
    hidden = {one["name"]: one.get("value", "") for one in page.select("input[type=hidden]")}

    response = browser.post(LOGIN, {**hidden, "username": mary.username, "password": "right"})

    assert response["Location"] == "/admin/"


def test_staff_are_added_and_given_permissions():
    browser = browser_of_superuser()
    values = {
        "username": "mary",
        "usable_password": "true",
        "password1": "a-Good-one-42",
        "password2": "a-Good-one-42",
    }

    response = browser.post(reverse("admin:auth_user_add"), values, follow=True)

    mary = User.objects.get(username="mary")
    assert "was added successfully" in messages_of(response)[0]
    assert mary.check_password("a-Good-one-42")
    assert page_of(response).find("input", {"name": "is_staff"})


def test_the_first_page_has_only_what_the_person_may_see():
    make_connection(state="disconnected")
    make_listing(status="parked")
    browser = browser_of_staff(make_staff("sync.view_listing"))

    page = browser.see(reverse("admin:index"))

    cards = [text_of(card) for card in page.select("#content a.block")]
    links = {link["href"] for link in page.select("#content a") if link["href"].endswith("/")}
    assert cards == ["1 product refused The channel says what is wrong with each."]
    assert links == {"/admin/sync/listing/"}


def test_every_page_of_ours_finds_its_static_files(settings, tmp_path):
    storages = deepcopy(settings.STORAGES)
    storages["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    )
    settings.STORAGES, settings.STATIC_ROOT = storages, tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    browser = browser_of_superuser()
    channel = make_channel()
    listing = make_listing(make_catalog(channel), status="held")

    pages = [
        browser.see(path)
        for path in (
            reverse("admin:index"),
            reverse("admin:catalogs_channel_add"),
            reverse("admin:catalogs_catalog_add"),
            reverse("admin:catalogs_channel_delete", args=[channel.pk]),
            reverse("admin:connections_connection_delete", args=[channel.connection_id]),
            reverse("admin:sync_listing_change", args=[listing.pk]),
        )
    ]
    asked = browser.post(reverse("admin:sync_listing_act", args=[listing.pk, "keep_held"]))

    for page in [*pages, page_of(asked)]:
        files = [one["href"] for one in page.select("link[rel=stylesheet]")]
        assert files
        for file in files:
            assert re.search(r"\.[0-9a-f]{12}\.css$", file)
            assert (tmp_path / file.removeprefix("/static/")).exists()
