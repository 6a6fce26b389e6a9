"""How everything stands, on the first page of admin."""

import json
from datetime import timedelta

import pytest
import redis
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from akeneo_app.local_state import filesystem_broker
from akeneo_app.queue_length import queue_length
from catalogs.schedules import apply_schedule
from connections.clients import governor
from pim.calls import gate_of_pim
from sync.models import Run
from tests.factories import make_catalog, make_channel, make_circuit, make_connection, make_run
from tests.pages.conftest import text_of
from tests.ports import closed_port
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")


@pytest.fixture
def browser():
    return browser_of_superuser()


def figure(page, title):
    for one in page.select("#figures > div"):
        if text_of(one.dt) == title:
            return " ".join(text_of(part) for part in one.select("dd"))
    raise AssertionError(f"There is no {title}")


def ran(days_ago, status, **values):
    run = make_run(status=status, **values)
    Run.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=days_ago))


def test_connections_are_counted_by_state_and_each_number_leads_to_its_list(browser):
    for state in ("connected", "connected", "registered", "disconnected"):
        make_connection(state=state)

    page = browser.see(HOME)
    links = [link["href"] for link in page.select("#figures dd a")]

    assert figure(page, "PIMs") == (
        "1 registered, not connected yet · 2 connected · 1 disconnected"
    )
    assert [len(browser.see(url).select("#result_list tbody tr")) for url in links] == [1, 2, 1]


def test_runs_are_drawn_by_day_and_are_there_as_a_table_too(browser):
    catalog = make_catalog()
    ran(0, "succeeded", catalog=catalog)
    ran(1, "failed", catalog=catalog)
    ran(1, "stopped", catalog=catalog)
    ran(1, "failed", catalog=catalog, dry_run=True)
    ran(20, "failed", catalog=catalog)

    page = browser.see(HOME)
    canvas = page.select_one("#runs-a-day canvas")
    drawn = json.loads(canvas["data-value"])
    rows = [text_of(row) for row in page.select("#runs-a-day tr.data-row")]

    assert len(drawn["labels"]) == len(rows) == 14
    assert {one["label"]: one["data"][-2:] for one in drawn["datasets"]} == {
        "Succeeded": [0, 1],
        "Done, held": [0, 0],
        "Stopped": [1, 0],
        "Failed": [1, 0],
    }
    assert canvas["aria-label"] == "3 runs in 14 days, of which 2 stopped or failed."
    assert rows[1].endswith("0 0 1 1")


def test_the_oldest_unfinished_run_is_named(browser):
    assert "None" in figure(browser.see(HOME), "Oldest unfinished run")
    ran(2, "queued", catalog=make_catalog(name="Autumn"), note="The PIM does not answer.")
    ran(1, "running")

    said = figure(browser.see(HOME), "Oldest unfinished run")

    assert "of Autumn" in said
    assert "2 days old. The PIM does not answer." in said


def assert_counts_tasks(browser, app):
    before = queue_length()
    for _ in range(3):
        app.send_task("sync.tasks.tidy_up")

    assert (before, queue_length()) == (0, 3)
    assert figure(browser.see(HOME), "Tasks that wait for a worker") == "3"


def test_tasks_that_wait_for_a_worker_are_counted(browser, broker, tmp_path):
    assert_counts_tasks(browser, broker("filesystem://", **filesystem_broker(tmp_path)))


@pytest.mark.only_on("postgresql")
def test_tasks_that_wait_in_a_redis_are_counted(browser, broker, settings):
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        assert_counts_tasks(browser, broker(settings.REDIS_URL))
        client.flushdb()


def test_many_tasks_that_wait_are_told(browser, broker, tmp_path):
    app = broker("filesystem://", **filesystem_broker(tmp_path))
    for _ in range(51):
        app.send_task("sync.tasks.tidy_up")

    assert "Is a worker running" in figure(browser.see(HOME), "Tasks that wait for a worker")


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_is_told(browser, broker, caplog, scheme):
    broker(f"{scheme}://user:planted@127.0.0.1:{closed_port()}//")

    said = figure(browser.see(HOME), "Tasks that wait for a worker")

    assert said == "Not known The broker does not answer."
    assert "planted" not in caplog.text


def test_a_scheduler_that_does_not_start_anything_is_told(browser):
    never = figure(browser.see(HOME), "The scheduler")
    apply_schedule(make_catalog())
    task = PeriodicTask.objects.get()
    seen = {}
    for minutes in (1, 60):
        last = timezone.now() - timedelta(minutes=minutes)
        PeriodicTask.objects.filter(pk=task.pk).update(last_run_at=last)
        seen[minutes] = figure(browser.see(HOME), "The scheduler")

    assert "Not seen yet" in never
    assert seen[1].startswith("Runs")
    assert "Nothing starts by itself until beat runs again" in seen[60]


def test_a_pim_that_is_slow_or_silent_comes_first_with_what_it_takes(browser):
    fine, silent = (make_connection() for _ in range(2))
    now = timezone.now()
    read = {"started_at": now - timedelta(minutes=2), "read_at": now, "pulled": 500}
    make_run(make_catalog(make_channel(fine)), **read)
    make_run(make_catalog(make_channel(silent)), status="failed", problem="No answer.")
    make_circuit(silent)

    with governor().slot(gate_of_pim(fine.pim_url)):
        page = browser.see(HOME)

    rows = [
        [text_of(cell) for cell in row.select("td")] for row in page.select("#pims tr.data-row")
    ]
    assert rows == [
        [silent.host, f"Not {silent.host}", "0 of 10", "1, 1 badly", "–"],
        [fine.host, "Yes", "1 of 10", "1", "250"],
    ]


def test_runs_that_went_badly_lead_to_exactly_these(browser):
    catalog = make_catalog()
    for status, days_ago in (("failed", 0), ("stopped", 0.9), ("failed", 1.1), ("succeeded", 0)):
        ran(days_ago, status, catalog=catalog)
    ran(0, "failed", catalog=catalog, dry_run=True)

    (badly,) = browser.see(HOME).select("#pims a[href*=status]")

    assert text_of(badly) == "2 badly"
    assert len(browser.see(badly["href"]).select("#result_list tbody tr")) == 2


def test_a_pim_that_asked_to_be_left_alone_is_told(browser):
    connection = make_connection()
    make_run(make_catalog(make_channel(connection)))
    governor().pause(gate_of_pim(connection.pim_url).key, 120)

    page = browser.see(HOME)

    assert "0 of 10, asked to wait" in text_of(page.select_one("#pims"))


def test_whoever_may_look_at_nothing_is_told_nothing():
    make_run(make_catalog(make_channel(make_connection())))
    page = browser_of_staff(make_staff()).see(HOME)

    assert not page.select("#figures, #runs-a-day, #pims")


def test_no_script_or_address_of_elsewhere_is_on_the_page(browser):
    make_run()
    page = browser.see(HOME)

    sources = [one.get("src") for one in page.select("script")]
    assert all(source and source.startswith("/static/") for source in sources)
