"""Who works on a run, and when somebody else may."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from connections import workers
from sync import ownership
from sync.models import Run
from tests.factories import make_run
from tests.sync.processes import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run():
    return make_run(status=Run.Status.QUEUED)


def test_only_one_of_two_claims_wins(run):
    other = Run.objects.get(pk=run.pk)

    assert ownership.claim(run)
    assert not ownership.claim(other)


def test_a_run_that_somebody_works_on_cannot_be_claimed(run):
    ownership.claim(run)

    assert not ownership.claim(Run.objects.get(pk=run.pk))


@pytest.fixture
def frozen():
    """No time passes between what a test says of now and what is found then."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.mark.usefixtures("frozen")
def test_a_silent_run_is_free_after_thirty_seconds(run):
    ownership.claim(run)
    Run.objects.update(owner="elsewhere|1|1|x", heartbeat_at=timezone.now() - timedelta(seconds=31))

    assert ownership.claim(Run.objects.get(pk=run.pk))


@pytest.mark.usefixtures("frozen")
def test_a_run_on_another_host_is_not_free_before(run):
    Run.objects.update(
        status=Run.Status.RUNNING,
        owner="elsewhere|1|1|x",
        heartbeat_at=timezone.now() - timedelta(seconds=29),
    )

    assert not ownership.claim(Run.objects.get(pk=run.pk))


def test_a_run_is_free_at_once_when_its_process_on_this_host_is_gone(run):
    program = (
        "import django; django.setup(); from connections import workers; print(workers.new_owner())"
    )
    ended = subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "akeneo_app.settings"},
    )
    Run.objects.update(status=Run.Status.RUNNING, owner=ended.stdout.strip())

    assert ownership.claim(Run.objects.get(pk=run.pk))


def test_an_ended_run_cannot_be_claimed(run):
    Run.objects.update(status=Run.Status.STOPPED)

    assert not ownership.claim(Run.objects.get(pk=run.pk))


def test_whoever_lost_a_run_writes_nothing_more(run):
    ownership.claim(run)
    Run.objects.update(owner="elsewhere|1|1|x")

    with pytest.raises(ownership.RunLost), transaction.atomic():
        ownership.lock(run)


def test_the_heartbeat_notices_that_the_run_was_taken(run, monkeypatch):
    monkeypatch.setattr(workers, "HEARTBEAT", timedelta(milliseconds=20))
    ownership.claim(run)

    with ownership.heartbeat(run) as lost:
        Run.objects.update(owner="elsewhere|1|1|x")
        assert lost.wait(timeout=300)


def test_the_heartbeat_goes_on_while_the_run_is_ours(run, monkeypatch):
    monkeypatch.setattr(workers, "HEARTBEAT", timedelta(milliseconds=20))
    ownership.claim(run)
    before = Run.objects.get(pk=run.pk).heartbeat_at

    def beats_since(moment):
        return Run.objects.filter(pk=run.pk, heartbeat_at__gt=moment).count()

    with ownership.heartbeat(run) as lost:
        until(lambda: beats_since(before) > 0)
        once = Run.objects.get(pk=run.pk).heartbeat_at
        until(lambda: beats_since(once) > 0)  # whatever the first one found, it is told by now
        assert not lost.is_set()
