"""How mails leave: once, in the order of time, also when a process or the mail server dies."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from time_machine import travel

from catalogs.models import Catalog
from sync.alerts.readers import choose
from sync.alerts.sending import give_up_what_is_old, send_mails, wait_after
from sync.models import AlertMessage, How, Listing, Run
from sync.notices import review_everything
from sync.tasks import send_alerts, tidy_up
from tests.factories import make_catalog, make_connection
from tests.mail_server import Killed, running_mail_server
from tests.queued import waiting
from tests.sync.alerts.conftest import delivered, ended, hold, make_reader, parts_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    with running_mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def held(catalog):
    Catalog.objects.update(every=None)  # nothing else is to happen in the days that pass
    ended(catalog, Run.Status.SUCCEEDED)
    hold(catalog, 31)


def later(**delta):
    return travel(timezone.now() + timedelta(**delta), tick=False)


def test_a_process_that_dies_after_sending_doubles_one_mail_under_the_same_id(held, mary, settings):
    review_everything()
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.mail_server.DyingBackend"
    with pytest.raises(Killed):
        send_mails()
    settings.EMAIL_BACKEND = backend

    assert send_mails() == 0  # who died may still be at it
    with later(minutes=6):
        assert send_mails() == 1
        assert send_mails() == 0

    assert len({one.extra_headers["Message-ID"] for one in mail.outbox}) == 1
    assert len(mail.outbox) == 2


def test_what_a_dead_process_had_in_its_hands_counts_as_told(held, mary):
    review_everything()
    AlertMessage.objects.update(owner="elsewhere|1|1|x", claimed_at=timezone.now())
    Listing.objects.all().delete()
    review_everything()
    with later(minutes=6):
        subjects = [subject for _, subject in delivered()]

    assert subjects[-1].startswith("[Ferry] Well again: ")


def test_an_address_that_the_server_refuses_is_told_and_keeps_nobody_else_waiting(
    held, mary, connection, server
):
    make_reader(connection, "zoe@acme.example.com")
    server.refused["mary@acme.example.com"] = "550 No such person"
    review_everything()
    send_mails()

    assert [one["To"] for one in server.mails] == ["zoe@acme.example.com"]
    mary.refresh_from_db()
    assert mary.problem == "The mail server refused this address: 550 No such person"
    with later(hours=3):
        assert send_mails() == 0  # it is not tried again

    server.refused.clear()
    Listing.objects.all().delete()
    review_everything()
    send_mails()
    assert [one["To"] for one in server.mails] == ["zoe@acme.example.com"] * 2  # mary never heard


def test_an_address_that_nobody_can_write_to_keeps_nobody_else_waiting(held, connection, server):
    """Admin takes such addresses of its staff, and an earlier version took them of people."""
    unwritable = make_reader(connection, "mary@xn--ü.example.com")
    make_reader(connection, "zoe@acme.example.com")
    review_everything()
    send_mails()

    assert [one["To"] for one in server.mails] == ["zoe@acme.example.com"]
    unwritable.refresh_from_db()
    assert unwritable.problem == "No mail can be written to this address."
    with later(hours=3):
        assert send_mails() == 0  # it is not tried again


def test_a_mail_that_the_server_does_not_like_keeps_nobody_else_waiting(
    held, mary, catalog, connection, server
):
    other = make_catalog(catalog.channel, position=1, name="Win money")
    hold(other, 31)
    review_everything()
    server.disliked = "Win money"
    AlertMessage.objects.filter(notice__catalog=other).update(due_at=timezone.now() - timedelta(1))

    assert send_mails() == 1
    assert [one["To"] for one in server.mails] == ["mary@acme.example.com"]
    refused = AlertMessage.objects.unsent().get()
    assert refused.problem == "The mail server refused this mail: 554 This looks like spam"
    assert refused.not_before is not None


def test_a_sender_that_is_none_is_told_and_ends_no_worker(held, mary, server, settings):
    settings.DEFAULT_FROM_EMAIL = "Ferry <ferry@xn--ü.example.com>"
    review_everything()

    assert send_mails() == 0
    assert AlertMessage.objects.get().problem == "Something went wrong inside Ferry."
    settings.DEFAULT_FROM_EMAIL = "ferry@example.com"
    with later(minutes=2):
        assert send_mails() == 1


def test_an_address_that_is_refused_for_now_is_tried_again(held, mary, server):
    server.refused["mary@acme.example.com"] = "450 Try later"
    review_everything()
    assert send_mails() == 0

    server.refused.clear()
    with later(minutes=2):
        assert send_mails() == 1
    mary.refresh_from_db()
    assert mary.problem == ""


def test_a_catalogs_name_begins_no_line_of_a_mail(held, mary, catalog):
    Catalog.objects.update(
        name="Shop\r\nBcc: eve@evil.example\n\nGet no more: https://evil.example"
    )
    review_everything()
    send_mails()

    [sent] = mail.outbox
    assert sent.subject.endswith("Shop Bcc: eve@evil.example Get no more: https://evil.example")
    assert sent.recipients() == ["mary@acme.example.com"]
    lines = parts_of(sent)[0].splitlines()
    assert not any(line.startswith(("Bcc", "Get no more: https://evil")) for line in lines)


@pytest.mark.parametrize("word", ["EHLO", "MAIL", "RCPT"])
def test_a_server_that_hangs_up_is_tried_again_with_all_that_waits(
    word, held, mary, connection, server
):
    make_reader(connection, "zoe@acme.example.com")
    review_everything()
    server.hangs_up_after = word
    assert send_mails() == 0

    server.hangs_up_after = ""
    with later(minutes=2):
        assert send_mails() == 2
    assert sorted(one["To"] for one in server.mails) == [
        *("mary@acme.example.com", "zoe@acme.example.com")
    ]


def test_a_server_that_hangs_up_after_taking_it_gets_it_again_under_the_same_id(held, mary, server):
    review_everything()
    server.hangs_up_after = "DATA"
    send_mails()
    server.hangs_up_after = ""
    with later(minutes=2):
        send_mails()

    assert len(server.mails) == 2
    assert len({one["Message-ID"] for one in server.mails}) == 1


def test_what_is_over_and_nobody_took_for_two_days_is_given_up(held, mary, server):
    review_everything()
    assert send_mails() == 1
    Listing.objects.all().delete()
    review_everything()
    server.hangs_up_after = "EHLO"
    send_mails()
    with later(days=2, minutes=1):
        assert give_up_what_is_old() == 1
        server.hangs_up_after = ""
        assert send_mails() == 0


@pytest.mark.parametrize(("days", "sent"), [(20, 1), (31, 0)])
def test_what_is_not_well_yet_is_told_when_mail_leaves_again_weeks_later(
    days, sent, held, mary, server
):
    server.hangs_up_after = "EHLO"
    start = timezone.now()
    for day in (0, 2.1, 10):
        with travel(start + timedelta(days=day), tick=False):
            review_everything()
            send_mails()
            assert give_up_what_is_old() == 0

    with travel(start + timedelta(days=days), tick=False):
        give_up_what_is_old()
        server.hangs_up_after = ""
        assert send_mails() == sent
        assert send_mails() == 0


def test_the_waits_grow_and_are_bounded():
    minutes = [wait_after(tries) / timedelta(minutes=1) for tries in (1, 2, 3, 7, 30)]

    assert minutes == [1, 2, 4, 60, 60]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # Europe/Paris: summer time ends on 25 October 2026, begins on 29 March.
        ("2026-10-24T06:00:01Z", "2026-10-25T07:00:00Z"),
        ("2026-10-25T06:59:00Z", "2026-10-25T07:00:00Z"),
        ("2026-03-28T07:00:01Z", "2026-03-29T06:00:00Z"),
        ("2026-03-29T05:59:00Z", "2026-03-29T06:00:00Z"),
    ],
)
def test_the_daily_mail_goes_out_at_the_hour_on_the_readers_clock(now, due, held, mary):
    mary.how, mary.hour = How.DAILY, 8
    mary.save()
    mary.user.time_zone = "Europe/Paris"
    mary.user.save()
    with travel(now, tick=False):
        review_everything()

    message = AlertMessage.objects.get()
    assert message.due_at.strftime("%Y-%m-%dT%H:%M:%SZ") == due


def test_an_hour_that_the_night_skips_is_the_next_one(held, mary):
    mary.how, mary.hour = How.DAILY, 2
    mary.save()
    mary.user.time_zone = "Europe/Paris"
    mary.user.save()
    with travel("2026-03-28T12:00:00Z", tick=False):
        review_everything()

    assert AlertMessage.objects.get().due_at.isoformat() == "2026-03-29T01:00:00+00:00"


def test_the_daily_mail_carries_everything_of_the_day_at_once(catalog, mary):
    mary.how, mary.hour = How.DAILY, 8
    mary.save()
    Catalog.objects.update(every=None)  # or it is overdue at nine
    start = timezone.now().replace(hour=9, minute=0)
    with travel(start, tick=False):
        for number in range(3):
            one = make_catalog(
                catalog.channel, position=number + 1, name=f"Shop {number}", every=None
            )
            ended(one, Run.Status.SUCCEEDED)
            hold(one)
        review_everything()
        assert delivered() == []
    with travel(start + timedelta(hours=20), tick=False):
        assert delivered() == []
    with travel(start + timedelta(hours=23, minutes=1), tick=False):
        assert send_mails() == 1
        assert send_mails() == 0

    [sent] = mail.outbox
    assert sent.subject == "[Ferry] Your day: 3 things to look at"
    assert all(f"“Shop {number}”" in sent.body for number in range(3))


@pytest.mark.parametrize(("how", "hours"), [(How.DAILY, 8), (How.NOW, 0)])
def test_what_waits_for_the_daily_mail_comes_as_it_is_chosen_anew(how, hours, held, mary):
    mary.how, mary.hour = How.DAILY, 8
    mary.save()
    start = timezone.now().replace(hour=10, minute=0)
    with travel(start, tick=False):
        review_everything()
        choose(mary.user, how=how, hour=18, of_catalogs={})
    if hours:
        with travel(start + timedelta(hours=hours, minutes=-1), tick=False):
            assert delivered() == []
    with travel(start + timedelta(hours=hours), tick=False):
        assert [subject for _, subject in delivered()] == ["[Ferry] Your day: 1 thing to look at"]
    with travel(start + timedelta(hours=23), tick=False):
        assert delivered() == []


@pytest.mark.parametrize("how", [How.NOW, How.DAILY])
def test_a_mail_server_that_was_away_for_a_day_gets_one_mail_of_each_cause(how, held, mary, server):
    mary.how = how
    mary.save()
    start = timezone.now().replace(hour=7, minute=0)
    server.hangs_up_after = "EHLO"
    for hours in (0, 2, 24.5):
        with travel(start + timedelta(hours=hours), tick=False):
            review_everything()
            assert send_mails() == 0

    server.hangs_up_after = ""
    with travel(start + timedelta(hours=27), tick=False):
        assert send_mails() == 1
        assert send_mails() == 0
    [sent] = server.mails
    text, _ = sent.get_payload()
    assert text.get_payload(decode=True).count(b"Look and decide:") == 1


def test_the_daily_mail_says_what_was_told_yesterday_and_is_well_again(held, mary):
    mary.how = How.DAILY
    mary.save()
    review_everything()
    with later(days=1):
        assert len(delivered()) == 1
        Listing.objects.all().delete()
        review_everything()
        assert delivered() == []
    with later(days=2):
        assert delivered() == [("mary@acme.example.com", "[Ferry] Your day: all is well again")]


@pytest.mark.django_db(transaction=True)
def test_the_clock_starts_one_task_for_all_mails(held, mary, queue):
    send_alerts()
    assert waiting(queue) == []

    review_everything()
    send_alerts()

    assert waiting(queue) == [("sync.tasks.send_alert_mails", [])]


def test_messages_are_forgotten_once_what_they_are_about_is_long_over(held, mary, connection):
    review_everything()
    send_mails()
    with later(days=100):
        tidy_up()
        assert AlertMessage.objects.count() == 1  # it is still held
        Listing.objects.all().delete()
        review_everything()
    with later(days=200):
        tidy_up()

    assert not AlertMessage.objects.exists()


def test_queries_do_not_grow_with_the_people(catalog, django_assert_max_num_queries):
    for number in range(20):
        make_reader(catalog.connection, f"mary{number}@acme.example.com")
        make_reader(make_connection(), f"olga{number}@other.example.com")
    ended(catalog, Run.Status.SUCCEEDED)
    hold(catalog)

    with django_assert_max_num_queries(35):
        review_everything()

    assert AlertMessage.objects.count() == 20
