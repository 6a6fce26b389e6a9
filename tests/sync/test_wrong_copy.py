"""A restored backup or a cloned staging sends nothing and writes to no PIM until staff say so."""

import contextlib
from datetime import timedelta

import pytest
from django.utils import timezone

from akeneo_app.celery import app
from catalogs.catalogs import create_catalog, rename_catalog
from catalogs.channels import adapter_for, create_channel
from catalogs.models import Catalog
from catalogs.tasks import take_up_catalogs
from connections.installation import Decision, WrongCopy, decide
from connections.models import Connection, Installation
from connections.scope_changes import announce_scopes
from sync import ownership
from sync.execution import execute_run
from sync.leaving import leave
from sync.models import Listing, Run
from sync.removal import remove_catalog
from sync.runs import create_run
from sync.tasks import start_scheduled_run, take_up_unfinished_runs, work_on_run
from tests.factories import make_document, make_listing, make_pim_user
from tests.pages.conftest import browser_of, text_of
from tests.programs import call, manage
from tests.visitor import Visitor

ELSEWHERE = "https://ferry.example.com"
Status = Run.Status


@pytest.fixture(params=["", "copy"], ids=["undecided", "declared"])
def copy(request, world):
    """The world after its database was taken to another address."""
    be_a_copy(request.param)
    return world


def be_a_copy(decision=""):
    Installation.objects.create(base_url=ELSEWHERE, decision=decision)


def written(world):
    """What was asked of the sandbox that is more than reading, and what stands on its shop."""
    return len(world.shop.batches), world.on_shop(), sorted(world.pim.catalogs)


@pytest.fixture
def queue():
    with app.connection_for_write() as connection, connection.SimpleQueue("celery") as queue:
        queue.clear()
        yield queue
        queue.clear()


def test_a_run_ends_stopped_before_anything_is_sent(copy):
    before = written(copy)

    run = copy.sync()

    assert (run.status, run.pulled, run.pushed) == (Status.STOPPED, 0, 0)
    assert ELSEWHERE in run.problem
    assert "adopt_installation" in run.problem
    assert written(copy) == before
    assert not Listing.objects.exists()


def test_a_run_leaves_refused_products_as_they_are(copy):
    """A run that a person starts tries them again; one that sends nothing must not say so."""
    refused = make_listing(copy.catalog, wanted=make_document(), status=Listing.Status.PARKED)

    copy.sync()

    refused.refresh_from_db()
    assert refused.status == Listing.Status.PARKED


def test_a_dry_run_reads_and_compares(copy):
    before = written(copy)

    ended = call("sync_catalog", copy.catalog.pk, "--dry-run", "--json")

    assert ended.answer["status"] == "succeeded"
    assert ended.answer["pulled"] == ended.answer["changed"] == len(copy.listed())
    assert written(copy) == before


def test_the_command_says_what_to_do(copy):
    ended = call("sync_catalog", copy.catalog.pk, "--json")

    assert ended.status == 1
    assert ended.answer["status"] == "stopped"
    assert "adopt_installation" in ended.answer["problem"]


@pytest.mark.slow
def test_another_base_url_in_the_environment_makes_it_a_copy(world):
    Installation.objects.create(base_url="http://testserver")

    ended = manage("sync_catalog", world.catalog.pk, "--json", BASE_URL="http://127.0.0.1:8000")
    afterwards = manage(
        "sync_catalog", world.catalog.pk, "--json", BASE_URL="HTTP://TestServer:80/"
    )

    assert (ended.status, ended.answer["status"]) == (1, "stopped")
    assert (afterwards.status, afterwards.answer["status"]) == (0, "succeeded")
    assert world.on_shop() == world.listed()


def test_a_run_under_way_stops_before_its_next_batch(world):
    """Declared while the first of several batches is on its way."""
    be_a_copy(Decision.PRODUCTION)
    Installation.objects.update(base_url="http://testserver")
    run = create_run(world.catalog, Run.Trigger.MANUAL)
    assert ownership.claim(run)
    world.between.edit("/shop/ingest", lambda body: declare_copy() or body)

    execute_run(run, sleep=world.sleep)

    assert run.status == Status.STOPPED
    assert "This is a copy." in run.problem
    assert len(world.shop.batches) == 1
    assert world.statuses() == {"listed": 10, "waiting": len(world.listed()) - 10}


def declare_copy():
    Installation.objects.update(decision=Decision.COPY)


def test_what_a_backup_had_under_way_is_ended_and_sends_nothing(copy):
    """The run was live when the backup was made; its worker is somewhere else."""
    run = create_run(copy.catalog, Run.Trigger.SCHEDULE)
    Run.objects.update(
        status=Status.RUNNING,
        phase=Run.Phase.PUSHING,
        owner="elsewhere|1|1|x",
        heartbeat_at=timezone.now() - 2 * Run.STALE_AFTER,
    )
    before = written(copy)

    work_on_run(run.pk)

    run.refresh_from_db()
    assert run.status == Status.STOPPED
    assert written(copy) == before


def test_once_it_is_production_the_next_run_does_everything(copy):
    copy.sync()

    decide(Decision.PRODUCTION)
    run = copy.sync()

    assert run.status == Status.SUCCEEDED
    assert copy.on_shop() == copy.listed()


def test_no_feed_is_written(copy, tmp_path):
    feed = create_channel(
        copy.connection,
        name="Feed",
        kind="file",
        values={"destination": str(tmp_path / "feed")},
        by_staff=True,
    )
    catalog = Catalog.objects.create(
        channel=feed, name="Feed", pim_catalog_id=copy.catalog.pim_catalog_id, raw=True
    )

    run = copy.sync(catalog)

    assert run.status == Status.STOPPED
    assert not (tmp_path / "feed").exists()


WRITES = {
    "create": lambda world: create_catalog(world.channel, name="New", every=None, raw=False),
    "rename": lambda world: rename_catalog(world.catalog, "Renamed"),
    "announce": lambda world: announce_scopes(world.connection),
    "delete": lambda world: leave(world.connection, delete_catalogs=True),
    "check": lambda world: adapter_for(world.channel).check(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nothing_is_written_to_the_pim_or_said_to_the_channel(copy, write):
    before, names = written(copy), [one.name for one in copy.pim.catalogs.values()]
    asked = len(copy.shop.batches)

    with pytest.raises(WrongCopy):
        write(copy)

    assert written(copy) == before
    assert [one.name for one in copy.pim.catalogs.values()] == names
    assert len(copy.shop.batches) == asked
    assert Connection.objects.get().is_connected
    assert list(Catalog.objects.values_list("name", flat=True)) == ["Web shop"]


def test_a_command_that_would_write_fails_with_one_line(copy):
    ended = call("add_catalog", "New", "--pim", copy.url, "--channel", copy.channel.pk)

    assert (ended.status, ended.out) == (1, "")
    assert ELSEWHERE in ended.problem


def test_schedules_rest_and_queue_nothing(copy, queue):
    Catalog.objects.update(unconfirmed_since=timezone.now(), pim_state=Catalog.PimState.GONE)
    before = written(copy)

    take_up_catalogs()
    assert Catalog.objects.get().pim_state == Catalog.PimState.GONE  # the PIM was not asked
    Catalog.objects.update(unconfirmed_since=None)
    for _ in range(3):
        start_scheduled_run(copy.catalog.pk)
        take_up_unfinished_runs()

    assert written(copy) == before
    assert not Run.objects.exists()
    with pytest.raises(queue.Empty), contextlib.closing(queue):
        queue.get_nowait()


def test_a_removal_waits_and_does_not_try_again_and_again(copy, queue):
    remove_catalog(
        copy.catalog, on_shop=Catalog.OnShop.WITHDRAW, in_pim=Catalog.InPim.DELETE, by="Mary"
    )
    copy.work()
    Run.objects.update(finished_at=timezone.now() - timedelta(hours=1))

    for _ in range(3):
        take_up_unfinished_runs()

    assert [run.status for run in Run.objects.all()] == [Status.STOPPED]
    assert copy.catalog.pim_catalog_id in copy.pim.catalogs

    decide(Decision.PRODUCTION)
    take_up_unfinished_runs()
    copy.work()

    assert copy.catalog.pim_catalog_id not in copy.pim.catalogs
    assert not Catalog.objects.exists()


def test_dry_runs_that_nobody_works_on_are_taken_up(copy):
    run = create_run(copy.catalog, Run.Trigger.MANUAL, mode=Run.Mode.FULL, dry_run=True)
    Run.objects.update(
        status=Status.RUNNING,
        owner="elsewhere|1|1|x",
        heartbeat_at=timezone.now() - 2 * Run.STALE_AFTER,
    )

    work_on_run(run.pk)

    run.refresh_from_db()
    assert run.status == Status.SUCCEEDED


def test_people_may_still_come_in_from_the_pim(copy):
    visitor = Visitor("julia")

    answer = visitor.open_app(copy.url)

    assert answer.status_code in (200, 302)
    page = visitor.ferry.get("/").content.decode()
    assert f"a copy of {ELSEWHERE}; nothing is sent." in page


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ("", f"This may be a copy of {ELSEWHERE}; nothing is sent."),
        ("copy", f"This is a copy of {ELSEWHERE}; nothing is sent."),
    ],
)
def test_people_of_the_pim_are_told_on_every_page(world, decision, said):
    be_a_copy(decision)
    browser = browser_of(make_pim_user(world.connection))

    for path in ("/", world.catalog.get_absolute_url(), world.channel.get_absolute_url()):
        assert text_of(browser.see(path).select_one("#a-copy")).startswith(said)


def test_people_of_the_pim_see_no_next_run(world):
    be_a_copy()
    browser = browser_of(make_pim_user(world.connection))

    page = browser.see(world.catalog.get_absolute_url())

    assert "A copy: nothing is sent" in text_of(page)


def test_production_tells_them_nothing(world):
    browser = browser_of(make_pim_user(world.connection))

    assert browser.see("/").select_one("#a-copy") is None
