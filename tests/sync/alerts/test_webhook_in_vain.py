"""A webhook that keeps failing is told to managers, behind the bell and by mail, until it works."""

from datetime import timedelta

import pytest
from django.utils import timezone
from time_machine import travel

from connections.models import PimUser
from sync.alerts.sending import send_to_webhook
from sync.alerts.webhooks import remove_webhook, send_test, set_webhook
from sync.models import AlertMessage, AlertWebhook, Notice, Run
from sync.notice_words import sentence_of, way_out_of
from sync.notices import review_everything
from tests.factories import make_pim_user
from tests.sync.alerts.conftest import delivered, ended, hold, make_reader

pytestmark = pytest.mark.django_db

REFUSED = "It answered 404 where a status from 200 to 299 is expected."


@pytest.fixture
def webhook(connection, settings):
    settings.PIM_ALLOW_INSECURE = True
    return AlertWebhook.objects.create(
        connection=connection, url="http://127.0.0.1:9/", secret="between-us"
    )


@pytest.fixture
def mary(connection):
    return make_reader(connection, role=PimUser.Role.MANAGER)


def fail(webhook, tries=3):
    """So many calls in vain, of one message."""
    for _ in range(tries):
        send_test(webhook)
        send_to_webhook(webhook.pk)


def work(webhook):
    AlertMessage.objects.filter(webhook=webhook).update(sent_at=timezone.now())
    AlertWebhook.objects.update(problem="", answered_at=timezone.now())
    review_everything()


def notices():
    return list(Notice.objects.open().values_list("kind", flat=True))


def in_hours(hours):
    return travel(timezone.now() + timedelta(hours=hours), tick=False)


def mails_after_hours(hours):
    with in_hours(hours):
        review_everything()
        return delivered()


def test_it_is_behind_the_bell_with_the_third_call_in_vain(webhook):
    fail(webhook, 2)
    review_everything()
    assert notices() == []

    fail(webhook, 1)

    [notice] = Notice.objects.open().select_related("connection")
    assert sentence_of(notice) == (
        "The webhook for alerts of acme.cloud.akeneo.com does not take them: 127.0.0.1 could not "
        "be reached. They stand behind the bell all the same, and mails go out."
    )
    assert way_out_of(notice).path == "/alerts/webhook"


def test_managers_hear_of_it_by_mail_after_an_hour_and_again_when_it_works(webhook, mary):
    fail(webhook)
    assert delivered() == []

    about = "acme.cloud.akeneo.com"
    mine = "mary@acme.example.com"
    assert mails_after_hours(2) == [(mine, f"[Ferry] Webhook takes no alerts: {about}")]
    assert mails_after_hours(3) == []
    work(webhook)
    assert delivered() == [(mine, f"[Ferry] Well again: {about} (Webhook takes no alerts)")]
    assert notices() == []


@pytest.mark.parametrize("role", [PimUser.Role.VIEWER, PimUser.Role.EDITOR])
def test_whoever_cannot_correct_it_does_not_hear_of_it(role, webhook, connection, olga):
    reader = make_reader(connection, "vera@acme.example.com", role=role)
    fail(webhook)

    assert mails_after_hours(2) == []
    assert not Notice.objects.visible_to(reader.user).exists()
    manager = make_pim_user(connection, role=PimUser.Role.MANAGER)
    assert Notice.objects.visible_to(manager).exists()


def test_who_is_no_manager_any_more_does_not_hear_of_it(webhook, mary):
    fail(webhook)
    with in_hours(2):
        review_everything()
        PimUser.objects.filter(pk=mary.user_id).update(role=PimUser.Role.VIEWER)

        assert delivered() == []


def test_the_webhook_is_not_called_about_itself(webhook, mary):
    fail(webhook)
    mails_after_hours(2)
    work(webhook)

    assert not AlertMessage.objects.filter(webhook=webhook, notice__isnull=False).exists()


def test_it_stays_until_a_call_is_taken_whatever_else_is_over(webhook, catalog):
    ended(catalog, Run.Status.SUCCEEDED)
    held = hold(catalog)
    review_everything()
    for _ in range(3):
        AlertMessage.objects.update(not_before=None)
        AlertWebhook.objects.update(not_before=None)
        send_to_webhook(webhook.pk)
    assert "webhook_failing" in notices()

    for one in held:
        one.delete()
    review_everything()

    assert notices() == ["webhook_failing"]
    assert not AlertMessage.objects.filter(webhook=webhook).exists()


def test_what_was_given_up_is_no_sign_that_it_works(webhook):
    fail(webhook)
    AlertMessage.objects.update(given_up_at=timezone.now())
    review_everything()

    assert notices() == ["webhook_failing"]


def test_another_address_or_none_ends_it_without_calling_it_well(webhook, mary):
    fail(webhook)
    assert len(mails_after_hours(2)) == 1

    set_webhook(webhook.connection, "http://127.0.0.1:9/other")
    assert notices() == []
    fail(webhook)
    assert notices() == ["webhook_failing"]
    remove_webhook(webhook)

    assert notices() == []
    assert delivered() == []


def test_another_address_was_never_called_yet(webhook):
    AlertWebhook.objects.update(answered_at=timezone.now(), problem=REFUSED)

    set_webhook(webhook.connection, "http://127.0.0.1:9/other")

    webhook.refresh_from_db()
    assert (webhook.answered_at, webhook.problem) == (None, "")


def test_another_click_tries_the_test_that_failed_again_at_once(webhook):
    fail(webhook, 1)
    send_test(webhook)
    send_to_webhook(webhook.pk)

    [message] = AlertMessage.objects.all()
    assert message.tries == 2
