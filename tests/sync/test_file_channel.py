"""Whole runs over the `file` channel: what whoever fetches the file can see at any moment."""

import csv
import json
import os
import resource
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalogs.channels import change_channel, create_channel
from catalogs.models import Catalog, Channel
from sync import ownership
from sync.execution import execute_run
from sync.models import Feed, Run
from sync.removal import remove_catalog
from sync.runs import create_run
from tests.sync.processes import at_once, kill_me, killed, start_child
from tests.world import World

pytestmark = pytest.mark.whole_runs

FILES = {"products.jsonl", "products.manifest.json"}


@dataclass
class FeedOf:
    """A file channel with one catalog, and its file."""

    world: World
    folder: Path
    channel: Channel
    catalog: Catalog

    def path(self, format_="jsonl"):
        return self.folder / f"products.{format_}"

    def change(self, **values):
        settings = {"destination": str(self.folder), **values}
        change_channel(self.channel, name="Feed", values=settings, by_staff=True)

    def products(self):
        lines = self.path().read_text("utf-8").splitlines()
        return {document["uuid"]: document for document in map(json.loads, lines)}

    def rows(self):
        with self.path("csv").open(encoding="utf-8", newline="") as stream:
            return {row["uuid"]: row for row in csv.DictReader(stream)}

    def sync(self, **options):
        return self.world.sync(self.catalog, **options)


@pytest.fixture
def feed(world, tmp_path):
    folder = tmp_path / "feeds"
    channel = create_channel(
        world.connection,
        name="Feed",
        kind="file",
        values={"destination": str(folder)},
        by_staff=True,
    )
    return FeedOf(world, folder, channel, world.add_catalog("Feed", raw=False, channel=channel))


def test_the_file_holds_the_catalog(world, feed):
    run = feed.sync()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed(feed.catalog)))
    assert feed.products() == world.documents(feed.catalog)
    assert set(os.listdir(feed.folder)) == FILES
    assert list(feed.products()) == sorted(feed.products())


def test_an_edit_and_a_withdrawal_show_in_the_next_file(world, feed):
    feed.sync()
    gone, edited, *_ = sorted(world.listed(feed.catalog))
    world.pim.disable_product(gone)
    world.pim.edit_product(edited, "sku", "EDITED-1")

    run = feed.sync()

    assert (run.pushed, run.withdrawn) == (1, 1)
    assert gone not in feed.products()
    assert feed.products() == world.documents(feed.catalog)


@pytest.mark.parametrize("full", [True, False])
def test_a_run_without_changes_does_not_write_the_file(feed, full):
    feed.sync()
    before = feed.path().stat()

    feed.sync(full=full)

    assert feed.path().stat() == before


def test_a_file_that_was_lost_is_written_by_the_next_run(world, feed):
    feed.sync()
    shutil.rmtree(feed.folder)

    run = feed.sync()

    assert run.pushed == 0
    assert feed.products() == world.documents(feed.catalog)


def test_a_file_of_another_time_is_not_taken_for_the_present_one(world, feed):
    """The format was changed and changed back; the first file has been lying there."""
    feed.sync()
    feed.change(format="csv")
    world.pim.disable_product(sorted(world.listed(feed.catalog))[0])
    feed.sync()
    feed.change(format="jsonl")

    feed.sync()

    assert feed.rows().keys() == world.listed(feed.catalog)
    assert feed.products() == world.documents(feed.catalog)


def test_settings_that_change_while_a_run_writes_are_heeded_by_the_next(world, feed):
    feed.sync()
    catalog = world.again(feed.catalog)
    run = create_run(catalog, Run.Trigger.SCHEDULE)
    assert ownership.claim(run)
    world.pim.disable_product(sorted(world.listed(feed.catalog))[0])
    feed.change(format="csv")
    execute_run(run)

    feed.sync()

    assert feed.rows().keys() == world.listed(feed.catalog)


@pytest.mark.parametrize("folder", ["/proc/no-such-place", "/dev/null/feeds"])
def test_a_folder_that_cannot_be_written_stops_the_run_and_loses_nothing(world, feed, folder):
    feed.change(destination=folder)

    stopped = feed.sync()
    feed.change()
    run = feed.sync()

    assert stopped.status == Run.Status.STOPPED
    assert f"{folder}/products.jsonl could not be written" in stopped.problem
    assert (stopped.pushed, run.status) == (0, Run.Status.SUCCEEDED)
    assert feed.products() == world.documents(feed.catalog)


def test_a_file_that_cannot_take_its_place_is_written_by_a_later_run(world, feed):
    feed.path().mkdir(parents=True)

    stopped = feed.sync()
    left = os.listdir(feed.folder)
    feed.path().rmdir()
    run = feed.sync()

    assert stopped.status == Run.Status.STOPPED
    assert "(Is a directory)" in stopped.problem
    assert left == ["products.jsonl"]
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, 0)
    assert feed.products() == world.documents(feed.catalog)


@pytest.mark.only_on("postgresql")  # SQLite's own file has to grow
def test_a_full_disk_stops_the_run_and_leaves_the_old_file(world, feed):
    world.select(feed.catalog, "mugs")
    feed.sync()
    before = feed.products()
    world.select(feed.catalog)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (feed.path().stat().st_size + 1000, limits[1]))
    try:
        stopped = feed.sync()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    meanwhile = feed.products()
    feed.sync()

    assert stopped.status == Run.Status.STOPPED
    assert "could not be written" in stopped.problem
    assert meanwhile == before
    assert set(os.listdir(feed.folder)) == FILES
    assert feed.products() == world.documents(feed.catalog)


def test_a_fault_that_passes_is_waited_for(world, feed):
    feed.sync()
    feed.path().unlink()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    def lift_the_limit(seconds):
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    def sync_with_too_many_files_open():
        run = create_run(world.again(feed.catalog), Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
        assert ownership.claim(run)
        # The lowest that still lets the process wait for the connections it has.
        resource.setrlimit(resource.RLIMIT_NOFILE, (1, limits[1]))
        execute_run(run, sleep=lift_the_limit)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == limits

    at_once(sync_with_too_many_files_open)

    run = Run.objects.all()[0]
    assert (run.mode, run.status, run.note) == (Run.Mode.PUSH, Run.Status.SUCCEEDED, "")
    assert feed.products() == world.documents(feed.catalog)


def test_a_kill_between_writing_and_renaming_leaves_the_old_file(world, feed):
    feed.sync()
    before = feed.products()
    world.pim.disable_product(sorted(world.listed(feed.catalog))[0])

    def sync_and_die():
        os.replace = lambda *paths: kill_me()
        feed.sync()

    assert killed(start_child(sync_and_die))
    [leftover] = set(os.listdir(feed.folder)) - FILES
    meanwhile = feed.products()
    os.utime(feed.folder / leftover, (0, 0))
    run = feed.sync()

    assert meanwhile == before
    assert run.status == Run.Status.SUCCEEDED
    assert feed.products() == world.documents(feed.catalog)
    assert set(os.listdir(feed.folder)) == FILES


def test_whoever_reads_all_the_time_never_sees_half_a_file(world, feed):
    feed.sync()
    seen, editions, done = set(), {feed.path().read_bytes()}, threading.Event()

    def read():
        while not done.is_set():
            seen.add(feed.path().read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for uuid in sorted(world.listed(feed.catalog))[:4]:
            world.pim.edit_product(uuid, "sku", f"EDITED-{uuid}")
            feed.sync()
            editions.add(feed.path().read_bytes())
    finally:
        done.set()
        reader.join()

    assert len(editions) == 5
    assert seen <= editions
    assert len(seen) > 1


def test_csv_says_every_text_as_it_is(world, feed):
    feed.change(format="csv")
    names = [
        '=HYPERLINK("http://evil.example")',
        "@SUM(1+1)",
        'Say "hi", then;\n go\ton',
        "  leading and trailing  ",
        "Crème brûlée 🍮 ‎עברית",
        "12,50",
    ]
    source = world.pim.catalogs[feed.catalog.pim_catalog_id].mapping["name"]
    uuids = sorted(world.listed(feed.catalog))[: len(names)]
    for uuid, name in zip(uuids, names, strict=True):
        world.pim.edit_product(uuid, source.source, name, source.locale, source.scope)

    feed.sync()

    rows = feed.rows()
    assert [rows[uuid]["name"] for uuid in uuids] == names
    assert rows.keys() == world.listed(feed.catalog)


def test_the_columns_stay_where_they_are(world, feed):
    feed.change(format="csv")
    feed.sync()
    before = feed.path("csv").read_text().splitlines()[0]
    world.pim.disable_product(sorted(world.listed(feed.catalog))[0])
    world.pim.edit_product(sorted(world.listed(feed.catalog))[-1], "sku", "EDITED-1")

    feed.sync()

    assert feed.path("csv").read_text().splitlines()[0] == before
    assert before.startswith("uuid,")


def test_several_catalogs_share_a_file(world, feed):
    other = world.add_catalog("Shirts", raw=True, channel=feed.channel)
    world.select(feed.catalog, "backpacks", "mugs")
    world.select(other, "t_shirts", "mugs")

    feed.sync()
    world.sync(other)

    assert feed.products() == world.documents(feed.catalog, other)


def test_two_runs_at_the_same_time_leave_a_file_with_both(world, feed):
    other = world.add_catalog("Shirts", raw=True, channel=feed.channel)
    world.select(feed.catalog, "backpacks", "mugs")
    world.select(other, "t_shirts", "mugs")
    feed.change(format="csv")

    at_once(feed.sync, lambda: world.sync(other))

    assert set(Run.objects.values_list("status", flat=True)) == {Run.Status.SUCCEEDED}
    assert feed.rows().keys() == world.documents(feed.catalog, other).keys()
    assert Feed.objects.get().publisher is None


@pytest.mark.parametrize("on_shop", Catalog.OnShop)
def test_a_removed_catalog_leaves_the_file_when_that_was_decided(world, feed, on_shop):
    feed.sync()
    before = feed.products()

    remove_catalog(feed.catalog, on_shop=on_shop, in_pim=Catalog.InPim.KEEP)
    world.work()

    assert feed.products() == (before if on_shop == Catalog.OnShop.LEAVE else {})
