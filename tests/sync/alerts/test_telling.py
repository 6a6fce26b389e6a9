"""Each kind of notice sends one message to the people of its PIM, and one when all is well."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from time_machine import travel

from catalogs.models import Catalog
from catalogs.pauses import end_pauses, pause, resume
from catalogs.schedules import apply_schedule
from connections.connections import disconnect
from connections.models import Connection, Installation
from enrichment.models import Offer, Proposal, Source
from sync.alerts.sending import send_mails
from sync.listings import try_again
from sync.models import (
    AlertChoice,
    AlertMessage,
    EventSubscription,
    Feedback,
    How,
    Listing,
    Notice,
    Run,
)
from sync.notices import after_run, review_everything
from tests.factories import make_catalog, make_offer, make_proposal, make_run
from tests.sync.alerts.conftest import delivered, ended, hold, parts_of

pytestmark = pytest.mark.django_db

Status, Mode = Run.Status, Run.Mode
LATER = timedelta(hours=2)


def of_state(**values):
    def begin(catalog):
        ended(catalog, Status.SUCCEEDED)
        Catalog.objects.filter(pk=catalog.pk).update(**values)

    def end(catalog):
        well = {"pim_state": Catalog.PimState.ENABLED, "unconfirmed_since": None}
        Catalog.objects.filter(pk=catalog.pk).update(**well)

    return begin, end


def fail(status, **values):
    def begin(catalog):
        for _ in range(2):
            ended(catalog, status, problem="The shop is down.", **values)

    return begin, lambda catalog: ended(catalog, Status.SUCCEEDED)


def refuse(catalog):
    ended(catalog, Status.STOPPED, problem="The secret is wrong.", is_refused=True)


def lose(catalog):
    disconnect(catalog.connection)


def connect_again(catalog):
    Connection.objects.update(state=Connection.State.CONNECTED)


def take_scope(catalog):
    scopes = [one for one in catalog.connection.scopes if one != "read_categories"]
    Connection.objects.filter(pk=catalog.connection.pk).update(scopes=scopes)


def give_scope(catalog):
    scopes = [*catalog.connection.scopes, "read_categories"]
    Connection.objects.filter(pk=catalog.connection.pk).update(scopes=scopes)


def have_values(state, offer="done"):
    def begin(catalog):
        make_proposal(make_offer(catalog.connection, state=offer), state=state)

    return begin, lambda catalog: let_go()


def park(catalog):
    ended(catalog, Status.SUCCEEDED)
    for _ in range(3):
        Listing.objects.create(
            catalog=catalog,
            channel=catalog.channel,
            key=f"key-{Listing.objects.count()}",
            status=Listing.Status.PARKED,
        )


def go_silent(catalog):
    ended(catalog, Status.SUCCEEDED, ago=timedelta(hours=3))


def break_source(catalog):
    Source.objects.create(
        connection=catalog.connection, kind="values", name="ERP", problem="There is no folder."
    )


def break_feedback(catalog):
    Feedback.objects.create(catalog=catalog, status="shop", trouble="The attribute is gone.")


def suspend_events(catalog):
    EventSubscription.objects.create(
        connection=catalog.connection, is_wanted=True, state="suspended", obstacle="akeneo"
    )


def nothing_of(model):
    return lambda catalog: model.objects.all().delete()


KINDS = {
    "disconnected": (lose, connect_again),
    "disabled": of_state(pim_state=Catalog.PimState.DISABLED),
    "gone": of_state(pim_state=Catalog.PimState.GONE),
    "reconnected": of_state(unconfirmed_since=timezone.now()),
    "failed": fail(Status.FAILED),
    "stopped": fail(Status.STOPPED),
    "held": (hold, nothing_of(Listing)),
    "parked": (park, nothing_of(Listing)),
    "overdue": (go_silent, lambda catalog: ended(catalog, Status.SUCCEEDED)),
    "scopes_missing": (take_scope, give_scope),
    "channel_refused": (refuse, lambda catalog: ended(catalog, Status.SUCCEEDED)),
    "values_wait": have_values(Proposal.State.PROPOSED, offer="waiting"),
    "offer_stopped": have_values(Proposal.State.APPROVED, offer="stopped"),
    "source_trouble": (break_source, nothing_of(Source)),
    "feedback_trouble": (break_feedback, nothing_of(Feedback)),
    "events_stopped": (
        suspend_events,
        lambda catalog: EventSubscription.objects.update(state="active"),
    ),
}


def let_go():
    Proposal.objects.all().delete()
    Offer.objects.all().delete()


def look():
    """As by the clock, twice; then what is sent."""
    review_everything()
    review_everything()
    return delivered()


# Told otherwise: never over, to managers alone, or to staff.
OTHERS = {
    *("first_sync", "values_refused", "values_edited", "webhook_failing"),
    *("worker_silent", "scheduler_silent", "queue_old", "disk_short", "mail_down"),
}


def test_no_kind_is_left_out():
    assert {*KINDS, *OTHERS} == set(Notice.Kind.values)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_one_mail_and_one_when_all_is_well_again(kind, catalog, mary, olga):
    begin, end = KINDS[kind]
    assert look() == []

    begin(catalog)
    review_everything()
    with travel(timezone.now() + LATER, tick=False):
        Catalog.objects.update(every=None if kind != "overdue" else 30)
        told = look()
        end(catalog)
        over = look()

    label = Notice.Kind(kind).label
    [(to, subject)] = told
    assert to == "mary@acme.example.com"
    assert subject.startswith(f"[Ferry] {label}: ")
    [(to, subject)] = over
    assert (to, subject[:20]) == ("mary@acme.example.com", "[Ferry] Well again: ")
    assert not Notice.objects.open().exists()


@pytest.mark.parametrize("state", [Proposal.State.REFUSED, Proposal.State.OUTDATED])
def test_values_that_were_not_written_are_one_mail_and_forgotten_without_one(
    state, catalog, mary, olga
):
    Catalog.objects.update(every=None)
    begin, end = have_values(state)
    begin(catalog)

    told = look()
    end(catalog)

    assert [to for to, _ in told] == ["mary@acme.example.com"]
    assert look() == []
    assert not Notice.objects.open().exists()


def test_events_that_somebody_gave_up_are_not_well_again(catalog, mary):
    Catalog.objects.update(every=None)
    suspend_events(catalog)
    review_everything()
    with travel(timezone.now() + LATER, tick=False):
        assert len(look()) == 1

    EventSubscription.objects.update(is_wanted=False, state="off")

    assert look() == []
    assert not Notice.objects.open().exists()


def test_a_first_sync_that_ended_is_one_mail(catalog, mary, olga):
    run = ended(catalog, Status.SUCCEEDED, mode=Mode.FULL, pushed=1482)
    after_run(run)
    after_run(run)

    assert delivered() == [("mary@acme.example.com", "[Ferry] First sync finished: Web shop")]
    assert look() == []


def test_a_mail_says_what_happened_what_the_shop_shows_and_where_it_is_solved(catalog, mary):
    fail(Status.FAILED)[0](catalog)
    review_everything()
    send_mails()

    [sent] = mail.outbox
    for part in parts_of(sent):
        assert "The last run of “Web shop” failed: The shop is down." in part
        assert "What was sent before stays on Shop as it is." in part
        assert f"http://testserver/catalogs/{catalog.uuid}?pim_url=https%3A%2F%2Facme." in part
        assert "/alerts/stop/" in part
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent.from_email == "ferry@testserver"


def test_a_failure_is_told_when_the_next_run_fails_too(catalog, mary):
    ended(catalog, Status.FAILED)
    assert look() == []
    assert Notice.objects.open().get().kind == "failed"  # behind the bell all the same

    ended(catalog, Status.STOPPED)
    assert len(look()) == 1
    ended(catalog, Status.FAILED)
    assert look() == []  # the same cause, whatever it is called


def test_a_failure_that_was_told_is_no_news_when_a_pause_is_over(catalog, mary):
    begin, end = fail(Status.FAILED)
    begin(catalog)
    review_everything()
    assert [subject for _, subject in delivered()] == ["[Ferry] Run failed: Web shop"]

    pause(catalog)
    review_everything()
    resume(catalog)
    review_everything()
    assert delivered() == []
    end(catalog)
    review_everything()

    assert [subject for _, subject in delivered()] == ["[Ferry] Well again: Web shop (Run failed)"]


def test_a_failure_that_nobody_heard_of_before_a_pause_is_told_after_it(catalog, mary):
    begin, _ = fail(Status.FAILED)
    begin(catalog)
    review_everything()
    pause(catalog)
    review_everything()
    assert delivered() == []
    resume(catalog)
    review_everything()

    assert [subject for _, subject in delivered()] == ["[Ferry] Run failed: Web shop"]


def test_a_failure_that_was_not_told_ends_in_silence(catalog, mary):
    ended(catalog, Status.FAILED)
    look()
    ended(catalog, Status.SUCCEEDED)

    assert look() == []


def test_a_run_that_works_is_no_sign_that_all_is_well(catalog, mary):
    fail(Status.FAILED)[0](catalog)
    assert len(look()) == 1

    ended(catalog, Status.RUNNING)
    Run.objects.filter(status=Status.RUNNING).update(finished_at=None)

    assert look() == []
    assert Notice.objects.open().count() == 1


def test_runs_that_stopped_while_the_catalog_was_disabled_are_not_told_afterwards(catalog, mary):
    begin, end = of_state(pim_state=Catalog.PimState.DISABLED)
    begin(catalog)
    assert len(look()) == 1
    fail(Status.STOPPED)[0](catalog)
    assert look() == []

    end(catalog)

    [(_, subject)] = look()
    assert subject.startswith("[Ferry] Well again: ")


def test_what_a_person_stopped_is_not_told(catalog, mary):
    fail(Status.STOPPED, stop_asked_at=timezone.now())[0](catalog)

    assert look() == []


def test_a_channel_that_refuses_us_is_one_mail_for_all_its_catalogs(catalog, mary):
    other = make_catalog(catalog.channel, position=1)
    for one in (catalog, other):
        refuse(one)
        refuse(one)

    assert [subject for _, subject in look()] == ["[Ferry] Channel refuses Ferry: Shop"]

    ended(catalog, Status.SUCCEEDED)
    assert look() == []  # the other one's was not taken yet
    ended(other, Status.SUCCEEDED)
    assert [subject for _, subject in look()] == [
        "[Ferry] Well again: Shop (Channel refuses Ferry)"
    ]


def test_what_ends_because_the_pim_is_gone_is_not_called_well(catalog, mary):
    ended(catalog, Status.SUCCEEDED)
    hold(catalog)
    look()

    lose(catalog)

    assert [subject for _, subject in look()] == ["[Ferry] Disconnected: acme.cloud.akeneo.com"]


def test_what_is_over_before_it_was_sent_is_not_told_at_all(catalog, mary):
    ended(catalog, Status.SUCCEEDED)
    hold(catalog)
    review_everything()
    Listing.objects.all().delete()
    review_everything()

    assert delivered() == []
    assert not AlertMessage.objects.exists()


def test_what_is_held_is_told_every_day_until_somebody_decides(catalog, mary):
    Catalog.objects.update(every=None)
    ended(catalog, Status.SUCCEEDED)
    hold(catalog, 31)
    start = timezone.now()
    subjects = []
    for hours in range(0, 72, 6):
        with travel(start + timedelta(hours=hours, minutes=1), tick=False):
            subjects += [(hours, subject) for _, subject in look()]

    assert subjects == [
        (0, "[Ferry] Waits for a decision: Web shop"),
        (24, "[Ferry] Still: Waits for a decision, Web shop"),
        (48, "[Ferry] Still: Waits for a decision, Web shop"),
    ]


def test_refused_products_are_told_again_a_day_later_and_only_if_there_are_more(catalog, mary):
    Catalog.objects.update(every=None)
    park(catalog)
    assert len(look()) == 1
    with travel(timezone.now() + timedelta(hours=25), tick=False):
        assert look() == []
        park(catalog)
        assert len(look()) == 1
        park(catalog)
        assert look() == []  # once a day


def test_products_that_are_refused_after_others_were_mended_are_told(catalog, mary):
    Catalog.objects.update(every=None)
    park(catalog)
    park(catalog)
    assert len(look()) == 1
    Listing.objects.exclude(pk=Listing.objects.earliest("pk").pk).delete()
    assert look() == []

    park(catalog)  # fewer than there were before
    with travel(timezone.now() + timedelta(hours=25), tick=False):
        assert len(look()) == 1
        assert look() == []


def test_refused_products_that_are_tried_again_are_not_well_before_the_channel_says_so(
    catalog, mary
):
    Catalog.objects.update(every=None)
    park(catalog)
    assert len(look()) == 1

    try_again(Listing.objects.all())
    assert look() == []
    Listing.objects.filter(pk=Listing.objects.earliest("pk").pk).update(
        status=Listing.Status.PARKED
    )
    assert look() == []
    Listing.objects.update(status=Listing.Status.PARKED)
    assert look() == []

    try_again(Listing.objects.all())
    Listing.objects.update(status=Listing.Status.LISTED)
    assert [subject[:20] for _, subject in look()] == ["[Ferry] Well again: "]


def test_refused_products_are_told_when_the_run_ended(catalog, mary):
    Catalog.objects.update(every=None)
    run = make_run(catalog, status=Status.RUNNING)
    park(catalog)
    Run.objects.exclude(pk=run.pk).delete()
    assert look() == []
    assert Notice.objects.open().get().number == 3  # behind the bell all the same

    park(catalog)
    Run.objects.filter(pk=run.pk).update(status=Status.SUCCEEDED, finished_at=timezone.now())
    assert len(look()) == 1


@pytest.mark.parametrize("before", [None, 60])
def test_a_schedule_that_begins_again_has_its_time_to_sync(before, catalog, mary):
    Catalog.objects.update(every=before)
    ended(catalog, Status.SUCCEEDED)
    catalog.refresh_from_db()
    apply_schedule(catalog)
    pause(catalog, until=timezone.now() + timedelta(days=7))
    begins_again = timezone.now() + timedelta(days=7, seconds=10)
    with travel(begins_again, tick=False):
        assert look() == []
        assert end_pauses() == 1
        catalog.refresh_from_db()
        catalog.every = 60
        catalog.save()
        apply_schedule(catalog)
        assert look() == []

    for hours, number in ((2, 0), (4, 1)):
        with travel(begins_again + timedelta(hours=hours), tick=False):
            assert len(look()) == number


def test_after_a_night_that_all_was_switched_off_runs_have_their_time(catalog, mary):
    Catalog.objects.update(every=60)
    catalog.refresh_from_db()
    apply_schedule(catalog)
    ended(catalog, Status.SUCCEEDED)
    PeriodicTask.objects.update(last_run_at=timezone.now())
    morning = timezone.now() + timedelta(hours=10)

    with travel(morning, tick=False):
        assert look() == []  # before anything was started
        make_run(catalog, status=Status.QUEUED, mode=Mode.DELTA)
        PeriodicTask.objects.update(last_run_at=morning)
        assert look() == []

    for hours, number in ((1, 0), (3, 1)):
        with travel(morning + timedelta(hours=hours), tick=False):
            PeriodicTask.objects.update(last_run_at=timezone.now())
            assert len(look()) == number


def test_a_schedule_that_starts_nothing_is_told(catalog, mary):
    ended(catalog, Status.SUCCEEDED)
    Catalog.objects.update(every=60)
    catalog.refresh_from_db()
    apply_schedule(catalog)

    with travel(timezone.now() + timedelta(hours=4), tick=False):
        PeriodicTask.objects.update(last_run_at=timezone.now())
        assert len(look()) == 1


def test_one_cause_is_one_mail_however_many_products(catalog, mary):
    ended(catalog, Status.SUCCEEDED)
    hold(catalog, 40)

    assert len(look()) == 1


def test_people_choose_for_each_catalog(catalog, mary):
    AlertChoice.objects.create(reader=mary, catalog=catalog, how=How.NEVER)
    other = make_catalog(catalog.channel, position=1, name="Outlet")
    for one in (catalog, other):
        ended(one, Status.SUCCEEDED)
        hold(one)

    assert [subject for _, subject in look()] == ["[Ferry] Waits for a decision: Outlet"]


def test_nothing_is_sent_to_an_address_that_is_not_confirmed(catalog, mary):
    mary.confirmed_at = None
    mary.save()
    hold(catalog)

    assert look() == []


def test_a_person_who_was_removed_gets_nothing(catalog, mary):
    hold(catalog)
    review_everything()
    mary.user.delete()

    assert delivered() == []


def test_somebody_who_changed_their_mind_meanwhile_gets_nothing(catalog, mary):
    hold(catalog)
    review_everything()
    mary.how = How.NEVER
    mary.save()

    assert delivered() == []


def test_a_copy_tells_nobody_and_production_does_then(catalog, mary):
    Installation.objects.create(base_url="https://elsewhere.example.com")
    hold(catalog)
    assert look() == []

    Installation.objects.all().delete()
    assert len(look()) == 1


def test_a_name_with_a_newline_or_markup_forges_nothing(catalog, mary):
    Catalog.objects.update(name="Shop\r\nBcc: all@example.com <b>now</b>")
    ended(catalog, Status.SUCCEEDED)
    hold(catalog)
    review_everything()
    send_mails()

    [sent] = mail.outbox
    assert sent.recipients() == ["mary@acme.example.com"]
    assert "\n" not in sent.subject
    assert "Bcc" not in sent.message()
    _, html = parts_of(sent)
    assert "<b>now</b>" not in html
    assert "&lt;b&gt;now" in html


def test_mails_are_in_the_language_and_on_the_clock_of_their_reader(catalog, mary):
    mary.language = "fr"
    mary.save()
    mary.user.time_zone = "Asia/Tokyo"
    mary.user.save()
    ended(catalog, Status.SUCCEEDED)
    with travel("2026-11-24T23:30:00Z", tick=False):
        hold(catalog, 31)
        review_everything()
        send_mails()

    [sent] = mail.outbox
    assert "31 modifications de « Web shop »" in sent.body.replace("\u00a0", " ")
    assert "Depuis le 25 novembre 2026, 08:30 (Asia/Tokyo)." in sent.body
