"""Files that the store has lost, or that were damaged: had again, and nothing is emptied."""

import pytest
from django.utils import timezone

from catalogs.channels import adapter_for
from catalogs.media.files import StoredFile
from catalogs.models import MediaFile
from outbound.errors import TransientError
from sandbox.faults import Fault
from sync import downloads
from sync.models import Listing, Run
from tests.sync.media.pictures import codes, content, downloaded, fetch, files_in, pictures

pytestmark = pytest.mark.whole_runs

FILE = r"/media-files/.*/download"
Status = Listing.Status


def damage(path):
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def be_sent_again():
    Listing.objects.update(status=Status.WAITING, next_attempt_at=timezone.now())


def all_are_served(world):
    wanted = codes(world)
    there = pictures(world)
    return there.keys() == wanted.keys() and all(
        fetch(address)[1] == content(world, wanted[uuid]) for uuid, address in there.items()
    )


@pytest.mark.parametrize("happens", [lambda path: path.unlink(), damage], ids=["lost", "damaged"])
def test_what_the_store_lost_is_had_again_once_somebody_asks_for_it(world, tmp_path, happens):
    world.sync()
    before = world.shop.live_documents()
    for path in files_in(tmp_path):
        happens(path)
    world.pim.traffic.reset()

    answers = {fetch(address)[0].status_code for address in pictures(world).values()}
    run = world.sync()

    files = set(codes(world).values())
    assert answers == {503}
    assert (run.status, run.pushed, run.withdrawn) == (Run.Status.SUCCEEDED, 0, 0)
    assert downloaded(world) == run.files == len(files)
    assert world.shop.live_documents() == before
    assert all_are_served(world)
    assert not MediaFile.objects.filter(is_lost=True).exists()


def test_a_damaged_file_is_never_given_out(world, tmp_path):
    world.sync()
    file = MediaFile.objects.order_by("pk")[0]
    [path] = [one for one in files_in(tmp_path) if one.name == file.digest]
    damage(path)

    with pytest.raises(TransientError, match="damaged"):
        StoredFile(file).open()

    response, _ = fetch(StoredFile(file).address)
    assert (response.status_code, response["Retry-After"]) == (503, "3600")
    assert "Cache-Control" not in response


def test_products_wait_for_what_was_lost_and_nothing_is_emptied_meanwhile(world, waited, tmp_path):
    world.sync()
    before = world.shop.live_documents()
    for path in files_in(tmp_path):
        path.unlink()
    MediaFile.objects.update(is_lost=True)
    world.pim.faults.add(Fault("500", FILE, times=10_000))

    be_sent_again()
    run = world.sync()

    assert run.status == Run.Status.FAILED
    assert world.shop.live_documents() == before
    assert all(file.digest for file in MediaFile.objects.all())

    world.pim.faults.clear()
    assert world.sync().status == Run.Status.SUCCEEDED
    assert world.shop.live_documents() == before
    assert all_are_served(world)


def test_what_was_lost_and_that_the_pim_has_no_more_is_asked_for_daily(world, waited):
    world.sync()
    before = world.shop.live_documents()
    code = sorted(codes(world).values())[0]
    MediaFile.objects.filter(address__contains=code).update(is_lost=True)
    world.between.edit(code, lambda body: b"")

    world.sync()
    world.pim.traffic.reset()
    world.sync()
    at_once_again = downloaded(world)
    world.sleep(downloads.AGAIN.total_seconds() + 60)
    world.sync()

    assert (at_once_again, downloaded(world)) == (0, 1)
    assert world.shop.live_documents() == before
    assert MediaFile.objects.get(address__contains=code).digest


def test_another_content_under_the_same_address_goes_to_those_who_show_it(world):
    world.sync()
    before = pictures(world)
    code = sorted(codes(world).values())[0]
    theirs = {uuid for uuid, one in codes(world).items() if one == code}
    MediaFile.objects.filter(address__contains=code).update(is_lost=True)
    world.between.edit(code, lambda body: body + b"another")

    run = world.sync()

    after = pictures(world)
    assert run.pushed == len(theirs)
    assert {uuid for uuid in after if after[uuid] != before[uuid]} == theirs


def test_who_uploads_waits_for_a_damaged_file_and_then_has_it_whole(world, store):
    """As adapters do that upload: the file is opened when the batch is under way."""
    world.sync()
    file = MediaFile.objects.order_by("pk")[0]
    store.remove(file.digest)

    with pytest.raises(TransientError, match="vanished"):
        StoredFile(file).open()
    world.sync()

    again = MediaFile.objects.get(pk=file.pk)
    with StoredFile(again).open() as opened:
        assert len(opened.read()) == file.size
    assert adapter_for(world.again().channel).takes_media
