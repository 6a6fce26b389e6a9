"""Processes that are killed: whoever comes next takes the run up at once, and finishes it."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from akeneo_app import local_state
from akeneo_app.celery import app
from sync.ahead import THREADS
from sync.models import Batch, Run
from sync.runs import create_run
from sync.tasks import take_up_unfinished_runs, work_on_run
from tests.programs import ROOT, database_url

pytestmark = [pytest.mark.usefixtures("small_pages"), pytest.mark.slow]

SMALL_PAGES = "from pim.client import PAGE_SIZES; PAGE_SIZES.update(dict.fromkeys(PAGE_SIZES, 10));"
LISTING = "GET /api/rest/v1/catalogs/<catalog_id>/product-uuids"
PRODUCTS = "GET /api/rest/v1/catalogs/<catalog_id>/products"
# A killed process takes with it what its threads had read or had under way.
UNDER_WAY = THREADS + 3

# Where the process is when it is killed: what it waits for, and whether that was dealt with.
MOMENTS = {
    "between pages of the listing": (r"/product-uuids\?", 1, False),
    "between pages of products": (r"/products\?", 9, False),
    "between batches": (r"/shop/ingest\?", 1, False),
    "between a call to the channel and its settlement": (r"/shop/ingest\?", 1, True),
}


@pytest.fixture
def world(make_world):
    return make_world(25)


def start(*command):
    return subprocess.Popen(  # noqa: S603  (our own commands)
        command,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def start_sync(catalog):
    arguments = ["manage.py", "sync_catalog", str(catalog.pk)]
    program = f"{SMALL_PAGES} import runpy, sys; sys.argv = {arguments}; "
    return start(
        sys.executable, "-c", f"{program} runpy.run_path('manage.py', run_name='__main__')"
    )


def kill(process):
    """Kill it with its children; return when all of them are gone."""
    os.killpg(process.pid, signal.SIGKILL)
    process.stdout.read()  # ends with the last of those that could write to it
    process.wait()


def killed_sync(world, moment):
    """A command that was killed at this moment; return its run."""
    path, after, answered = MOMENTS[moment]
    with world.between.holding(path, after=after, answered=answered) as held:
        process = start_sync(world.catalog)
        held.wait()
        kill(process)
    run = Run.objects.latest("pk")
    assert (run.status, run.owner != "") == (Run.Status.RUNNING, True)
    return run


@pytest.fixture
def large(make_world):
    return make_world(160)


def assert_hardly_anything_was_read_again(world):
    requests = world.pim.traffic.as_json()["requests"]
    pages = -(-len(world.listed()) // 10)
    assert requests[LISTING] <= pages + UNDER_WAY
    assert requests[PRODUCTS] <= pages + UNDER_WAY


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_next_run_goes_on_where_the_killed_one_was(large, moment):
    world = large
    killed = killed_sync(world, moment)

    run = world.sync()

    assert (run.pk, run.status) == (killed.pk, Run.Status.SUCCEEDED)
    assert world.documents_on_shop() == world.documents_in_pim()
    assert (run.listed, run.pulled, run.pushed) == (len(world.listed()),) * 3
    assert {item.pushes for item in world.shop.items.values()} == {1}
    assert {batch.state for batch in Batch.objects.all()} == {Batch.State.SETTLED}
    assert_hardly_anything_was_read_again(world)
    # What the shop had taken is sent once more, under the same key.
    under_way = {"between batches": 7, "between a call to the channel and its settlement": 8}
    assert world.shop.stats()["duplicates"] <= under_way.get(moment, 0)
    assert bool(world.shop.stats()["duplicates"]) >= ("settlement" in moment)


def test_products_that_left_are_withdrawn_once_by_whoever_comes_next(world):
    world.sync()
    uuids = sorted(world.listed())
    for uuid in uuids[:12]:
        world.pim.edit_product(uuid, "sku", f"NEW-{uuid[:4]}", None, None)
    for uuid in uuids[12:15]:
        world.pim.disable_product(uuid)
    with world.between.holding(r"/shop/ingest\?", after=2, answered=True) as held:
        process = start_sync(world.catalog)
        held.wait()
        kill(process)

    run = world.sync()

    assert (run.status, run.pushed, run.withdrawn) == (Run.Status.SUCCEEDED, 12, 3)
    assert world.documents_on_shop() == world.documents_in_pim()
    assert (world.shop.stats()["withdrawn_items"], world.shop.stats()["duplicates"]) == (3, 1)


def test_the_run_of_a_killed_worker_is_found_by_the_next_look(large):
    world = large
    run = create_run(world.catalog, Run.Trigger.SCHEDULE)
    queue_for_worker(run)
    with world.between.holding(r"/products\?", after=9) as held:
        worker = start(
            sys.executable,
            "-c",
            f"{SMALL_PAGES} from akeneo_app.celery import app;"
            "app.worker_main(['worker', '--concurrency=1', '--without-mingle'])",
        )
        held.wait()
        kill(worker)

    with app.connection_for_read() as broker, broker.SimpleQueue("celery") as queue:
        queue.clear()
        take_up_unfinished_runs()
        message = queue.get(timeout=10)
        message.ack()
    work_on_run(*message.payload[0])

    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED
    assert world.documents_on_shop() == world.documents_in_pim()
    assert_hardly_anything_was_read_again(world)


def queue_for_worker(run):
    """Send the task to the worker's broker, whose folder goes by the name of the database."""
    options = {}
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        folder = local_state.folder_for(settings.VAR_FOLDER, connection.settings_dict)
        options = local_state.filesystem_broker(folder / "broker")
    with app.connection_for_write() as broker:
        broker.transport_options = {**(broker.transport_options or {}), **options}
        app.send_task(work_on_run.name, [run.pk], connection=broker)
