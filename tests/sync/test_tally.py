"""The tally says what a count would say, whoever writes, and however many write at once."""

import threading
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models import F, Q

from catalogs.models import Catalog
from sync import tallying
from sync.models import Listing, Tally
from sync.privacy.erase import erase_pim
from sync.status import Counts, counts_of
from tests.factories import make_catalog, make_channel, make_document, make_listing
from tests.tallies import counted, tallied

pytestmark = pytest.mark.django_db(transaction=True)

Status = Listing.Status


@pytest.fixture
def catalog():
    return make_catalog()


def make_listings(catalog, number, **values):
    rows = [make_listing(catalog, **values) for _ in range(number)]
    return Listing.objects.filter(pk__in=[row.pk for row in rows])


def test_it_follows_rows_that_come_change_and_go(catalog):
    one, two = make_listing(catalog), make_listing(catalog, wanted=make_document())
    assert tallied() == counted()

    one.status, one.held_because = Status.HELD, Listing.Held.GREW
    one.save()
    assert tallied() == counted()

    two.delete()
    assert tallied() == counted()


def test_it_follows_statements_about_many_rows(catalog):
    other = make_catalog(catalog.channel)
    listings = make_listings(catalog, 7, wanted=make_document())

    listings.filter(pk__lte=listings.order_by("pk")[2].pk).update(sent=F("wanted"), status="listed")
    assert tallied() == counted()

    listings.filter(sent=None).update(catalog=other, set_aside=Listing.ABSENT)
    assert tallied() == counted()

    Listing.objects.bulk_update(
        [Listing(pk=pk, status="parked") for pk in listings.values_list("pk", flat=True)],
        ["status"],
    )
    assert tallied() == counted()

    listings.delete()
    assert tallied() == counted() == {}


def test_it_follows_rows_that_are_made_or_changed_by_one_statement(catalog):
    make_listing(catalog, key="a", status=Status.PARKED)
    rows = [Listing(catalog=catalog, channel=catalog.channel, key=key) for key in ("a", "b")]

    Listing.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["catalog", "key"], update_fields=["status"]
    )

    assert counts_of([catalog])[catalog.pk] == Counts(waiting=2)
    assert tallied() == counted()


def test_what_is_rolled_back_was_never_counted(catalog):
    with transaction.atomic():
        make_listing(catalog)
        transaction.set_rollback(True)

    assert tallied() == counted() == {}


def test_a_catalog_that_is_deleted_leaves_nothing_once_it_is_added_up(catalog):
    make_listings(catalog, 3, status=Status.LISTED, sent=make_document())

    Catalog.objects.get(pk=catalog.pk).delete()
    tallying.add_up()

    assert not Tally.objects.exists()


def test_a_pim_that_is_erased_leaves_nothing(catalog):
    make_listings(catalog, 3)
    kept = make_listing(make_catalog())

    erase_pim(catalog.connection)

    assert {way[0] for way in tallied()} == {kept.catalog_id}
    assert not Tally.objects.filter(catalog=catalog.pk).exists()


def test_adding_up_changes_no_number(catalog):
    listings = make_listings(catalog, 3)
    listings.update(status=Status.LISTED)
    make_listing(make_catalog(catalog.channel), status=Status.HELD)
    before = tallied()

    tallying.add_up()

    assert tallied() == before == counted()
    assert Tally.objects.count() == 2


def test_few_rows_are_left_alone_while_runs_go_on(catalog):
    make_listings(catalog, 3)
    before = list(Tally.objects.values())

    tallying.add_up(more_than=tallying.FEW)

    assert list(Tally.objects.values()) == before


def test_sets_of_the_tally_are_those_of_listings(catalog):
    document = make_document()
    for values in (
        {"status": Status.LISTED, "wanted": document, "sent": document},
        {"status": Status.HELD, "held_because": "left", "sent": document},
        {"status": Status.HELD, "held_because": ""},
        {"status": Status.HELD, "held_because": "grew", "wanted": document},
        {"status": Status.PARKED, "set_aside": "digest"},
        {"status": Status.KEPT, "set_aside": Listing.ABSENT, "sent": document},
    ):
        make_listing(catalog, **values)
    listings, tallies = Listing.objects.all(), Tally.objects.all()

    for name in ("on_channel", "in_care", "parked", "held"):
        assert getattr(tallies, name)().total() == getattr(listings, name)().count() > 0
    for kind in Listing.Held.values[::2]:
        expected = listings.held_because(kind).count()
        assert tallies.held_because(kind).total() == expected > 0


def test_counting_anew_mends_what_somebody_broke(catalog):
    make_listings(catalog, 3)
    Tally.objects.update(number=F("number") + 1)

    said = StringIO()
    call_command("count_listings", stdout=said)

    assert "1 number was wrong" in said.getvalue()
    assert tallied() == counted()

    said = StringIO()
    call_command("count_listings", "--json", stdout=said)
    assert said.getvalue() == '{"wrong": 0}\n'


def test_triggers_that_went_come_back_with_the_next_migration(catalog):
    """SQLite drops them whenever a migration makes the table of listings anew."""
    tallying.remove()
    make_listing(catalog)
    assert tallied() == {}

    tallying.install(sender=apps.get_app_config("sync"))

    assert tallied() == counted() != {}
    make_listing(catalog)
    assert tallied() == counted()


@pytest.mark.slow
def test_what_was_there_before_the_tally_is_counted_when_it_comes(catalog):
    make_listings(catalog, 2)
    call_command("migrate", "sync", "0013", verbosity=0)
    try:
        with connection.cursor() as cursor:  # nothing is left that would count, or fail
            cursor.execute("UPDATE sync_listing SET status = 'parked'")
    finally:
        call_command("migrate", "sync", verbosity=0)

    assert counts_of([catalog])[catalog.pk] == Counts(parked=2)
    assert tallied() == counted()


def test_emptying_the_table_empties_the_tally(catalog):
    make_listings(catalog, 3)

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("TRUNCATE sync_listing CASCADE")
        else:
            cursor.execute("DELETE FROM sync_listing")

    assert tallied() == {}


def at_once(*functions):
    """Run these in threads of their own; raise what one of them raised."""
    problems = []

    def work(function):
        try:
            function()
        except BaseException as problem:  # noqa: BLE001  # raised again by the test
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


@pytest.mark.only_on("postgresql")
def test_who_writes_waits_for_nobody_who_counts(catalog):
    """A writer of the same catalog, adding up and counting anew, all in an open transaction."""
    mine, theirs = make_listing(catalog), make_listing(catalog)

    def write():
        Listing.objects.filter(pk=theirs.pk).update(status=Status.PARKED)

    with transaction.atomic():
        Listing.objects.filter(pk=mine.pk).update(status=Status.LISTED)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
        at_once(write)
        at_once(tallying.add_up)
        tallying.count_anew()
        at_once(write)

    assert tallied() == counted()


@pytest.mark.only_on("postgresql")
def test_writers_adding_up_and_counting_anew_at_once_lose_nothing(catalog):
    others = [catalog, make_catalog(catalog.channel), make_catalog(make_channel())]
    for each in others:
        make_listings(each, 12)
    ways = [Status.LISTED, Status.PARKED, Status.HELD, Status.WAITING]

    def write(each, start):
        for turn in range(40):
            mine = Listing.objects.filter(Q(pk__gt=0), catalog=each)
            with transaction.atomic():
                pks = list(mine.order_by("pk").select_for_update().values_list("pk", flat=True))
                Listing.objects.filter(pk__in=pks[turn % 5 :: 3]).update(
                    status=ways[(start + turn) % 4]
                )
            Listing.objects.filter(pk=make_listing(each).pk).delete()

    def add_up():
        for _ in range(60):
            tallying.add_up()

    def count():
        for _ in range(20):
            assert tallying.count_anew() == 0

    at_once(
        *(lambda each=each, n=n: write(each, n) for n, each in enumerate([*others, catalog])),
        add_up,
        add_up,
        count,
    )

    assert tallied() == counted()
