"""Files that people send: read by a worker, whoever dies, and gone from the disk afterwards."""

import os
import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from connections.enriching import switch_off
from enrichment.kept_files import LEFTOVER_AGE, remove_leftovers
from enrichment.models import Offer, Proposal, Source, Upload
from enrichment.tasks import read_upload_of, take_up_unfinished_offers
from enrichment.uploads import offer_upload, read_upload
from sandbox.faults import Fault
from tests.enrichment.offering import csv_text
from tests.queued import waiting
from tests.sync.processes import killed, start_child

TASK = "enrichment.tasks.read_upload_of"


@pytest.fixture
def uploads(settings, tmp_path):
    settings.STATE_FOLDER = tmp_path / "state"
    return tmp_path / "state" / "uploads"


@pytest.fixture
def content(enrichment):
    sku = enrichment.pim.assortment.product(enrichment.uuids[0]).identifier
    return csv_text(["sku", "ean"], [sku, "first"]).encode()


@pytest.fixture
def send(enrichment, uploads, content):
    def send(content=content, **values):
        return offer_upload(enrichment.connection, "prices.csv", [content], by="Mary", **values)

    return send


def state_of(offer):
    offer.refresh_from_db()
    return offer.state


def test_it_is_there_at_once_and_waits_for_approval_once_it_was_read(send, uploads, queue):
    offer = send()
    before, [file] = state_of(offer), list(uploads.iterdir())
    rights = file.stat().st_mode & 0o777
    woken = waiting(queue)

    read_upload_of(offer.pk)

    assert (before, rights, woken) == ("reading", 0o600, [(TASK, [offer.pk])])
    assert (state_of(offer), offer.read, offer.offered_by) == ("waiting", 1, "Mary")
    assert (list(uploads.iterdir()), Upload.objects.count()) == ([], 0)


def test_it_may_do_what_its_source_may(enrichment, send):
    source = Source.objects.create(
        connection=enrichment.connection, kind="values", name="ERP", approved=["ean"]
    )
    offer = send(source=source)

    read_upload_of(offer.pk)

    assert state_of(offer) == "writing"
    assert Proposal.objects.get().decided_by == "Rule of ERP"


def test_a_task_that_was_lost_is_made_good(send, queue):
    offer = send()
    waiting(queue)

    take_up_unfinished_offers()

    assert waiting(queue) == [(TASK, [offer.pk])]


def test_one_that_cannot_be_read_says_so_and_goes(send, uploads):
    offer = send(b"ean\n1\n")

    read_upload_of(offer.pk)

    assert state_of(offer) == "stopped"
    assert "No column says which product" in offer.problem
    assert list(uploads.iterdir()) == []


def test_one_whose_file_is_gone_says_what_to_do(send, uploads):
    offer = send()
    next(uploads.iterdir()).unlink()

    read_upload_of(offer.pk)

    assert state_of(offer) == "stopped"
    assert "VAR_FOLDER" in offer.problem


def test_where_enrichment_was_switched_off_it_stops_with_the_way_out(enrichment, send, uploads):
    offer = send()
    switch_off(enrichment.connection)

    read_upload_of(offer.pk)

    assert state_of(offer) == "stopped"
    assert "on the page Enrichment. Then upload it again." in offer.problem
    assert list(uploads.iterdir()) == []


def test_while_the_pim_is_unwell_it_is_put_off(send, uploads, world, queue):
    offer = send()
    fault = Fault("500", path="products-uuid/search", times=8)
    world.pim.faults.add(fault)
    read_upload(Upload.objects.get(), sleep=world.sleep)
    fault.times = 0
    waiting(queue)
    first = (state_of(offer), offer.owner, offer.not_before > timezone.now())

    take_up_unfinished_offers()
    early = waiting(queue)
    Offer.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    take_up_unfinished_offers()
    read_upload_of(offer.pk)

    assert (first, early) == (("reading", "", True), [])
    assert waiting(queue) == [(TASK, [offer.pk])]
    assert (state_of(offer), Proposal.objects.count()) == ("waiting", 1)


@pytest.mark.slow
def test_killed_while_it_is_read_it_is_read_again_and_nothing_is_doubled(
    enrichment, send, uploads, queue
):
    offer = send()
    for _ in range(3):
        with enrichment.world.between.holding(r"/products-uuid/search\?") as held:
            child = start_child(lambda: read_upload_of(offer.pk))
            held.wait()
            os.kill(child, signal.SIGKILL)
            assert killed(child)
    waiting(queue)
    take_up_unfinished_offers()
    woken = waiting(queue)
    Upload.objects.update(tries=2)

    read_upload_of(offer.pk)

    assert woken == [(TASK, [offer.pk])]
    assert (state_of(offer), Proposal.objects.count()) == ("waiting", 1)
    assert list(uploads.iterdir()) == []


def test_files_without_an_offer_are_removed_after_a_day(send, uploads):
    send()
    long_ago = (timezone.now() - 2 * LEFTOVER_AGE).timestamp()
    for name in ("old", "new"):
        (uploads / name).touch()
    for path in uploads.iterdir():
        if path.name != "new":
            os.utime(path, (long_ago, long_ago))

    assert remove_leftovers() == 1
    assert {path.name for path in uploads.iterdir()} == {"new", str(Upload.objects.get().uuid)}
