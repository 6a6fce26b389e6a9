"""A folder and a name change hands: whoever has it is served what they wrote, and nothing else."""

import json
import os
from datetime import timedelta

import pytest
import requests
from django.db.models import F
from django.test import Client
from django.utils import timezone

from catalogs.channels import change_channel, create_channel
from catalogs.models import Catalog
from channels.file import FileAdapter
from outbound.errors import TransientError
from sync import ownership
from sync.feed_address import make_address
from sync.models import Feed, FeedFile, Run
from sync.publishing import publish_feed
from sync.removal import remove_channel
from sync.runs import create_run
from sync.tidying import forget_old_history
from tests.factories import make_connection

pytestmark = pytest.mark.whole_runs

FILES = ("products.jsonl", "products.manifest.json")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "feeds"


@pytest.fixture
def first(world, folder):
    """A channel that wrote its feed."""
    channel = make_feed(world.connection, folder)
    world.catalog = world.add_catalog("Feed", raw=False, channel=channel)
    world.sync()
    return channel


def make_feed(connection, folder, **values):
    return create_channel(
        connection,
        name="Feed",
        kind="file",
        values={"destination": str(folder), **values},
        by_staff=True,
    )


def change(channel, **values):
    change_channel(channel, name="Feed", values={**channel.settings, **values}, by_staff=True)


def remove(world, channel):
    """As a manager removes it who leaves the products where they are."""
    remove_channel(channel, on_shop=Catalog.OnShop.LEAVE, in_pim=Catalog.InPim.KEEP)
    world.work()


def fetched(key, names=FILES):
    """What whoever has the address gets, or the status that says no."""
    answers = [Client().get(f"/feeds/{key}/{name}") for name in names]
    return [one.getvalue() if one.status_code == 200 else one.status_code for one in answers]


def on_disk(folder, names=FILES):
    return [(folder / name).read_bytes() for name in names]


def test_what_was_written_is_served(first, folder):
    assert fetched(make_address(first)) == on_disk(folder)


def test_the_file_of_a_removed_channel_is_not_served_to_its_successor(world, first, folder):
    theirs = on_disk(folder)
    remove(world, first)
    second = make_feed(make_connection(), folder)

    before = fetched(make_address(second))

    assert on_disk(folder) == theirs
    assert before == [404, 404]


def test_a_successor_is_served_its_own_file_from_its_first_edition_on(world, first, folder):
    theirs = on_disk(folder)
    remove(world, first)
    second = make_feed(world.connection, folder)
    key = make_address(second)
    catalog = world.add_catalog("Mugs", raw=False, channel=second)
    world.select(catalog, "mugs")

    world.sync(catalog)

    assert fetched(key) == on_disk(folder)
    assert fetched(key) != theirs


def test_a_name_that_was_given_up_and_taken_back_serves_nothing_of_those_between(
    world, first, folder
):
    key = make_address(first)
    change(first, name="other")
    between = make_feed(world.connection, folder)
    catalog = world.add_catalog("Mugs", raw=False, channel=between)
    world.sync(catalog)
    key_between = make_address(between)
    while_taken = fetched(key)
    remove(world, between)

    change(first, name="products")

    assert while_taken == fetched(key) == fetched(key_between) == [404, 404]
    world.sync()
    assert fetched(key) == on_disk(folder)


def test_editions_of_a_predecessor_are_not_served(world, folder):
    first = make_feed(world.connection, folder, content="changes")
    world.sync(world.add_catalog("Feed", raw=False, channel=first))
    names = sorted(os.listdir(folder))
    own = fetched(make_address(first), names)
    remove(world, first)
    second = make_feed(make_connection(), folder, content="changes")

    assert own == on_disk(folder, names)
    assert fetched(make_address(second), names) == [404, 404]


def test_the_first_edition_of_changes_replaces_the_manifest_also_without_any_product(
    world, first, folder
):
    remove(world, first)
    second = make_feed(world.connection, folder, content="changes")
    catalog = world.add_catalog("Nothing", raw=False, channel=second)
    world.select(catalog, "mugs")
    for uuid in world.listed(catalog):
        world.pim.disable_product(uuid)

    world.sync(catalog)

    [file] = json.loads((folder / "products.manifest.json").read_text())["files"]
    assert file["products"] == 0
    assert fetched(make_address(second), ["products.manifest.json", file["name"]]) == on_disk(
        folder, ["products.manifest.json", file["name"]]
    )


def test_a_file_that_somebody_put_in_its_place_is_written_anew_by_the_next_run(
    world, first, folder
):
    ours = on_disk(folder)[:1]
    (folder / "products.jsonl").write_text("of others")

    run = world.sync()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, 0)
    assert on_disk(folder)[:1] == ours == fetched(make_address(first))[:1]


def test_a_feed_from_before_files_were_noted_is_written_anew_and_served(world, first, folder):
    FeedFile.objects.all().delete()
    Feed.objects.update(place="", place_since=None)
    key = make_address(first)

    world.sync()

    assert fetched(key) == on_disk(folder)


def test_one_row_is_kept_of_each_file_that_is_there(world, first):
    uuid = min(world.listed())
    for number in range(3):
        world.pim.edit_product(uuid, "sku", f"EDITED-{number}")
        world.sync()

    assert sorted(FeedFile.objects.values_list("name", flat=True)) == sorted(FILES)


def test_editions_are_forgotten_after_a_year_and_what_is_replaced_never(world, first):
    feed = Feed.objects.get()
    FeedFile.objects.create(feed=feed, name="products-20251128T120000Z-000007.jsonl", mark="old")
    FeedFile.objects.update(created_at=timezone.now() - timedelta(days=366))
    FeedFile.objects.create(feed=feed, name="products-20261128T120000Z-000008.jsonl", mark="new")

    forget_old_history()

    names = sorted(FeedFile.objects.values_list("name", flat=True))
    assert names == ["products-20261128T120000Z-000008.jsonl", *FILES]


class OvertakenMidway(FileAdapter):
    """Another run begins to write while this one, taken for dead, still does."""

    def publish(self, products, edition=None):
        def overtaken():
            Feed.objects.update(number=F("number") + 1, publisher=None)
            yield from products()

        return super().publish(overtaken, edition)


def test_who_was_taken_for_dead_puts_no_older_file_in_the_place_of_a_newer(world, first, folder):
    newer = on_disk(folder)
    run = create_run(world.again(), Run.Trigger.SCHEDULE)
    assert ownership.claim(run)
    Feed.objects.update(version=F("version") + 1)
    adapter = OvertakenMidway(first.values, session=requests.Session())

    with pytest.raises(TransientError, match="Another run has begun"):
        publish_feed(run, adapter, go_on=lambda: None, wait=lambda seconds: None)

    assert on_disk(folder) == newer == fetched(make_address(first))
    assert set(os.listdir(folder)) == set(FILES)
