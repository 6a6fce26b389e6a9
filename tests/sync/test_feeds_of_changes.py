"""Feeds of changes: every edition says what is new, and no failure loses any of it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from django.db.models import F

from catalogs.channels import change_channel, create_channel
from catalogs.models import Catalog, Channel
from channels.file import FileAdapter
from outbound.errors import TransientError
from sync import ownership, publishing
from sync.feed_entries import stage
from sync.models import Document, Feed, FeedEntry, Listing, Run
from sync.publishing import publish_feed
from sync.runs import create_run
from sync.tidying import without_references
from tests.factories import make_document
from tests.sync.processes import kill_me, killed, start_child
from tests.world import World

pytestmark = pytest.mark.whole_runs

SETTINGS = {"content": "changes"}


@dataclass
class FeedOfChanges:
    world: World
    folder: Path
    channel: Channel
    catalog: Catalog

    def sync(self):
        return self.world.sync(self.catalog)

    def change(self, **values):
        settings = {"destination": str(self.folder), **SETTINGS, **values}
        change_channel(self.channel, name="Feed", values=settings, by_staff=True)

    def editions(self):
        """What each file says: its products, and those that were removed with it."""
        names = sorted(path.name for path in self.folder.glob("products-*.jsonl"))
        said: list[tuple[set[str], set[str]]] = []
        for name in names:
            if not name.endswith(".removed.jsonl"):
                said.append((self.uuids(name), set()))
                continue
            number = name.removesuffix(".removed.jsonl")
            alone = f"{number}.jsonl" not in names
            if alone:
                said.append((set(), self.uuids(name)))
            else:
                said[-1] = (said[-1][0], self.uuids(name))
        return said

    def uuids(self, name):
        lines = (self.folder / name).read_text("utf-8").splitlines()
        return {json.loads(line)["uuid"] for line in lines}

    def receiver(self):
        """What somebody has who took in every file in its order."""
        products: dict[str, dict[str, object]] = {}
        for path in sorted(self.folder.glob("products-*.jsonl"), key=lambda path: path.name[:40]):
            documents = map(json.loads, path.read_text("utf-8").splitlines())
            for document in documents:
                if path.name.endswith(".removed.jsonl"):
                    products.pop(document["uuid"], None)
                else:
                    products[document["uuid"]] = document
        return products

    def manifest(self):
        return json.loads((self.folder / "products.manifest.json").read_text())


@pytest.fixture
def feed(world, tmp_path):
    folder = tmp_path / "feeds"
    channel = create_channel(
        world.connection,
        name="Feed",
        kind="file",
        values={"destination": str(folder), **SETTINGS},
        by_staff=True,
    )
    return FeedOfChanges(
        world, folder, channel, world.add_catalog("Feed", raw=False, channel=channel)
    )


def test_the_first_edition_has_everything_and_the_next_only_what_changed(world, feed):
    feed.sync()
    everything = world.listed(feed.catalog)
    gone, edited, *_ = sorted(everything)
    world.pim.disable_product(gone)
    world.pim.edit_product(edited, "sku", "EDITED-1")
    added = world.pim.add_product("ADDED-1", "mugs").uuid

    feed.sync()

    assert feed.editions() == [(everything, set()), ({edited, added}, {gone})]
    assert feed.receiver() == world.documents(feed.catalog)


def test_a_run_without_changes_writes_no_file(feed):
    feed.sync()
    before = feed.editions()

    feed.sync()

    assert feed.editions() == before


def test_an_edition_that_only_takes_away_has_no_file_of_products(world, feed):
    feed.sync()
    gone = min(world.listed(feed.catalog))
    world.pim.disable_product(gone)

    feed.sync()

    assert feed.editions()[1:] == [(set(), {gone})]
    [file] = feed.manifest()["files"]
    assert (file["holds"], file["products"]) == ("removed", 1)


def test_the_manifest_says_what_was_written_last(world, feed):
    feed.sync()
    gone, edited, *_ = sorted(world.listed(feed.catalog))
    world.pim.disable_product(gone)
    world.pim.edit_product(edited, "sku", "EDITED-1")
    feed.sync()

    manifest = feed.manifest()

    assert (manifest["content"], manifest["format"]) == ("changes", "jsonl")
    assert [(file["holds"], file["products"]) for file in manifest["files"]] == [
        ("removed", 1),
        ("products", 1),
    ]
    for file in manifest["files"]:
        content = (feed.folder / file["name"]).read_bytes()
        assert file["bytes"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert f"{manifest['sequence']:06d}" in file["name"]


def test_what_a_failed_edition_would_have_said_is_in_the_next(world, feed):
    feed.sync()
    gone, first, second, *_ = sorted(world.listed(feed.catalog))
    world.pim.disable_product(gone)
    world.pim.edit_product(first, "sku", "EDITED-1")
    feed.folder.rename(feed.folder.with_name("elsewhere"))
    feed.folder.write_text("not a folder")

    stopped = feed.sync()
    feed.folder.unlink()
    feed.folder.with_name("elsewhere").rename(feed.folder)
    world.pim.edit_product(second, "sku", "EDITED-2")
    feed.sync()

    assert stopped.status == Run.Status.STOPPED
    assert feed.editions()[1:] == [({first, second}, {gone})]
    assert feed.receiver() == world.documents(feed.catalog)


def test_a_kill_after_the_writing_says_it_once_more_under_another_number(world, feed):
    feed.sync()
    edited = min(world.listed(feed.catalog))
    world.pim.edit_product(edited, "sku", "EDITED-1")

    def sync_and_die():
        vars(publishing)["confirm"] = lambda *_: kill_me()
        feed.sync()

    assert killed(start_child(sync_and_die))
    feed.sync()

    assert feed.editions()[1:] == [({edited}, set()), ({edited}, set())]
    assert feed.receiver() == world.documents(feed.catalog)


class OvertakenAdapter(FileAdapter):
    """Another run begins to write while this one does."""

    def publish(self, products, edition=None):
        published = super().publish(products, edition)
        Feed.objects.update(number=F("number") + 1, publisher=None)
        return published


def test_who_was_taken_for_dead_confirms_nothing(world, feed):
    feed.sync()
    edited = min(world.listed(feed.catalog))
    world.pim.edit_product(edited, "sku", "EDITED-1")
    run = create_run(world.again(feed.catalog), Run.Trigger.SCHEDULE)
    assert ownership.claim(run)
    Feed.objects.update(version=F("version") + 1)
    Listing.objects.filter(key=edited).update(sent=make_document("edited"))
    adapter = OvertakenAdapter(feed.channel.values, session=requests.Session())

    with pytest.raises(TransientError, match="Another run has begun"):
        publish_feed(run, adapter, go_on=lambda: None, wait=lambda seconds: None)

    entry = FeedEntry.objects.get(key=edited)
    assert entry.is_staged
    assert entry.document_id != entry.staged_id


def test_another_format_begins_anew_and_another_password_does_not(world, feed):
    feed.sync()
    everything = world.listed(feed.catalog)

    feed.change(password="new-one")
    feed.sync()
    feed.change(format="csv")
    feed.sync()

    assert len(feed.editions()) == 1
    [path] = feed.folder.glob("products-*.csv")
    assert len(path.read_text().splitlines()) == len(everything) + 1


def test_all_products_after_changes_and_back_says_everything(world, feed):
    feed.sync()
    feed.change(content="complete")
    feed.sync()
    edited = min(world.listed(feed.catalog))
    world.pim.edit_product(edited, "sku", "EDITED-1")

    feed.change()
    feed.sync()

    assert (feed.folder / "products.jsonl").exists()
    assert feed.editions()[-1] == (world.listed(feed.catalog), set())


def test_what_was_said_is_kept_from_tidying(feed):
    feed.sync()
    said = FeedEntry.objects.values("document")[:1]

    unused = without_references(Document.objects.filter(pk__in=said))

    assert FeedEntry.objects.exists()
    assert not unused.exists()


def test_staging_twice_stages_the_same(world, feed):
    feed.sync()
    row = Feed.objects.get()
    FeedEntry.objects.filter(key=min(world.listed(feed.catalog))).delete()

    first = stage(row), FeedEntry.objects.filter(is_staged=True).count()
    second = stage(row), FeedEntry.objects.filter(is_staged=True).count()

    assert first == second == (True, 1)


def test_two_catalogs_on_one_channel_share_the_editions(world, feed):
    other = world.add_catalog("Shirts", raw=True, channel=feed.channel)
    world.select(feed.catalog, "backpacks", "mugs")
    world.select(other, "t_shirts", "mugs")

    feed.sync()
    world.sync(other)

    assert feed.receiver() == world.documents(feed.catalog, other)
