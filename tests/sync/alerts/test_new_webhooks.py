"""A webhook with a new address is told of what is not well already, once."""

import threading

import pytest
from django.db import Error, transaction
from django.db import connection as db
from django.db.models import Q
from django.utils import timezone

from sync.alerts import messages
from sync.alerts.webhooks import remove_webhook, send_test, set_webhook
from sync.models import AlertMessage, AlertWebhook, Listing, Notice, Run
from sync.notices import review_everything
from tests.factories import make_catalog, make_channel, make_connection
from tests.sync.alerts.conftest import ended, let_wait_for_a_decision
from tests.sync.processes import somebody_waits_for_a_lock, until

pytestmark = pytest.mark.django_db

ADDRESS = "https://hooks.example.com/a"
ANOTHER = "https://hooks.example.com/b"


@pytest.fixture
def held(catalog):
    """Two catalogs in which something waits for a decision, and one of another PIM."""
    theirs = make_catalog(make_channel(make_connection()))
    outlet = make_catalog(catalog.channel, position=1, name="Outlet")
    let_wait_for_a_decision(catalog, outlet, theirs)
    return catalog


def waiting():
    """State and catalog of what is still to be posted."""
    rows = AlertMessage.objects.unsent().filter(webhook__isnull=False)
    return sorted(rows.values_list("kind", "notice__catalog__name"))


def take_everything(webhook):
    """As if it had taken what waits."""
    AlertMessage.objects.filter(webhook=webhook).update(sent_at=webhook.created_at)


BOTH = [("opened", "Outlet"), ("opened", "Web shop")]


def test_it_is_told_of_what_is_not_well_already_once(held, connection):
    set_webhook(connection, ADDRESS)
    assert waiting() == BOTH
    take_everything(AlertWebhook.objects.get())

    review_everything()
    set_webhook(connection, ADDRESS)

    assert waiting() == []


def test_where_all_is_well_it_is_told_nothing(catalog, connection):
    set_webhook(connection, ADDRESS)

    assert not AlertMessage.objects.exists()


def test_another_address_is_told_of_it_again(held, connection):
    set_webhook(connection, ADDRESS)
    take_everything(AlertWebhook.objects.get())

    set_webhook(connection, ANOTHER)

    assert waiting() == BOTH


def test_one_that_is_removed_and_set_again_is_told_again(held, connection):
    set_webhook(connection, ADDRESS)
    take_everything(AlertWebhook.objects.get())
    remove_webhook(AlertWebhook.objects.get())

    set_webhook(connection, ADDRESS)

    assert waiting() == BOTH


def test_another_address_hears_when_all_is_well_again_and_not_of_what_was_before(held, connection):
    set_webhook(connection, ADDRESS)
    take_everything(AlertWebhook.objects.get())
    Listing.objects.filter(catalog__name="Outlet").delete()
    review_everything()
    assert waiting() == [("over", "Outlet")]

    set_webhook(connection, ANOTHER)
    assert waiting() == [("opened", "Web shop")]
    take_everything(AlertWebhook.objects.get())
    Listing.objects.all().delete()
    review_everything()

    assert waiting() == [("over", "Web shop")]


def test_what_nobody_was_told_of_yet_is_told_when_it_is_time(connection, catalog):
    ended(catalog, Run.Status.FAILED)
    review_everything()
    assert Notice.objects.open().get().told_at is None

    set_webhook(connection, ADDRESS)
    assert waiting() == []
    ended(catalog, Run.Status.FAILED)
    review_everything()

    assert waiting() == [("opened", "Web shop")]


def move_it(webhook):
    set_webhook(webhook.connection, ANOTHER)


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [move_it, remove_webhook])
def test_who_changes_it_and_who_looks_at_notices_never_wait_for_each_other(
    held, connection, change
):
    set_webhook(connection, ADDRESS)
    webhook = AlertWebhook.objects.get()
    failures = []

    def change_in_a_thread():
        try:
            change(webhook)
        except Error as error:
            failures.append(error)
        finally:
            db.close()

    changing = threading.Thread(target=change_in_a_thread)
    with transaction.atomic():
        open_ones = messages.hold_notices(Q(connection=connection))
        changing.start()
        until(somebody_waits_for_a_lock)
        messages.forget_unsent(open_ones, timezone.now())
    changing.join()

    assert failures == []


def test_that_it_fails_is_not_told_to_itself(connection):
    webhook = AlertWebhook.objects.create(connection=connection, url=ADDRESS, secret="s")
    Notice.objects.create(
        connection=connection,
        kind=Notice.Kind.WEBHOOK_FAILING,
        opened_at=webhook.created_at,
        changed_at=webhook.created_at,
        told_at=webhook.created_at,
    )

    set_webhook(connection, ANOTHER)

    assert waiting() == []


def test_a_test_that_waits_goes_to_the_new_address(connection):
    set_webhook(connection, ADDRESS)
    send_test(AlertWebhook.objects.get())

    set_webhook(connection, ANOTHER)

    assert waiting() == [("test", None)]
