"""Files whose sending process is killed: none is lost, and none goes up twice."""

import os
import signal

import pytest

from enrichment.models import Offer, PimFile, Proposal
from enrichment.tasks import take_up_unfinished_offers, work_on_offer
from tests.enrichment.offering import counts
from tests.enrichment.test_propose_media import PNG, Media
from tests.programs import start, wait_for
from tests.sync.processes import killed, start_child

pytestmark = pytest.mark.slow

UPLOAD = "/media-files"


@pytest.fixture
def media(enrichment, tmp_path):
    return Media(enrichment, tmp_path / "files")


@pytest.fixture
def skus(enrichment, media):
    """Products whose files lie in the folder; two share each content."""
    skus = [enrichment.pim.add_product(f"mug-{n}", "mugs").identifier for n in range(8)]
    for number, sku in enumerate(skus):
        media.put(f"{sku}__image.png", PNG + bytes([number % 4]))
    return skus


def kill_in_the_middle(media, *, answered):
    with media.enrichment.world.between.holding(UPLOAD, after=2, answered=answered) as held:
        child = start_child(lambda: media.offer("--apply"))
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)


def assert_all_there_once(media, skus):
    assert [media.holds(sku) for sku in skus] == [PNG + bytes([n % 4]) for n in range(8)]
    assert media.uploads == 4
    assert not PimFile.objects.filter(code="").exists()


def test_killed_after_a_file_arrived_the_next_one_sends_the_rest(media, skus):
    kill_in_the_middle(media, answered=True)

    ended = media.offer("--apply")
    again = media.offer("--apply")

    assert ended.status == 0, ended.err
    assert counts(again) == {"read": 8, "unchanged": 8}
    assert_all_there_once(media, skus)


def test_killed_after_a_file_arrived_a_worker_goes_on(media, skus):
    kill_in_the_middle(media, answered=True)

    take_up_unfinished_offers()
    work_on_offer(Offer.objects.get().pk)

    assert Offer.objects.get().state == Offer.State.DONE
    assert set(Proposal.objects.values_list("state", flat=True)) == {Proposal.State.WRITTEN}
    assert_all_there_once(media, skus)


def test_a_worker_finds_a_file_that_arrived_for_another_value(media, skus, enrichment):
    """The note says where to look, whichever value asks for the content first."""
    kill_in_the_middle(media, answered=True)
    Proposal.objects.filter(sent_at__isnull=False).delete()  # as if it was forgotten by age
    for row in PimFile.objects.filter(code=""):
        product = enrichment.pim.assortment.product(row.key)
        (media.folder / f"{product.identifier}__image.png").unlink()

    ended = media.offer("--apply")

    assert ended.status == 0, ended.err
    assert media.uploads == 4
    assert not PimFile.objects.filter(code="").exists()


def test_two_at_once_send_each_file_once(media, enrichment):
    """More files than one call finds, of which three share each content."""
    skus = [enrichment.pim.add_product(f"cup-{n}", "mugs").identifier for n in range(150)]
    for number, sku in enumerate(skus):
        media.put(f"{sku}__image.png", PNG + bytes([number % 50]))
    command = ("propose_media", media.folder, "--pim", enrichment.world.url, "--apply", "--json")
    processes = [start(*command, PIM_ALLOW_INSECURE="1") for _ in range(2)]

    ended = [wait_for(process) for process in processes]
    last = media.offer("--apply")

    assert all(one.answer["refused"] == one.answer["outdated"] == 0 for one in ended), ended
    assert counts(last)["read"] == 150
    assert [media.holds(sku) for sku in skus] == [PNG + bytes([n % 50]) for n in range(150)]
    assert media.uploads == 50
