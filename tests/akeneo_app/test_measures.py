"""What `/metrics` tells, of worlds that stand in known ways."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from akeneo_app.local_state import filesystem_broker
from catalogs.models import Catalog
from catalogs.schedules import apply_schedule
from connections.clients import governor
from connections.models import Connection, Installation
from pim.calls import gate_of_pim
from sync.alerts.life import show_life
from sync.models import (
    AlertMessage,
    EventSubscription,
    Listing,
    Notice,
    ReceivedEvent,
    Run,
    SignOfLife,
)
from tests.akeneo_app.scraping import TOKEN, scrape
from tests.factories import (
    make_catalog,
    make_channel,
    make_circuit,
    make_connection,
    make_document,
    make_listing,
    make_offer,
    make_proposal,
    make_run,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = TOKEN


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def ago(**span):
    return NOW - timedelta(**span)


def ran(age, catalog=None, **values):
    """A run that was started so long ago and ended at once."""
    run = make_run(catalog, finished_at=NOW - age, **values)
    Run.objects.filter(pk=run.pk).update(created_at=NOW - age)


def tell(number=1, **values):
    subscription = EventSubscription.objects.create(connection=make_connection())
    for event in range(number):
        ReceivedEvent.objects.create(
            subscription=subscription,
            event_id=str(event),
            type="product.updated",
            entity="product",
            **values,
        )


def make_alert(**values):
    return AlertMessage.objects.create(kind=AlertMessage.Kind.TEST, **values)


def test_connections_channels_and_catalogs_by_state():
    make_connection(state="disconnected")
    unreachable = make_connection()
    make_circuit(unreachable)
    channel = make_channel(unreachable)
    make_circuit(unreachable, channel)
    fine = make_catalog(make_channel(make_connection()))
    make_run(fine)
    beside = fine.channel
    make_catalog(beside, position=1, archived_at=NOW)
    make_catalog(beside, position=2, paused_at=NOW)
    make_catalog(beside, position=3, pim_state=Catalog.PimState.DISABLED)

    found = scrape()

    assert found.more_than_none("ferry_connections") == {
        ("connected",): 1,
        ("disconnected",): 1,
        ("unreachable",): 1,
    }
    assert found.more_than_none("ferry_channels") == {("ok",): 1, ("unreachable",): 1}
    assert found.more_than_none("ferry_catalogs") == {
        ("archived",): 1,
        ("disabled",): 1,
        ("in_step",): 1,
        ("paused",): 1,
    }
    assert found.value("ferry_catalogs", state="stopped") == 0
    assert found.value("ferry_connections", state="registered") == 0


def test_listings_by_catalog_and_status():
    connection = make_connection()
    one, other = (make_catalog(make_channel(connection)) for _ in range(2))
    for catalog, status, number in ((one, "parked", 2), (one, "waiting", 1), (other, "held", 3)):
        for _ in range(number):
            make_listing(catalog, status=status, wanted=make_document())

    found = scrape()

    host = connection.host
    assert found.more_than_none("ferry_listings") == {
        (str(one.pk), host, "parked"): 2,
        (str(one.pk), host, "waiting"): 1,
        (str(other.pk), host, "held"): 3,
    }
    assert len(found.samples_of("ferry_listings")) == 2 * len(Listing.Status)


def test_a_catalog_that_is_gone_is_told_no_more():
    catalog = make_catalog()
    make_listing(catalog, status="parked")
    make_run(catalog, finished_at=NOW)
    assert scrape().samples_of("ferry_listings")

    catalog.delete()
    found = scrape()

    assert not found.samples_of("ferry_listings")
    assert not found.samples_of("ferry_catalog_last_success_age_seconds")


def test_runs_of_the_last_day_by_how_they_stand_and_what_they_read():
    catalog = make_catalog()
    ran(timedelta(hours=1), catalog)
    ran(timedelta(hours=2), catalog, mode="delta")
    ran(timedelta(hours=3), catalog, mode="delta")
    ran(timedelta(hours=23), catalog, status="failed")
    ran(timedelta(hours=25), catalog, status="failed")
    ran(timedelta(hours=1), catalog, status="failed", dry_run=True)

    found = scrape()

    assert found.more_than_none("ferry_runs_last_day") == {
        ("full", "succeeded"): 1,
        ("delta", "succeeded"): 2,
        ("full", "failed"): 1,
    }
    assert found.value("ferry_runs_last_day", status="stopped", mode="push") == 0


def test_the_last_success_is_a_run_that_read_the_catalog_and_ended_well():
    catalog, never = make_catalog(), make_catalog()
    ran(timedelta(hours=5), catalog)
    ran(timedelta(hours=3), catalog, mode="delta", status="held")
    for values in ({"status": "failed"}, {"mode": "product"}, {"dry_run": True}):
        ran(timedelta(hours=1), catalog, **values)
    ran(timedelta(hours=1), never, status="stopped")
    ran(timedelta(hours=1), make_catalog(archived_at=NOW))

    (only,) = scrape().samples_of("ferry_catalog_last_success_age_seconds")

    assert only.labels == {"catalog": str(catalog.pk), "pim": catalog.connection.host}
    assert only.value == 3 * 3600


def test_unfinished_runs_tell_how_old_the_oldest_is_and_whether_anybody_works_on_them():
    assert scrape().value("ferry_oldest_unfinished_run_age_seconds") == 0
    ran(timedelta(hours=2), status="running", heartbeat_at=NOW)
    ran(timedelta(hours=1), status="queued", heartbeat_at=ago(minutes=5))
    ran(timedelta(hours=1), status="queued", heartbeat_at=ago(minutes=5), not_before=NOW)

    found = scrape()

    assert found.value("ferry_oldest_unfinished_run_age_seconds") == 2 * 3600
    assert found.value("ferry_runs_silent") == 1


def test_events_that_came_and_events_that_wait():
    tell(2, received_at=ago(minutes=10))
    tell(3, received_at=ago(minutes=20), worked_at=NOW)
    tell(1, received_at=ago(minutes=90), worked_at=NOW)

    found = scrape()

    assert found.value("ferry_events_last_hour") == 5
    assert found.value("ferry_events_waiting") == 2
    assert found.value("ferry_events_oldest_waiting_age_seconds") == 600


def test_alerts_that_are_due_and_not_sent():
    make_alert(due_at=ago(minutes=7))
    make_alert(due_at=ago(minutes=3), tries=2, not_before=NOW + timedelta(minutes=1))
    make_alert(due_at=NOW + timedelta(hours=1))
    make_alert(due_at=ago(hours=1), sent_at=NOW)
    make_alert(due_at=ago(days=3), given_up_at=NOW)

    found = scrape()

    assert found.value("ferry_alerts_waiting") == 2
    assert found.value("ferry_alerts_oldest_waiting_age_seconds") == 420


def test_notices_that_are_open_by_their_kind():
    for catalog in (make_catalog(), make_catalog()):
        Notice.objects.create(connection=catalog.connection, catalog=catalog, kind="overdue")
    Notice.objects.create(kind=Notice.Kind.WORKER_SILENT)
    Notice.objects.create(kind=Notice.Kind.DISK_SHORT, ended_at=NOW)

    found = scrape()

    assert found.more_than_none("ferry_notices_open") == {("overdue",): 2, ("worker_silent",): 1}
    assert found.value("ferry_notices_open", kind="disk_short") == 0


def test_values_that_are_open():
    offer = make_offer()
    for number, state in enumerate(("proposed", "proposed", "approved", "written", "refused")):
        make_proposal(offer, key=f"key-{number}", state=state)

    samples = {one.labels["state"]: one.value for one in scrape().samples_of("ferry_proposals")}

    assert samples == {"proposed": 2, "approved": 1}


def test_when_worker_scheduler_and_queue_were_seen():
    up = scrape()
    assert {one.labels["part"]: one.value for one in up.samples_of("ferry_up")} == {
        **{"database": 1, "broker": 1},  # and no limits: there is no PIM to ask about
        **{"worker": 0, "scheduler": 0, "queue": 0},
    }
    assert not up.samples_of("ferry_last_seen_age_seconds")

    show_life(SignOfLife.Part.WORKER)
    show_life(SignOfLife.Part.QUEUE)
    SignOfLife.objects.filter(part="queue").update(seen_at=ago(minutes=11))
    apply_schedule(make_catalog())
    PeriodicTask.objects.update(last_run_at=ago(minutes=2))
    found = scrape()

    assert found.more_than_none("ferry_up").keys() == {
        ("database",),
        ("broker",),
        ("limits",),
        ("worker",),
        ("scheduler",),
    }
    ages = found.samples_of("ferry_last_seen_age_seconds")
    assert {one.labels["part"]: one.value for one in ages} == {
        **{"worker": 0, "scheduler": 120, "queue": 660}
    }


def test_a_clock_that_is_ahead_makes_nothing_younger_than_new():
    show_life(SignOfLife.Part.WORKER)
    SignOfLife.objects.update(seen_at=NOW + timedelta(seconds=30))

    assert scrape().value("ferry_last_seen_age_seconds", part="worker") == 0


def test_tasks_that_wait(broker, tmp_path):
    app = broker("filesystem://", **filesystem_broker(tmp_path))
    assert scrape().value("ferry_queue_tasks") == 0

    for _ in range(3):
        app.send_task("sync.tasks.tidy_up")

    assert scrape().value("ferry_queue_tasks") == 3


def test_how_much_of_each_pims_limit_is_taken():
    busy, paused = make_connection(), make_connection()
    make_connection(state=Connection.State.DISCONNECTED)
    governor().pause(gate_of_pim(paused.pim_url).key, 120)

    with governor().slot(gate_of_pim(busy.pim_url)):
        found = scrape()

    assert found.more_than_none("ferry_pim_calls") == {(busy.host,): 1}
    assert found.more_than_none("ferry_pim_calls_limit") == {(busy.host,): 10, (paused.host,): 10}
    ((host,), seconds) = found.more_than_none("ferry_pim_pause_seconds").popitem()
    assert host == paused.host
    assert 100 < seconds <= 120


def test_a_copy_is_told():
    assert scrape().value("ferry_is_copy") == 0
    Installation.objects.create(base_url="https://elsewhere.example.com")

    assert scrape().value("ferry_is_copy") == 1
