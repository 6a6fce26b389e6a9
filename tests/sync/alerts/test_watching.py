"""The installation watched from inside: who is told, once, and when it is well again."""

import shutil
from collections import namedtuple
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from time_machine import travel

from akeneo_app.watch import look
from catalogs.models import Catalog
from connections.models import Installation
from sync.alerts.life import look_at_disks, show_life
from sync.alerts.watching import watch
from sync.models import AlertMessage, Notice, Run, SignOfLife
from sync.notices import review_everything
from sync.tasks import show_that_tasks_are_worked_on
from tests.mail_server import running_mail_server
from tests.staff import make_staff
from tests.sync.alerts.conftest import delivered, ended, hold, make_reader

pytestmark = pytest.mark.django_db

Part = SignOfLife.Part
LONG_AGO = timezone.now() - timedelta(days=1)
Usage = namedtuple("Usage", "total used free")
GIB = 1024**3


@pytest.fixture(autouse=True)
def staff():
    """Stan, who may hear of it; Vera, who may not; and Stella, who has no address."""
    make_staff(email="vera@example.com")
    make_staff("sync.hear_alertmessage")
    return make_staff("sync.hear_alertmessage", email="stan@example.com")


@pytest.fixture(autouse=True)
def enough_room(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(100 * GIB, 0, 50 * GIB))


@pytest.fixture
def beat():
    every = IntervalSchedule.objects.create(every=30, period="seconds")
    return PeriodicTask.objects.create(name="tick", task="x", interval=every)


def all_well(beat):
    show_life(Part.WORKER)
    show_that_tasks_are_worked_on()
    PeriodicTask.objects.filter(pk=beat.pk).update(last_run_at=timezone.now())


def told():
    """What a look tells staff."""
    watch(LONG_AGO)
    watch(LONG_AGO)
    sent = [(one.to, one.subject.partition(": ")[0]) for one in mail.outbox]
    mail.outbox.clear()
    return sent


@pytest.mark.parametrize(
    ("kind", "part"),
    [("Worker silent", Part.WORKER), ("Tasks wait for long", Part.QUEUE)],
)
def test_who_falls_silent_is_told_once_and_again_when_all_is_well(kind, part, beat):
    all_well(beat)
    assert told() == []

    old = timezone.now() - timedelta(minutes=11)
    SignOfLife.objects.filter(part=part).update(seen_at=old)
    assert told() == [(["stan@example.com"], f"[Ferry] {kind}")]
    assert told() == []

    all_well(beat)
    assert told() == [(["stan@example.com"], "[Ferry] Well again")]
    assert not Notice.objects.open().exists()


def test_who_may_not_hear_of_it_any_more_gets_no_mail_that_waited(beat, staff, settings):
    all_well(beat)
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(minutes=11))
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    watch(LONG_AGO)
    assert AlertMessage.objects.unsent().get().staff == staff
    settings.EMAIL_BACKEND = backend

    staff.user_permissions.clear()
    with travel(timezone.now() + timedelta(minutes=2), tick=False):
        assert told() == []


def test_a_scheduler_that_starts_nothing_is_told(beat):
    all_well(beat)
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(minutes=11))

    assert told() == [(["stan@example.com"], "[Ferry] Scheduler silent")]


def test_after_a_night_switched_off_nobody_is_called_silent(beat):
    all_well(beat)
    with travel(timezone.now() + timedelta(hours=10), tick=False):
        watch(timezone.now())

        assert not Notice.objects.exists()


def test_a_disk_that_is_nearly_full_is_told_by_the_worker_of_that_host(beat, monkeypatch):
    all_well(beat)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(100 * GIB, 0, 4 * GIB))
    look(is_worker=True, since=LONG_AGO)

    [sent] = mail.outbox
    assert "4.0 GB left." in sent.body
    look(is_worker=False, since=LONG_AGO)  # the scheduler's host has another disk
    assert len(mail.outbox) == 1

    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(100 * GIB, 0, 6 * GIB))
    look(is_worker=True, since=LONG_AGO)
    assert [one.subject.partition(": ")[0] for one in mail.outbox[1:]] == ["[Ferry] Well again"]


def test_a_mail_server_that_is_down_is_told_in_admin_and_by_no_mail_afterwards(
    beat, catalog, mary, settings
):
    all_well(beat)
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with running_mail_server() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    ended(catalog, Run.Status.SUCCEEDED)
    hold(catalog)
    review_everything()
    AlertMessage.objects.update(tries=3, problem="The mail server cannot be reached.")
    assert told() == []
    [notice] = Notice.objects.open().filter(connection=None)
    assert (notice.kind, notice.said) == ("mail_down", "The mail server cannot be reached.")

    settings.EMAIL_BACKEND = backend
    AlertMessage.objects.filter(reader=mary).update(sent_at=timezone.now())
    assert told() == []
    assert not Notice.objects.open().filter(connection=None).exists()


def test_a_mail_server_that_was_down_is_not_told_by_the_first_mails_that_leave(
    beat, catalog, mary, settings
):
    all_well(beat)
    ended(catalog, Run.Status.SUCCEEDED)
    hold(catalog)
    review_everything()
    AlertMessage.objects.update(tries=3, problem="The mail server cannot be reached.")
    watch(LONG_AGO)  # which sends nothing to people
    assert Notice.objects.open().filter(kind="mail_down").exists()

    assert [to for to, _ in delivered()] == ["mary@acme.example.com"]
    assert told() == []
    assert not Notice.objects.open().filter(kind="mail_down").exists()


def test_one_mailbox_that_is_full_for_days_is_no_mail_server_that_is_down(
    beat, catalog, mary, connection
):
    all_well(beat)
    Catalog.objects.update(every=None)
    ended(catalog, Run.Status.SUCCEEDED)
    hold(catalog)
    john = make_reader(connection, "john@acme.example.com")
    review_everything()
    AlertMessage.objects.filter(reader=john).update(
        tries=60,
        problem="The mail server refused this address: 452 Full",
        not_before=timezone.now() + timedelta(days=9),
    )
    assert len(delivered()) == 1
    for days, is_down in ((1, True), (3, False)):
        with travel(timezone.now() + timedelta(days=days), tick=False):
            watch(LONG_AGO)
            is_told = Notice.objects.open().filter(kind="mail_down").exists()
            assert is_told == is_down


def test_what_only_a_silent_worker_could_see_is_not_called_well(beat, monkeypatch):
    all_well(beat)
    long_ago = timezone.now() - timedelta(minutes=11)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(100 * GIB, 0, 4 * GIB))
    look_at_disks()
    SignOfLife.objects.filter(part=Part.QUEUE).update(seen_at=long_ago)
    assert [subject for _, subject in told()] == [
        *("[Ferry] Tasks wait for long", "[Ferry] Disk nearly full")
    ]

    SignOfLife.objects.update(seen_at=long_ago)

    assert [subject for _, subject in told()] == ["[Ferry] Worker silent"]


def test_a_copy_tells_no_staff(beat):
    Installation.objects.create(base_url="https://elsewhere.example.com")

    assert told() == []
    assert not Notice.objects.exists()


def test_what_is_wrong_with_the_installation_is_no_ones_of_a_pim(beat, mary):
    assert {to for (to,), _ in told()} == {"stan@example.com"}
    assert Notice.objects.open().exists()
    assert not Notice.objects.visible_to(mary.user).exists()
