"""What is sent to a channel, and when: windows, freezes, pauses, and one product in spite of them.

Whole runs against the sandbox, on clocks that tests set.
"""

import logging
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from catalogs import pauses
from catalogs.channels import create_channel
from catalogs.models import Catalog, Exemption
from catalogs.timetables import add_freeze, add_window, remove
from channels.http import HttpAdapter
from connections.connections import set_time_zone
from connections.models import AuditRecord, Connection
from outbound.errors import ConfigurationError
from sync import ownership
from sync.models import Batch, Listing, Run
from sync.removal import remove_catalog
from sync.runs import create_run
from sync.tasks import look_at_the_clock, start_scheduled_run, take_up_unfinished_runs
from sync.urgent import send_now
from tests.channels.receiver import Answer
from tests.factories import make_listing
from tests.sync.processes import KillAt, at_once

pytestmark = pytest.mark.whole_runs

Status = Listing.Status
FRIDAY_NIGHT = datetime(2026, 6, 5, 21, 0, tzinfo=UTC)  # 23:00 in Paris
MONDAY_AT_SIX = datetime(2026, 6, 8, 4, 0, tzinfo=UTC)


@pytest.fixture
def clock(world):
    """A Friday night, 23:00 in Paris; the world's sleeps move it on."""
    with time_machine.travel(FRIDAY_NIGHT, tick=True) as traveller:
        world.sleep = traveller.shift
        set_time_zone(world.connection, "Europe/Paris")
        yield traveller


@pytest.fixture
def workdays(world, clock):
    """The channel is sent to from Monday to Friday, 06:00 to 22:00."""
    return add_window(
        world.channel, days=[1, 2, 3, 4, 5], begins=time(6), ends=time(22), allows=True
    )


def freeze(world, hours=48, reason="Black Friday"):
    now = timezone.now()
    ends_at = now + timedelta(hours=hours)
    return add_freeze(world.channel, begins_at=now, ends_at=ends_at, reason=reason)


def look(world):
    """What the scheduler does every half minute, and then a worker."""
    look_at_the_clock()
    return world.work()


def number_listed(world):
    return len(world.listed())


def waits_since(world):
    return Catalog.objects.get(pk=world.catalog.pk).waits_since


@pytest.mark.usefixtures("workdays")
def test_outside_of_its_hours_everything_is_read_and_nothing_sent(world):
    run = world.sync()

    number = number_listed(world)
    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    assert run.note == f"{number} changes wait until Monday 06:00 (Europe/Paris)."
    assert (run.pulled, run.pushed) == (number, 0)
    assert world.on_shop() == set()
    assert world.statuses() == {Status.WAITING: number}
    assert not Batch.objects.exists()


@pytest.mark.usefixtures("workdays")
def test_what_waited_is_sent_by_itself_once_the_hours_begin(world, clock):
    world.sync()

    clock.move_to(MONDAY_AT_SIX - timedelta(seconds=30))
    too_early = look(world)
    clock.move_to(MONDAY_AT_SIX)
    [run] = look(world)
    afterwards = look(world)

    assert too_early == afterwards == []
    assert (run.mode, run.trigger, run.status) == (
        *(Run.Mode.PUSH, Run.Trigger.SCHEDULE),
        Run.Status.SUCCEEDED,
    )
    assert world.on_shop() == world.listed()
    assert waits_since(world) is None


@pytest.mark.usefixtures("workdays")
def test_runs_that_wait_again_and_again_do_not_pile_up(world, clock):
    for _ in range(3):
        world.sync()
        look_at_the_clock()
    clock.move_to(MONDAY_AT_SIX)

    look_at_the_clock()
    look_at_the_clock()

    assert Run.objects.live().count() == 1
    assert Run.objects.count() == 4
    world.work()
    assert world.on_shop() == world.listed()


@pytest.mark.usefixtures("workdays")
def test_two_that_look_at_once_start_one_run(world, clock):
    world.sync()
    clock.move_to(MONDAY_AT_SIX)

    at_once(look_at_the_clock, look_at_the_clock)

    [run] = Run.objects.live()
    assert run.mode == Run.Mode.PUSH
    world.work()
    assert world.on_shop() == world.listed()


@pytest.mark.usefixtures("workdays")
def test_a_run_that_is_under_way_when_the_hours_begin_sends_it(world, clock):
    world.sync()
    clock.move_to(MONDAY_AT_SIX)
    run = create_run(world.again(), Run.Trigger.SCHEDULE)

    look_at_the_clock()
    assert world.work() == [run]

    assert world.on_shop() == world.listed()
    assert look(world) == []


@pytest.mark.usefixtures("workdays")
def test_a_channel_that_is_down_when_the_hours_begin_is_not_called_every_half_minute(
    world, clock, receiver
):
    world.sync()
    clock.move_to(MONDAY_AT_SIX)
    receiver.script = Answer(503)

    [run] = look(world)

    assert run.status == Run.Status.FAILED
    assert look(world) == []


UNDER_WAY = HttpAdapter.concurrency  # what was begun is ended


def in_small_batches(world):
    world.channel.refresh_from_db()
    world.channel.settings |= {"batch_size": "2"}
    world.channel.save()


def test_the_hours_may_end_between_two_batches(world, clock, workdays, receiver):
    in_small_batches(world)
    clock.move_to(datetime(2026, 6, 5, 19, 59, 30, tzinfo=UTC))

    def on_call(received):
        if receiver.received.index(received) == 1:
            clock.move_to(datetime(2026, 6, 5, 20, 0, tzinfo=UTC))

    receiver.on_call = on_call

    run = world.sync()

    number, sent = number_listed(world), 2 * len(receiver.received)
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, sent)
    assert sent <= 2 * (1 + UNDER_WAY) < number
    assert run.note == f"{number - sent} changes wait until Monday 06:00 (Europe/Paris)."
    assert world.statuses() == {Status.LISTED: sent, Status.WAITING: number - sent}
    clock.move_to(MONDAY_AT_SIX)
    look(world)
    assert receiver.products == world.documents(world.catalog)


def test_the_hours_may_end_while_a_batch_is_tried_again(world, clock, workdays, receiver):
    clock.move_to(datetime(2026, 6, 5, 19, 59, 59, tzinfo=UTC))
    receiver.script = Answer(503)

    run = world.sync()

    calls = len(receiver.received)
    receiver.script = None
    assert run.status == Run.Status.SUCCEEDED
    assert calls <= 3
    assert world.statuses() == {Status.WAITING: number_listed(world)}
    clock.move_to(MONDAY_AT_SIX)
    look(world)
    assert receiver.products == world.documents(world.catalog)


def test_a_freeze_withdraws_nothing(world, clock):
    world.sync()
    before = world.on_shop()
    freeze(world)
    world.pim.disable_product(sorted(before)[0])

    run = world.sync()

    assert run.note == "1 change waits until Sunday 23:00 (Europe/Paris): Black Friday."
    assert world.on_shop() == before
    clock.shift(timedelta(hours=48))
    look(world)
    assert world.on_shop() == world.listed()


def test_a_freeze_that_is_taken_out_sends_what_waits(world, clock):
    black_friday = freeze(world)
    world.sync()
    remove(black_friday)

    look(world)

    assert world.on_shop() == world.listed()


@pytest.mark.usefixtures("clock")
def test_a_run_with_nothing_to_send_leaves_nothing_to_do(world):
    world.sync()
    freeze(world)

    run = world.sync()

    assert (run.status, run.note, waits_since(world)) == (Run.Status.SUCCEEDED, "", None)


def test_a_feed_is_not_published_in_a_freeze(world, clock, tmp_path):
    world.channel = create_channel(
        world.connection,
        name="Feed",
        kind="file",
        values={"destination": str(tmp_path / "feeds")},
        by_staff=True,
    )
    world.catalog = world.add_catalog("Feed")
    file = tmp_path / "feeds" / "products.jsonl"
    freeze(world)

    world.sync()
    frozen = file.exists()
    clock.shift(timedelta(hours=48))
    look(world)

    assert not frozen
    assert len(file.read_text("utf-8").splitlines()) == number_listed(world)


def test_a_paused_channel_is_read_for_and_sent_to_when_it_goes_on(world, clock):
    pauses.pause(world.channel, reason="Move to another host")

    run = world.sync()
    look(world)

    number = number_listed(world)
    assert run.note == (
        f"{number} changes wait until somebody resumes the channel: Move to another host."
    )
    assert world.on_shop() == set()
    pauses.resume(world.channel)
    look(world)
    assert world.on_shop() == world.listed()


def test_a_pause_with_a_date_ends_by_itself(world, clock):
    until = timezone.now() + timedelta(hours=1)
    pauses.pause(world.channel, reason="Move", until=until)
    pauses.pause(world.catalog, reason="Stocktaking", until=until)

    stopped = world.sync()
    clock.shift(timedelta(hours=1))
    run = world.sync()
    look_at_the_clock()

    assert stopped.status == Run.Status.STOPPED
    assert stopped.problem == (
        "The catalog is paused by Ferry until Saturday 00:00 (Europe/Paris): Stocktaking. "
        "Resume it to sync it again."
    )
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, number_listed(world))
    assert Catalog.objects.get().paused_at is None
    ended = AuditRecord.objects.filter(action="resumed").values_list("actor", "details")
    assert set(map(str, ended)) == {
        "('Ferry', {'what': 'catalog'})",
        "('Ferry', {'what': 'channel'})",
    }


def test_a_pause_that_was_prolonged_meanwhile_is_not_ended(world, clock):
    soon, later = (timezone.now() + timedelta(hours=hours) for hours in (1, 9))
    pauses.pause(world.catalog, until=soon)
    pauses.pause(world.again(), until=later)

    clock.shift(timedelta(hours=2))
    look_at_the_clock()

    assert Catalog.objects.get().is_paused


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(days=-1), timedelta(days=5 * 366)])
def test_a_pause_ends_in_the_years_to_come(world, clock, offset):
    with pytest.raises(ConfigurationError, match="in the future, within five years"):
        pauses.pause(world.catalog, until=timezone.now() + offset)

    assert Catalog.objects.get().paused_at is None


def test_a_run_under_way_gives_way_to_the_pause_of_its_catalog(world, receiver):
    in_small_batches(world)
    calls_when_paused = []  # calls go on while the pause waits for the database

    def on_call(received):
        if receiver.received.index(received) == 1:
            pauses.pause(world.catalog, reason="Stocktaking")
            calls_when_paused.append(len(receiver.received))
            connection.close()  # of the receiver's thread, in which this is called

    receiver.on_call = on_call

    run = world.sync()

    assert run.status == Run.Status.STOPPED
    assert run.pushed == 2 * len(receiver.received) < 2 * number_listed(world)
    assert len(receiver.received) <= calls_when_paused[0] + UNDER_WAY
    assert "Stocktaking. Resume it" in run.problem
    pauses.resume(world.catalog)
    world.sync()
    assert receiver.products == world.documents(world.catalog)


def test_a_trial_run_works_while_the_catalog_is_paused(world):
    pauses.pause(world.catalog)
    create_run(world.again(), Run.Trigger.MANUAL, dry_run=True)

    [run] = world.work()

    assert (run.status, run.changed) == (Run.Status.SUCCEEDED, number_listed(world))


def test_a_schedule_starts_nothing_while_the_catalog_is_paused(world):
    pauses.pause(world.catalog)

    start_scheduled_run(world.catalog.pk)

    assert not Run.objects.exists()


def test_one_product_is_sent_now_and_the_others_wait(world, clock):
    freeze(world)
    world.sync()
    listing = Listing.objects.order_by("pk")[3]

    send_now(listing)
    [run] = world.work()

    number = number_listed(world)
    assert world.on_shop() == {listing.key}
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, 1)
    assert run.note.startswith(f"{number - 1} changes wait until Sunday 23:00")
    assert not Exemption.objects.exists()
    record = AuditRecord.objects.get(action="sent_now")
    assert (record.subject, record.details) == (str(listing), {"channel": "Shop"})
    clock.shift(timedelta(hours=48))
    look(world)
    assert world.on_shop() == world.listed()


@pytest.mark.usefixtures("clock")
def test_one_product_is_withdrawn_now(world):
    world.sync()
    first, second = sorted(world.on_shop())[:2]
    freeze(world)
    world.pim.disable_product(first)
    world.pim.disable_product(second)
    world.sync()

    send_now(Listing.objects.get(key=first))
    world.work()

    assert first not in world.on_shop()
    assert second in world.on_shop()


@pytest.mark.usefixtures("clock")
def test_one_product_that_the_channel_refuses_is_parked(world, receiver):
    freeze(world)
    world.sync()
    listing = Listing.objects.order_by("pk")[0]
    receiver.refuses = {listing.key: "No price."}

    send_now(listing)
    [run] = world.work()

    listing.refresh_from_db()
    assert (run.status, run.failed, listing.status) == (Run.Status.SUCCEEDED, 1, Status.PARKED)
    assert not Exemption.objects.exists()


@pytest.mark.usefixtures("clock")
def test_one_product_for_a_channel_that_is_down_is_tried_by_one_run(world, receiver):
    freeze(world)
    world.sync()
    receiver.script = Answer(503)

    send_now(Listing.objects.order_by("pk")[0])
    [run] = world.work()

    assert run.status == Run.Status.FAILED
    assert look(world) == []


@pytest.mark.usefixtures("clock")
def test_one_product_is_sent_also_if_the_process_is_killed(world, receiver):
    freeze(world)
    world.sync()
    listing = Listing.objects.order_by("pk")[0]
    send_now(listing)

    KillAt(receiver, 1, carried_out=True).during(world.work)
    world.work()

    assert receiver.products.keys() == {listing.key}
    assert len(receiver.received) == 2
    assert not Exemption.objects.exists()


@pytest.mark.usefixtures("clock")
def test_one_product_is_taken_along_by_a_run_that_has_not_come_to_sending(world):
    freeze(world)
    world.sync()
    run = create_run(world.again(), Run.Trigger.SCHEDULE)
    listing = Listing.objects.order_by("pk")[0]

    assert send_now(listing) == run
    world.work()

    assert world.on_shop() == {listing.key}


@pytest.mark.usefixtures("clock")
def test_one_product_that_a_run_has_missed_is_sent_by_another(world):
    freeze(world)
    world.sync()
    listing = Listing.objects.order_by("pk")[0]
    run = create_run(world.again(), Run.Trigger.SCHEDULE)
    assert ownership.claim(run)
    send_now(listing)
    Run.objects.update(status=Run.Status.SUCCEEDED)  # as if it had been past sending then

    look(world)

    assert world.on_shop() == {listing.key}
    assert look(world) == []


@pytest.mark.usefixtures("clock")
def test_a_pause_ends_also_what_is_sent_in_spite_of_a_freeze(world, receiver):
    freeze(world)
    world.sync()
    for listing in Listing.objects.order_by("pk")[:15]:
        send_now(listing)

    def on_call(received):
        pauses.pause(world.channel, reason="Move")
        connection.close()  # of the receiver's thread, in which this is called

    receiver.on_call = on_call

    [run] = world.work()

    number = number_listed(world) - 10
    assert (run.status, run.pushed, len(receiver.received)) == (Run.Status.SUCCEEDED, 10, 1)
    assert run.note == f"{number} changes wait until somebody resumes the channel: Move."


def disconnected(world):
    Connection.objects.update(state=Connection.State.DISCONNECTED)


def unconfirmed(world):
    Catalog.objects.update(unconfirmed_since=timezone.now())


def archived(world):
    Catalog.objects.update(archived_at=timezone.now())


def paused(world):
    pauses.pause(world.catalog)


def channel_paused(world):
    pauses.pause(world.channel)


@pytest.mark.parametrize(
    ("stop", "says"),
    [
        (disconnected, "disconnected"),
        (unconfirmed, "connected again"),
        (archived, "archived"),
        (paused, "The catalog is paused"),
        (channel_paused, "The channel is paused"),
    ],
)
def test_one_product_is_not_sent_in_spite_of_more_than_a_timetable(world, clock, stop, says):
    freeze(world)
    world.sync()
    runs = Run.objects.count()
    stop(world)
    listings = Listing.objects.select_related("catalog__channel__connection")

    with pytest.raises(ConfigurationError, match=says):
        send_now(listings.order_by("pk")[0])

    assert Run.objects.count() == runs
    assert not Exemption.objects.exists()


@pytest.mark.parametrize("status", [Status.LISTED, Status.CARRIED, Status.HELD, Status.GONE])
def test_one_product_with_nothing_to_send_is_told(status, db):
    listing = make_listing(status=status)

    with pytest.raises(ConfigurationError, match="is not sent"):
        send_now(listing)

    assert not Run.objects.exists()
    assert not AuditRecord.objects.exists()


def test_a_removal_withdraws_when_the_channel_is_open_again(world, clock):
    world.sync()
    there = world.on_shop()
    freeze(world)
    remove_catalog(world.catalog, on_shop=Catalog.OnShop.WITHDRAW, in_pim=Catalog.InPim.KEEP)

    [run] = world.work()
    clock.shift(timedelta(hours=1))
    take_up_unfinished_runs()
    frozen = world.on_shop()
    runs = Run.objects.count()
    clock.shift(timedelta(hours=48))
    take_up_unfinished_runs()
    world.work()

    assert (run.status, frozen, runs) == (Run.Status.SUCCEEDED, there, 2)
    assert world.on_shop() == set()
    assert not Catalog.objects.exists()


def test_a_skipped_run_of_the_schedule_is_told_until_another_begins(world, clock, caplog):
    caplog.set_level(logging.INFO)
    run = create_run(world.again(), Run.Trigger.SCHEDULE)
    clock.shift(timedelta(minutes=30))

    start_scheduled_run(world.catalog.pk)
    start_scheduled_run(world.catalog.pk)

    catalog = Catalog.objects.get()
    assert Run.objects.get() == run
    assert catalog.skipped_at is not None
    assert catalog.skipped_for == run.created_at
    assert "Skipped a scheduled run" in caplog.text
