"""The command `sync_status`: every state of every thing, in one line each."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import Circuit, Connection, Installation
from pages.wording import CATALOG_STATES
from sync.models import Listing, Run
from sync.status import status_lines
from tests.factories import (
    make_catalog,
    make_channel,
    make_circuit,
    make_connection,
    make_document,
    make_listing,
    make_run,
)
from tests.programs import call

pytestmark = pytest.mark.django_db

Status, PimState = Listing.Status, Catalog.PimState
PIM = "https://acme.cloud.akeneo.com"


@pytest.fixture
def connection():
    return make_connection(pim_url=PIM)


@pytest.fixture
def channel(connection):
    return make_channel(connection)


def line_of(catalog):
    lines = call("sync_status", "--json").answers
    [line] = [one for one in lines if (one["type"], one["id"]) == ("catalog", catalog.pk)]
    return line


def test_a_run_that_held_something_is_no_problem_once_everything_is_decided(channel):
    catalog = make_catalog(channel)
    make_run(catalog, status=Run.Status.HELD, problem="21 products have left.")
    listing = make_listing(catalog, status=Status.HELD)

    waiting = line_of(catalog)
    listing.delete()
    decided = line_of(catalog)

    assert waiting["problem"] == waiting["last_run"]["problem"] == "21 products have left."
    assert decided["problem"] == ""
    assert decided["last_run"]["problem"] == "21 products have left."


def test_each_thing_has_a_line_under_what_it_belongs_to(connection, channel):
    later = make_catalog(channel, name="Later", position=1)
    earlier = make_catalog(channel, name="Earlier", position=0)
    other = make_connection(pim_url="https://beta.cloud.akeneo.com")

    ended = call("sync_status", "--json")

    assert (ended.status, ended.err) == (0, "")
    assert [(one["type"], one["id"], one["name"], one["pim"]) for one in ended.answers] == [
        ("connection", connection.pk, "acme.cloud.akeneo.com", PIM),
        ("channel", channel.pk, "Web shop", PIM),
        ("catalog", earlier.pk, "Earlier", PIM),
        ("catalog", later.pk, "Later", PIM),
        ("connection", other.pk, "beta.cloud.akeneo.com", "https://beta.cloud.akeneo.com"),
    ]
    assert all(one["state"] for one in ended.answers)
    assert ["last_run" in one for one in ended.answers] == [False, False, True, True, False]


def test_without_anything_it_says_what_comes_first():
    sentence, objects = call("sync_status"), call("sync_status", "--json")

    assert sentence.out == "No PIM is known yet. Start with register_pim.\n"
    assert (objects.status, objects.out, objects.err) == (0, "", "")


@pytest.mark.parametrize("state", Connection.State)
def test_the_state_of_a_connection(connection, state):
    Connection.objects.update(state=state)

    [line] = call("sync_status", "--json").answers

    assert line["state"] == state.value


def test_the_state_of_a_channel(connection):
    make_channel(connection, name="A")
    make_channel(connection, name="B", removing_since=timezone.now())

    lines = call("sync_status", "--json").answers[1:]

    assert [(line["name"], line["state"]) for line in lines] == [
        ("A", "ok"),
        ("B", "being_removed"),
    ]


def archived(catalog):
    catalog.archived_at = timezone.now()


def being_removed(catalog):
    catalog.removing_since = timezone.now()


def paused(catalog):
    catalog.paused_at = timezone.now()


def disconnected(catalog):
    Connection.objects.update(state=Connection.State.DISCONNECTED)


def only_registered(catalog):
    Connection.objects.update(state=Connection.State.REGISTERED)


def disabled(catalog):
    catalog.pim_state = PimState.DISABLED


def gone(catalog):
    catalog.pim_state = PimState.GONE


def run_that(status):
    def ran(catalog):
        make_run(catalog, status=status)

    return ran


def on_a_copy(catalog):
    Installation.objects.create(base_url="https://ferry.example.com")


def with_listing(status):
    def with_one(catalog):
        document = make_document()
        make_listing(catalog, status=status, wanted=document, sent=document)

    return with_one


def put_off(catalog):
    later = timezone.now() + timedelta(minutes=2)
    make_run(catalog, status=Run.Status.QUEUED, not_before=later, note="The next try is soon.")


SUCCEEDED = run_that(Run.Status.SUCCEEDED)


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ([], "new"),
        ([disabled], "disabled"),
        ([SUCCEEDED], "in_step"),
        ([SUCCEEDED, with_listing(Status.LISTED)], "in_step"),
        ([SUCCEEDED, with_listing(Status.WAITING)], "waiting"),
        ([SUCCEEDED, with_listing(Status.IN_FLIGHT)], "waiting"),
        ([SUCCEEDED, with_listing(Status.CARRIED)], "in_step"),
        ([SUCCEEDED, with_listing(Status.PARKED)], "needs_attention"),
        ([run_that(Run.Status.HELD), with_listing(Status.HELD)], "held"),
        ([run_that(Run.Status.QUEUED)], "running"),
        ([run_that(Run.Status.RUNNING)], "running"),
        ([put_off], "put_off"),
        ([run_that(Run.Status.STOPPED)], "stopped"),
        ([run_that(Run.Status.FAILED)], "failed"),
        ([paused], "paused"),
        ([SUCCEEDED, paused], "paused"),
        ([SUCCEEDED, disabled], "disabled"),
        ([run_that(Run.Status.STOPPED), disabled], "disabled"),
        ([SUCCEEDED, gone], "gone"),
        ([SUCCEEDED, disconnected], "disconnected"),
        ([gone, disconnected], "disconnected"),
        ([only_registered], "disconnected"),
        ([archived], "archived"),
        ([SUCCEEDED, archived, disconnected], "archived"),
        ([run_that(Run.Status.RUNNING), being_removed], "being_removed"),
        ([paused, with_listing(Status.HELD)], "held"),
        ([SUCCEEDED, on_a_copy], "copy"),
        ([run_that(Run.Status.STOPPED), on_a_copy], "copy"),
        ([run_that(Run.Status.RUNNING), on_a_copy], "running"),
        ([disconnected, on_a_copy], "disconnected"),
    ],
)
def test_the_state_of_a_catalog_begins_with_what_a_person_must_do(channel, given, state):
    catalog = make_catalog(channel)
    for make_it in given:
        make_it(catalog)
    catalog.save()

    line = line_of(catalog)

    assert line["state"] == state
    assert state in CATALOG_STATES


def test_who_does_not_answer_is_named_with_the_time_of_the_next_try(connection, channel):
    put_off(make_catalog(channel))
    make_circuit(connection, failures=4)
    of_channel = make_circuit(connection, channel)

    only_channel = call("sync_status", "--json").answers
    Circuit.objects.update(failures=5)
    both, said = call("sync_status", "--json").answers, call("sync_status").out

    assert [(one["state"], one["problem"]) for one in only_channel] == [
        ("connected", ""),
        ("unreachable", str(of_channel)),
        ("put_off", "The next try is soon."),
    ]
    assert both[0]["state"] == "unreachable"
    assert f"“Web shop” at {PIM}: unreachable ({of_channel})" in said
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    assert call("sync_status", "--json").answers[0]["state"] == "disconnected"


def test_a_catalogs_products_are_counted(channel):
    catalog, document = make_catalog(channel), make_document()
    statuses = [*[Status.LISTED] * 3, Status.WAITING, Status.IN_FLIGHT, Status.PARKED, Status.HELD]
    for status in [*statuses, Status.GONE, Status.KEPT, Status.CARRIED]:
        make_listing(catalog, status=status, wanted=document)
    make_listing(make_catalog(channel), status=Status.LISTED)

    line = line_of(catalog)

    assert {name: line[name] for name in ("listed", "waiting", "parked", "held")} == {
        **{"listed": 3, "waiting": 2, "parked": 1, "held": 1}
    }


def test_the_last_run_is_told_with_its_counts_and_problem(channel):
    catalog, now = make_catalog(channel), timezone.now()
    make_run(catalog)
    counts = {"pulled": 6, "changed": 5, "pushed": 4, "withdrawn": 3, "failed": 2, "held": 1}
    run = make_run(
        catalog,
        status=Run.Status.STOPPED,
        mode=Run.Mode.DELTA,
        problem="Enable it.",
        started_at=now,
        finished_at=now,
        **counts,
    )
    make_run(catalog, dry_run=True)

    line = line_of(catalog)

    assert line["last_run"] == {
        **{"id": run.pk, "status": "stopped", "mode": "delta", "trigger": "schedule"},
        **{"started_at": now.isoformat(), "finished_at": now.isoformat()},
        **counts,
        "problem": "Enable it.",
    }


def test_a_catalog_that_never_ran_has_no_last_run(channel):
    catalog = make_catalog(channel)
    make_run(catalog, dry_run=True)

    assert line_of(catalog)["last_run"] is None


def test_it_says_so_in_sentences(connection, channel):
    catalog = make_catalog(channel, name="Autumn")
    run = make_run(catalog, status=Run.Status.FAILED, problem="The shop\nis ill.")

    ended = call("sync_status")

    at = f"at {PIM}"
    assert ended.out.splitlines() == [
        f"connection {connection.pk} “acme.cloud.akeneo.com” {at}: connected",
        f"channel {channel.pk} “Web shop” {at}: ok",
        f"catalog {catalog.pk} “Autumn” {at}: failed; last run {run.pk} failed (The shop is ill.)",
    ]


def test_it_tells_no_secret(connection):
    make_channel(connection, secrets={"secret": "planted-secret-0123456789"})

    for ended in (call("sync_status"), call("sync_status", "--json")):
        assert "planted-secret" not in ended.out
        assert connection.token not in ended.out


def test_many_catalogs_cost_no_more_queries_than_one(channel, django_assert_num_queries):
    for _ in range(5):
        make_run(make_catalog(channel))
    make_run(make_catalog(make_channel()))

    with django_assert_num_queries(9):
        lines = status_lines()

    assert len(json.dumps(lines)) > 1000
    assert [line["state"] for line in lines if line["type"] == "catalog"] == ["in_step"] * 6


def test_a_copy_says_so_before_everything_else(connection):
    Installation.objects.create(base_url="https://ferry.example.com")

    [first, other] = call("sync_status", "--json").answers
    sentence = call("sync_status").out.splitlines()[0]

    assert other["type"] == "connection"
    assert first == {
        "type": "installation",
        "id": 1,
        "name": "http://testserver",
        "pim": "",
        "state": "undecided",
        "copy_of": "https://ferry.example.com",
    }
    assert sentence == "installation “http://testserver”: undecided; nothing is sent from here"


@pytest.mark.parametrize(
    ("whole", "state"), [(Run.Status.FAILED, "failed"), (Run.Status.SUCCEEDED, "in_step")]
)
def test_single_products_that_go_well_hide_no_whole_run_that_fails(channel, whole, state):
    catalog = make_catalog(channel)
    ended = {"finished_at": timezone.now()}
    make_run(catalog, mode=Run.Mode.DELTA, status=whole, **ended)
    well = make_run(catalog, mode=Run.Mode.PRODUCT, status=Run.Status.SUCCEEDED, **ended)
    assert line_of(catalog)["state"] == state

    well.status, well.finished_at = Run.Status.RUNNING, None
    well.save()

    assert line_of(catalog)["state"] == "running"
