"""What goes wrong with files: nothing is sent by halves, and no product waits for ever."""

import os
import signal

import pytest
from django.utils import timezone

from catalogs.channels import adapter_for, change_channel, create_channel
from catalogs.media.files import StoredFile
from catalogs.models import MediaFile
from outbound.errors import TransientError
from sandbox.faults import Fault
from sync import downloads, ownership
from sync.models import Listing, Run
from sync.push import push_due
from sync.runs import create_run, finish
from tests.channels.receiver import Answer
from tests.sync.media.pictures import (
    add_catalog,
    codes,
    content,
    downloaded,
    fetch,
    files_in,
    pictures,
)
from tests.sync.processes import at_once, killed, start_child

pytestmark = pytest.mark.slow

FILE = r"/media-files/.*/download"
Status = Listing.Status


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

    run = world.sync()

    total = len(set(codes(world).values()))
    assert 0 < kept < total
    # The run that was killed goes on, and has downloaded each once then.
    assert (run.status, run.files) == (Run.Status.SUCCEEDED, total)
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


def test_what_needs_a_file_that_nobody_asked_for_is_not_sent(world):
    """A sibling catalog's run may read a product after this one looked what is needed."""
    world.read(world.catalog)
    run = create_run(world.again(), Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
    assert ownership.claim(run)
    adapter = adapter_for(world.again().channel)

    push_due(run, adapter, go_on=lambda: None, wait=lambda seconds: None)
    finish(run, Run.Status.SUCCEEDED)

    assert world.on_shop() == world.listed() - codes(world).keys()
    waiting = Listing.objects.filter(status=Status.WAITING)
    assert {one.problem for one in waiting} == {"Its files are downloaded by the next run."}
    world.sync()
    assert world.on_shop() == world.listed()


def test_what_vanished_from_the_store_is_downloaded_again(world, store):
    world.sync()
    file = MediaFile.objects.order_by("pk")[0]
    store.remove(file.digest)

    with pytest.raises(TransientError, match="vanished"):
        StoredFile(file).open()
    Listing.objects.update(status=Status.WAITING, next_attempt_at=timezone.now())
    world.sync()

    assert store.open(file.digest).read()
