"""Starting runs, and what a run keeps when it reads everything after all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sync import ownership
from sync.models import Checkpoint, KeyPage, Run
from sync.runs import AlreadyRunning, create_run, mode_due, promote_to_full, since_for
from tests.factories import make_catalog, make_run

pytestmark = pytest.mark.django_db(transaction=True)

Part = Checkpoint.Part


@pytest.fixture
def catalog():
    return make_catalog()


def read(catalog, *, ago, **values):
    """A run that read everything, or what changed, so long ago."""
    moment = timezone.now() - ago
    return make_run(catalog, read_at=moment, watermark=moment, **values)


def test_a_catalog_has_one_live_run(catalog):
    run = create_run(catalog, Run.Trigger.SCHEDULE)

    with pytest.raises(AlreadyRunning) as busy:
        create_run(catalog, Run.Trigger.MANUAL)

    assert busy.value.run == run
    assert Run.objects.get() == run


def test_a_dry_run_goes_beside_it(catalog):
    create_run(catalog, Run.Trigger.SCHEDULE)

    dry = create_run(catalog, Run.Trigger.MANUAL, dry_run=True)

    assert dry.status == Run.Status.QUEUED


@pytest.mark.parametrize(
    ("full", "delta", "due"),
    [
        (None, None, Run.Mode.FULL),
        (None, timedelta(minutes=1), Run.Mode.FULL),
        (timedelta(hours=23), None, Run.Mode.DELTA),
        (timedelta(hours=25), None, Run.Mode.FULL),
        (timedelta(hours=25), timedelta(minutes=1), Run.Mode.FULL),
    ],
)
def test_everything_is_due_when_it_was_not_read_for_a_day(catalog, full, delta, due):
    if full:
        read(catalog, ago=full, mode=Run.Mode.FULL)
    if delta:
        read(catalog, ago=delta, mode=Run.Mode.DELTA)
    make_run(catalog, mode=Run.Mode.FULL, status=Run.Status.FAILED)
    make_run(catalog, mode=Run.Mode.FULL, dry_run=True)
    read(make_catalog(), ago=timedelta(0), mode=Run.Mode.FULL)

    assert mode_due(catalog) == due


def test_a_delta_starts_where_the_last_complete_run_of_either_kind_began(catalog):
    read(catalog, ago=timedelta(hours=3), mode=Run.Mode.FULL)
    last = read(catalog, ago=timedelta(hours=1), mode=Run.Mode.DELTA, status=Run.Status.FAILED)
    make_run(catalog, watermark=timezone.now(), status=Run.Status.STOPPED)

    assert since_for(catalog) == last.watermark - timedelta(minutes=10)


def test_reading_everything_after_all_keeps_the_listing(catalog):
    run = make_run(catalog, mode=Run.Mode.DELTA, status=Run.Status.QUEUED, pulled=4)
    ownership.claim(run)
    for part in Part:
        Checkpoint.objects.create(run=run, part=part, is_done=True)
        KeyPage.objects.create(run=run, part=part, packed=b"0123456789abcdef")

    promote_to_full(run)

    run.refresh_from_db()
    assert (run.mode, run.since, run.pulled) == (Run.Mode.FULL, None, 0)
    assert [one.part for one in run.checkpoints.all()] == [Part.LISTING]
    assert [page.part for page in run.key_pages.all()] == [Part.LISTING]
