"""How everything stands, in few queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import Connection
from sync.models import Listing, Run
from sync.status import Counts, counts_of, last_runs_of, state_of, status_lines
from tests.factories import (
    make_catalog,
    make_channel,
    make_connection,
    make_document,
    make_listing,
    make_run,
)

pytestmark = pytest.mark.django_db

Status = Listing.Status


def test_it_counts_the_listings_of_each_catalog_by_where_they_stand():
    first, second, empty = (make_catalog() for _ in range(3))
    document = make_document()
    for status in Status:
        on_channel = status in (Status.LISTED, Status.HELD, Status.KEPT)
        make_listing(first, status=status, sent=document if on_channel else None)
    make_listing(second, status=Status.PARKED, sent=document)

    counts = counts_of([first, second, empty])

    assert counts == {
        first.pk: Counts(listed=1, waiting=2, carried=1, parked=1, held=1, kept=1, on_channel=3),
        second.pk: Counts(parked=1, on_channel=1),
        empty.pk: Counts(),
    }


def test_the_last_run_is_the_youngest_that_was_no_trial():
    first, second, new = (make_catalog() for _ in range(3))
    for catalog in (first, second):
        make_run(catalog)
    last = make_run(first, status=Run.Status.FAILED)
    make_run(first, dry_run=True)

    runs = last_runs_of([first, second, new])

    assert runs[first.pk] == last
    assert runs.keys() == {first.pk, second.pk}


@pytest.mark.parametrize(
    ("state", "values", "counts", "run"),
    [
        ("new", {}, {}, None),
        ("in_step", {}, {}, Run.Status.SUCCEEDED),
        ("waiting", {}, {"waiting": 1}, Run.Status.SUCCEEDED),
        ("needs_attention", {}, {"parked": 1, "waiting": 1}, Run.Status.SUCCEEDED),
        ("held", {}, {"held": 1, "parked": 1}, Run.Status.HELD),
        ("stopped", {}, {"held": 1}, Run.Status.STOPPED),
        ("failed", {}, {"held": 1}, Run.Status.FAILED),
        ("running", {}, {"held": 1}, Run.Status.RUNNING),
        ("running", {"pim_state": "disabled"}, {}, Run.Status.QUEUED),
        ("disabled", {"pim_state": "disabled"}, {}, Run.Status.STOPPED),
        ("gone", {"pim_state": "gone"}, {}, Run.Status.RUNNING),
        ("paused", {"paused": True}, {"parked": 1}, None),
        ("archived", {"archived_at": timezone.now()}, {}, Run.Status.STOPPED),
        ("being_removed", {"removing_since": timezone.now()}, {"held": 1}, Run.Status.STOPPED),
    ],
)
def test_one_word_says_first_what_a_person_must_do(state, values, counts, run):
    catalog = make_catalog(**values)
    last_run = make_run(catalog, status=run) if run else None

    assert state_of(catalog, Counts(**counts), last_run) == state


def test_a_lost_connection_comes_before_what_its_catalogs_need():
    connection = make_connection(state=Connection.State.DISCONNECTED)
    catalog = make_catalog(make_channel(connection), pim_state=Catalog.PimState.GONE)

    assert state_of(catalog, Counts(held=1), None) == "disconnected"


def test_each_connection_channel_and_catalog_has_a_line():
    connection = make_connection(pim_url="https://acme.cloud.akeneo.com")
    channel = make_channel(connection, name="Shop")
    catalog = make_catalog(channel, name="Autumn")
    make_listing(catalog, status=Status.PARKED)
    run = make_run(catalog, pushed=3)
    make_channel(make_connection(), removing_since=timezone.now())

    lines = status_lines()

    assert [(line["type"], line["state"]) for line in lines] == [
        ("connection", "connected"),
        ("channel", "ok"),
        ("catalog", "needs_attention"),
        ("connection", "connected"),
        ("channel", "being_removed"),
    ]
    line = lines[2]
    assert (line["id"], line["name"], line["pim"]) == (catalog.pk, "Autumn", connection.pim_url)
    assert (line["channel"], line["parked"], line["listed"]) == (channel.pk, 1, 0)
    assert line["last_run"]["id"] == run.pk
    assert line["last_run"]["pushed"] == 3


def test_the_number_of_queries_does_not_grow_with_what_there_is():
    numbers = []
    for _ in range(2):
        for _ in range(3):
            catalog = make_catalog(make_channel(make_connection()))
            make_listing(catalog)
            make_run(catalog)
        with CaptureQueriesContext(connection) as queries:
            status_lines()
        numbers.append(len(queries))

    assert numbers[0] == numbers[1] <= 6
