"""How often a catalog syncs, and what beat is told about it."""

import json

import pytest
from django_celery_beat.models import PeriodicTask

from catalogs.catalogs import archive, create_catalog, look_at, restore, set_every
from catalogs.models import Catalog
from catalogs.pauses import pause, resume
from catalogs.reconnection import confirm
from catalogs.schedules import parse_every
from outbound.errors import ConfigurationError
from pim.errors import Unauthorized
from tests.visitor import Visitor


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("15m", 15), ("2h", 120), ("1d", 1440), (" 1H ", 60), ("31d", 44640), ("1m", 1)],
)
def test_an_interval_is_read_as_minutes(text, minutes):
    assert parse_every(text) == minutes


@pytest.mark.parametrize("text", ["", "0m", "15", "m", "-5m", "1w", "1.5h", "32d", "99999d", "１m"])
def test_what_is_no_interval_is_refused_with_an_example(text):
    with pytest.raises(ConfigurationError, match="15m, 2h or 1d"):
        parse_every(text)


@pytest.fixture
def catalog(world):
    return world.catalog


def stored(catalog):
    return Catalog.objects.select_related("channel__connection").get(pk=catalog.pk)


def task_of(catalog):
    return PeriodicTask.objects.get(args=json.dumps([catalog.pk]))


def test_another_interval_is_followed(catalog):
    set_every(catalog, 120)

    task = task_of(catalog)
    assert stored(catalog).every == 120
    assert (task.interval.every, task.expire_seconds, task.enabled) == (120, 7200, True)


def test_no_interval_ends_the_schedule_and_another_begins_it_again(catalog):
    set_every(catalog, None)
    ended = PeriodicTask.objects.filter(args=json.dumps([catalog.pk])).exists()
    set_every(catalog, 15)

    assert not ended
    assert task_of(catalog).enabled


def test_a_pause_stops_the_schedule_and_its_end_resumes_it(catalog):
    pause(catalog)
    paused = stored(catalog).is_paused, task_of(catalog).enabled
    resume(catalog)

    assert paused == (True, False)
    assert (stored(catalog).is_paused, task_of(catalog).enabled) == (False, True)


def test_an_archive_stops_the_schedule_and_restoring_resumes_it(catalog):
    archive(catalog)
    archived = stored(catalog).archived_at, task_of(catalog).enabled
    restore(catalog)

    assert archived[0]
    assert not archived[1]
    assert stored(catalog).archived_at is None
    assert task_of(catalog).enabled


def test_what_was_paused_stays_paused_when_it_is_restored(catalog):
    pause(catalog)
    archive(catalog)

    restore(catalog)

    assert not task_of(catalog).enabled


def test_another_interval_does_not_end_a_pause(catalog):
    pause(catalog)

    set_every(catalog, 15)

    assert not task_of(catalog).enabled


def test_nothing_changed_is_nothing_written(catalog):
    before = task_of(catalog).date_changed

    set_every(catalog, catalog.every)

    assert task_of(catalog).date_changed == before


def test_a_lost_connection_stops_all_its_schedules_and_no_others(world, make_world):
    other = make_world(1)
    second = create_catalog(world.channel, name="Second", every=15, raw=True)
    world.pim.disconnect(world.connection.client_id)

    with pytest.raises(Unauthorized):
        look_at(second)

    assert not task_of(world.catalog).enabled
    assert not task_of(second).enabled
    assert task_of(other.catalog).enabled


def test_a_reconnection_starts_them_once_it_is_confirmed_but_not_what_people_stopped(world):
    second, third, fourth = (
        create_catalog(world.channel, name=name, every=15, raw=True)
        for name in ("Second", "Third", "Fourth")
    )
    pause(second)
    archive(third)
    set_every(fourth, None)
    world.pim.disconnect(world.connection.client_id)
    with pytest.raises(Unauthorized):
        look_at(world.catalog)

    Visitor().open_app(world.url)

    enabled = PeriodicTask.objects.filter(task="sync.tasks.start_scheduled_run", enabled=True)
    assert not enabled
    for catalog in Catalog.objects.all():
        confirm(catalog)
    assert [task.args for task in enabled.all()] == [json.dumps([world.catalog.pk])]
