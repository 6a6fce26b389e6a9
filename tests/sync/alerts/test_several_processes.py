"""Several workers at once: each message leaves once, and one person's daily mail is one."""

import threading
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections, transaction
from django.db.models import Q
from django.utils import timezone

from sync.alerts import messages
from sync.alerts.readers import remove_address, set_address
from sync.alerts.sending import send_mails
from sync.models import AlertMessage, AlertSettings, How, Notice, Run
from sync.notices import review_everything
from tests.factories import make_catalog, make_channel, make_connection
from tests.sync.alerts.conftest import ended, hold, make_reader

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("postgresql")]


def at_once(work, number=4):
    begin = threading.Barrier(number)
    errors = []

    def run():
        begin.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001  # whatever it is, the test fails by it
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def change_address(user):
    set_address(user, "mary@elsewhere.example.com")


def forget_address(user):
    remove_address(AlertSettings.objects.get(user=user))


@pytest.fixture
def twelve_held():
    channel = make_channel(make_connection())
    for number in range(12):
        one = make_catalog(channel, position=number)
        ended(one, Run.Status.SUCCEEDED)
        hold(one)
    return channel.connection


def test_each_message_is_made_and_sent_once(twelve_held):
    make_reader(twelve_held)
    at_once(review_everything)
    assert AlertMessage.objects.count() == 12

    at_once(send_mails)

    ids = [one.extra_headers["Message-ID"] for one in mail.outbox]
    assert len(ids) == len(set(ids)) == 12
    assert not AlertMessage.objects.unsent().exists()


def test_the_daily_mail_of_a_person_is_one(twelve_held):
    for number in range(6):
        make_reader(twelve_held, f"mary{number}@acme.example.com", how=How.DAILY)
    review_everything()
    AlertMessage.objects.update(due_at=timezone.now() - timedelta(minutes=1))

    at_once(send_mails)

    assert sorted(one.to[0] for one in mail.outbox) == [
        f"mary{number}@acme.example.com" for number in range(6)
    ]


def test_two_looks_at_once_end_a_cause_once(twelve_held):
    make_reader(twelve_held)
    review_everything()
    send_mails()
    mail.outbox.clear()
    twelve_held.channels.get().listings.all().delete()

    at_once(review_everything)
    send_mails()

    assert len(mail.outbox) == 12


@pytest.mark.parametrize("change", [change_address, forget_address])
def test_who_changes_their_address_while_a_cause_ends_waits_and_no_more(change, twelve_held):
    reader = make_reader(twelve_held)
    review_everything()
    send_mails()
    now = timezone.now()
    Notice.objects.update(told_at=now - timedelta(days=2))
    review_everything()  # of each the second message waits
    notices = list(Notice.objects.all())
    has_begun, both = threading.Event(), threading.Barrier(2)

    def end_the_causes():
        with transaction.atomic():
            messages.hold_notices(Q(connection=twelve_held))
            messages.forget_unsent(notices, now)
            has_begun.set()
            time.sleep(0.5)
            messages.tell_over(notices, now)

    def change_it():
        has_begun.wait()
        change(reader.user)

    work = [end_the_causes, change_it]
    at_once(lambda: work[both.wait()](), number=2)
