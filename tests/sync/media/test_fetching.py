"""Files of the PIM: downloaded once, before what needs them is sent, under addresses of ours."""

import json

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from catalogs.channels import adapter_for, change_channel, create_channel
from catalogs.models import MediaFile
from sandbox.data.designs import media_code
from sync.fetching import fetch_files
from sync.models import Listing, Run
from tests.sync.media.pictures import (
    add_catalog,
    codes,
    content,
    downloaded,
    fetch,
    pictures,
)

pytestmark = pytest.mark.whole_runs

FILE = r"/media-files/.*/download"
Status = Listing.Status


def test_every_picture_is_fetched_once_and_served_under_an_address_of_ours(world):
    run = world.sync()

    wanted = codes(world)
    assert run.status == Run.Status.SUCCEEDED
    assert pictures(world).keys() == wanted.keys()
    assert downloaded(world) == run.files == len(set(wanted.values())) > 1
    for uuid, address in pictures(world).items():
        assert address.startswith("http://testserver/media/")
        assert fetch(address)[1] == content(world, wanted[uuid])


def test_a_sync_without_change_downloads_nothing_and_asks_nothing(world):
    world.sync()
    world.pim.traffic.reset()

    run = world.sync(full=True)

    assert downloaded(world) == run.files == run.pushed == 0


def test_two_channels_and_catalogs_of_a_pim_share_each_download(world, tmp_path):
    world.sync()
    other = create_channel(
        world.connection,
        name="Feed",
        kind="file",
        values={"destination": str(tmp_path / "feeds"), "media": "ferry"},
        by_staff=True,
    )
    world.pim.traffic.reset()
    catalog = add_catalog(world, other, "Feed")

    run = world.sync(catalog)

    assert run.pushed == len(world.listed())
    assert downloaded(world) == 0
    lines = (tmp_path / "feeds" / "products.jsonl").read_text().splitlines()
    feed = {one["uuid"]: one["image"] for one in map(json.loads, lines) if "image" in one}
    assert feed == pictures(world)


def test_a_picture_that_changed_is_the_only_one_downloaded(world):
    world.sync()
    uuid, code = sorted(codes(world).items())[0]
    other = code.rpartition("_")[2].replace(".png", "-detail.png")
    new = media_code(world.pim.assortment.seed, other)
    before = pictures(world)
    world.pim.traffic.reset()
    world.pim.edit_product(uuid, "image", new)

    run = world.sync()

    after = pictures(world)
    assert (downloaded(world), run.pushed) == (1, 1)
    assert fetch(after[uuid])[1] == content(world, new)
    assert {key for key in after if after[key] != before[key]} == {uuid}


def test_a_channel_that_wants_the_addresses_of_the_pim_downloads_nothing(world):
    values = {**world.values, "media": "pim"}
    change_channel(world.channel, name="Shop", values=values, by_staff=True)

    world.sync()

    assert downloaded(world) == MediaFile.objects.count() == 0
    assert all(address.startswith(world.url) for address in pictures(world).values())


def test_a_feed_whose_setting_changed_gets_what_it_was_written_without(world, tmp_path):
    values = {"destination": str(tmp_path / "feeds")}
    feed = create_channel(world.connection, name="Feed", kind="file", values=values, by_staff=True)
    catalog = add_catalog(world, feed, "Feed")
    world.sync(catalog)
    assert MediaFile.objects.count() == 0

    change_channel(feed, name="Feed", values={**values, "media": "ferry"}, by_staff=True)
    world.sync(catalog)

    lines = (tmp_path / "feeds" / "products.jsonl").read_text().splitlines()
    images = [one["image"] for one in map(json.loads, lines) if "image" in one]
    assert len(images) == len(codes(world))
    assert all(image.startswith("http://testserver/media/") for image in images)


def test_looking_for_files_costs_two_queries_a_slice_and_one_each_for_lacks_and_losses(world):
    world.sync()
    run = Run.objects.select_related("catalog__channel__connection")[0]
    adapter = adapter_for(world.again().channel)
    Listing.objects.update(status=Status.WAITING)

    def nobody(*asked):
        raise AssertionError("The PIM is asked for what is known.")

    with CaptureQueriesContext(database) as queries:
        fetch_files(run, adapter, ask=nobody, go_on=lambda: None, sleep=nobody)

    assert len(queries) == 4
