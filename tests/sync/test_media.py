"""Files of the PIM: downloaded once, before what needs them is sent, under addresses of ours."""

import json
import os
import signal
from urllib.parse import urlsplit

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalogs.channels import adapter_for, change_channel, create_channel
from catalogs.media.files import StoredFile
from catalogs.media.store import media_store
from catalogs.models import MediaFile
from outbound.errors import TransientError
from sandbox.data.designs import media_code
from sandbox.faults import Fault
from sandbox.media import find
from sandbox.state import Source
from sync import downloads
from sync.fetching import fetch_files
from sync.models import Listing, Run
from tests.channels.receiver import Answer
from tests.sync.processes import at_once, killed, start_child

pytestmark = pytest.mark.usefixtures("small_pages")

DOWNLOAD = "GET /api/rest/v1/media-files/{code}/download"
FILE = r"/media-files/.*/download"
Status = Listing.Status


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_STORE = str(tmp_path / "media")
    return media_store()


@pytest.fixture
def world(make_world):
    """A channel that wants addresses of this app, and a catalog with one picture a product."""
    world = make_world(25)
    world.catalog.delete()
    world.values = {"endpoint": f"{world.url}/shop/ingest", "batch_size": "10", "media": "ferry"}
    change_channel(world.channel, name="Shop", values=world.values, by_staff=True)
    world.catalog = add_catalog(world)
    return world


def add_catalog(world, channel=None, name="With pictures"):
    catalog = world.add_catalog(name, raw=False, channel=channel)
    world.pim.catalogs[catalog.pim_catalog_id].mapping = {
        "uuid": Source("uuid"),
        "name": Source("supplier_reference"),
        "image": Source("image"),
    }
    return catalog


def files_in(tmp_path):
    return [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


def downloaded(world):
    """How often the PIM was asked for a file."""
    requests = world.pim.traffic.as_json()["requests"]
    return sum(number for name, number in requests.items() if name.endswith("/download"))


def codes(world):
    """The code of each product's picture in the PIM."""
    there = world.pim.catalogs[world.catalog.pim_catalog_id]
    values = {
        one.uuid: world.pim.assortment.values_of(one) for one in world.pim.listed_products(there)
    }
    return {uuid: one["image"][0]["data"] for uuid, one in values.items() if "image" in one}


def pictures(world):
    """The address of each product's picture on the shop."""
    documents = world.shop.live_documents()
    return {uuid: one["image"] for uuid, one in documents.items() if one.get("image")}


def fetch(address):
    response = Client().get(urlsplit(address).path)
    return response, b"".join(response) if response.streaming else response.content


def content(world, code):
    found = find(world.pim.assortment, code)
    assert found
    return found.content()


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


@pytest.mark.parametrize("kind", ["429", "500", "html", "cut", "error-200"])
def test_what_passes_is_tried_again_and_leaves_nothing_half(world, waited, tmp_path, kind):
    world.pim.faults.add(Fault(kind, FILE, after=1, times=2))

    run = world.sync()

    wanted = codes(world)
    assert run.status == Run.Status.SUCCEEDED
    assert pictures(world).keys() == wanted.keys()
    assert all(
        fetch(address)[1] == content(world, wanted[uuid])
        for uuid, address in pictures(world).items()
    )
    assert len(files_in(tmp_path)) == len({file.digest for file in MediaFile.objects.all()})


def test_a_picture_that_fails_for_now_lets_its_products_wait_and_nobody_elses(world, waited):
    wanted = codes(world)
    broken = sorted(wanted.values())[0]
    theirs = {uuid for uuid, code in wanted.items() if code == broken}
    world.pim.faults.add(Fault("500", broken, times=8))

    run = world.sync()

    assert run.status == Run.Status.SUCCEEDED
    assert "files that the PIM could not give now" in run.note
    assert world.on_shop() == world.listed() - theirs
    waiting = Listing.objects.filter(key__in=theirs)
    assert {one.status for one in waiting} == {Status.WAITING}
    assert all("waits for" in one.problem for one in waiting)

    world.sync()

    assert world.on_shop() == world.listed()
    assert pictures(world).keys() == wanted.keys()
    assert not Listing.objects.exclude(problem="").exists()


def test_a_picture_that_fails_three_runs_is_given_up_and_comes_later(world, waited):
    wanted = codes(world)
    broken = sorted(wanted.values())[0]
    theirs = {uuid for uuid, code in wanted.items() if code == broken}
    world.pim.faults.add(Fault("500", broken, times=24))

    for _ in range(3):
        world.sync()

    without = world.shop.live_documents()
    assert without.keys() == world.listed()
    assert {uuid for uuid, one in without.items() if "image" in one and not one["image"]} == theirs
    listings = Listing.objects.filter(key__in=theirs)
    assert all(one.status == Status.LISTED for one in listings)
    assert all("Sent without" in one.problem for one in listings)

    world.sleep(downloads.AGAIN.total_seconds() + 60)
    run = world.sync(full=True)

    assert run.pushed == len(theirs)
    assert pictures(world).keys() == wanted.keys()
    assert not Listing.objects.exclude(problem="").exists()


def test_a_pim_that_gives_no_file_at_all_fails_the_run_and_sends_nothing(world, waited):
    world.pim.faults.add(Fault("500", FILE, times=1000))

    run = world.sync()

    assert run.status == Run.Status.FAILED
    assert world.on_shop() == set()
    world.pim.faults.clear()
    assert world.sync().status == Run.Status.SUCCEEDED
    assert world.on_shop() == world.listed()


def test_a_file_that_is_gone_costs_its_product_the_picture_and_is_asked_for_daily(world, waited):
    uuid = sorted(codes(world))[0]
    gone = f"{world.url}/api/rest/v1/media-files/0/1/2/3/0123_gone.png/download"
    world.pim.edit_product(uuid, "supplier_reference", gone)

    world.sync()

    listing = Listing.objects.get(key=uuid)
    assert world.on_shop() == world.listed()
    assert world.shop.live_documents()[uuid]["name"] is None
    assert (listing.status, "gone.png" in listing.problem) == (Status.LISTED, True)

    world.pim.traffic.reset()
    world.sync(full=True)
    at_once_again = downloaded(world)
    world.sleep(downloads.AGAIN.total_seconds() + 60)
    run = world.sync(full=True)

    assert (at_once_again, downloaded(world), run.pushed) == (0, 1, 0)


def test_an_address_that_leads_elsewhere_is_left_alone(world, waited):
    """Editors of the PIM write texts: none of them makes the app send its token anywhere."""
    uuid = sorted(codes(world))[0]
    path = "/api/rest/v1/media-files/a/b_c.png/download"
    texts = [
        f"https://evil.example.com{path}",
        f"{world.url}@evil.example.com{path}",
        f"{world.url}/api/rest/v1/media-files/../products/{uuid}/download",
        f"{world.url}/api/rest/v1/media-files/%2e%2e/products/download",
        f"{world.url}/api/rest/v1/media-files/a%2Fb/download",
        f"{world.url}{path}?to=https://evil.example.com",
        f"see {world.url}{path}",
    ]
    world.sync()
    world.pim.traffic.reset()

    for text in texts:
        world.pim.edit_product(uuid, "supplier_reference", text)
        world.sync()

        assert world.shop.live_documents()[uuid]["name"] == text

    assert downloaded(world) == 0


def test_a_page_in_place_of_a_picture_is_none(world, waited):
    broken = sorted(codes(world).values())[0]
    world.between.edit(broken, lambda body: b"<!DOCTYPE html><title>Log in</title>", times=8)

    world.sync()

    assert not MediaFile.objects.get(address__contains=broken).digest
    world.sync()
    assert MediaFile.objects.get(address__contains=broken).digest


def test_a_file_beyond_all_bounds_is_given_up(world, monkeypatch, tmp_path):
    monkeypatch.setattr("pim.client.PimClient.download.__kwdefaults__", {"max_bytes": 10})

    world.sync()

    assert set(pictures(world)) == set()
    assert world.on_shop() == world.listed()
    assert "more than" in MediaFile.objects.all()[0].problem
    assert files_in(tmp_path) == []


def test_an_empty_file_is_given_up(world):
    empty = sorted(codes(world).values())[0]
    world.between.edit(empty, lambda body: b"", times=8)

    world.sync()

    assert MediaFile.objects.get(address__contains=empty).problem == "The file is empty."
    assert world.on_shop() == world.listed()


def test_a_batch_that_is_tried_again_has_the_same_body(world, receiver, waited):
    values = {**world.values, "endpoint": f"{receiver.url}/in", "secret": receiver.secret}
    change_channel(world.channel, name="Shop", values=values, by_staff=True)
    receiver.answers = [Answer(503)] * 2

    world.sync()

    first, *again = receiver.received[:3]
    assert b"/media/" in first.body
    assert {one.body for one in again} == {first.body}


def test_killed_in_the_middle_what_was_downloaded_stays(world, monkeypatch, tmp_path):
    monkeypatch.setattr(downloads, "_FILES", 2)
    with world.between.holding(FILE, after=5) as held:
        child = start_child(world.sync)
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)
    kept = MediaFile.objects.exclude(digest="").count()
    world.pim.traffic.reset()

    run = world.sync()

    total = len(set(codes(world).values()))
    assert 0 < kept < total
    assert run.status == Run.Status.SUCCEEDED
    assert downloaded(world) == total - kept
    assert pictures(world).keys() == codes(world).keys()


def test_two_runs_at_once_download_each_file_once(world):
    other = create_channel(
        world.connection, name="Other", kind="http", values=world.values, by_staff=True
    )
    second = add_catalog(world, other, "Second")

    at_once(world.sync, lambda: world.sync(second))

    total = len(set(codes(world).values()))
    assert downloaded(world) == total
    assert MediaFile.objects.exclude(digest="").count() == total


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


def test_what_vanished_from_the_store_is_downloaded_again(world, store):
    world.sync()
    file = MediaFile.objects.order_by("pk")[0]
    store.remove(file.digest)

    with pytest.raises(TransientError, match="vanished"):
        StoredFile(file).open()
    Listing.objects.update(status=Status.WAITING, next_attempt_at=timezone.now())
    world.sync()

    assert store.open(file.digest).read()


def test_looking_for_files_costs_two_queries_a_slice_and_one_for_what_went_without(world):
    world.sync()
    run = Run.objects.select_related("catalog__channel__connection")[0]
    adapter = adapter_for(world.again().channel)
    Listing.objects.update(status=Status.WAITING)

    def nobody(*asked):
        raise AssertionError("The PIM is asked for what is known.")

    with CaptureQueriesContext(database) as queries:
        fetch_files(run, adapter, ask=nobody, go_on=lambda: None, sleep=nobody)

    assert len(queries) == 3
