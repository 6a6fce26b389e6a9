"""A worker that dies while it looks at a source, or two that look at once; and an SFTP server."""

import io
import os
import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from enrichment.incoming import files_at, incoming_of
from enrichment.looking import look_at
from enrichment.models import Offer, OfferProblem, Proposal, Source, SourceFile
from enrichment.tasks import look_at_due_sources, look_at_source, take_up_unfinished_offers
from outbound.errors import ConfigurationError
from tests.channels.sftp_server import running_sftp
from tests.enrichment.conftest import Enrichment
from tests.enrichment.offering import csv_text
from tests.queued import waiting
from tests.secrets_watch import plant
from tests.sync.processes import killed, start_child

pytestmark = pytest.mark.slow

SEARCH = r"/products-uuid/search\?"
SECRET = "password-of-erp-8c1d"
LONG_AGO = 1_700_000_000


@pytest.fixture
def enrichment(make_world, queue):
    return Enrichment(make_world(260), queue)


@pytest.fixture
def files(enrichment, folder):
    """Two files for all products; a line of each is wrong, as is told early."""
    products = map(enrichment.pim.assortment.product, enrichment.all)
    skus = [one.identifier for one in products]
    for name in ("1.csv", "2.csv"):
        rows = [[sku, f"{name} {number}"] for number, sku in enumerate(skus)]
        (folder / name).write_text(csv_text(["sku", "ean"], *rows, ["nobody", "1", "2"]))
        os.utime(folder / name, (LONG_AGO, LONG_AGO))
    return len(skus)


def assert_each_was_offered_once(files):
    assert list(Offer.objects.order_by("pk").values_list("name", "state")) == [
        ("1.csv", "writing"),
        ("2.csv", "writing"),
    ]
    assert Proposal.objects.filter(state="approved").count() == files
    assert Proposal.objects.count() == 2 * files
    assert OfferProblem.objects.count() == 2
    assert all(row.is_read for row in SourceFile.objects.all())


@pytest.mark.parametrize("is_given_up", [True, False], ids=["given up before", "taken up at once"])
@pytest.mark.parametrize("after", [1, 4], ids=["in the first file", "in the second"])
def test_killed_while_it_reads_the_next_one_reads_the_rest(
    enrichment, source, files, after, is_given_up, queue
):
    with enrichment.world.between.holding(SEARCH, after=after) as held:
        child = start_child(lambda: look_at(source))
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)

    if is_given_up:
        take_up_unfinished_offers()
    waiting(queue)
    look_at_due_sources()
    woken = waiting(queue)
    look_at_source(source.pk)

    assert woken == [("enrichment.tasks.look_at_source", [source.pk])]
    assert_each_was_offered_once(files)


def test_a_file_by_which_each_reader_dies_is_left_alone(enrichment, source, files):
    for _ in range(3):
        with enrichment.world.between.holding(SEARCH, after=1) as held:
            child = start_child(lambda: look_at(Source.objects.get()))
            held.wait()
            os.kill(child, signal.SIGKILL)
            assert killed(child)

    look_at_source(source.pk)

    assert list(Offer.objects.order_by("pk").values_list("name", "state")) == [
        ("1.csv", "stopped"),
        ("2.csv", "writing"),
    ]
    source.refresh_from_db()
    assert "was cut off 3 times" in source.problem


def test_of_two_workers_one_looks(enrichment, source, files):
    with enrichment.world.between.holding(SEARCH, after=1) as held:
        child = start_child(lambda: look_at(source))
        held.wait()
        source.refresh_from_db()
        other = look_at(source)
        held.release()
        _, status = os.waitpid(child, 0)

    assert (other, status) == (False, 0)
    assert_each_was_offered_once(files)


def test_files_of_an_sftp_server_are_read_and_stay(enrichment, source, files, folder, tmp_path):
    plant(SECRET)
    with running_sftp(tmp_path, password=SECRET) as server:
        source.location, source.secret = server.address("/erp"), SECRET
        source.settings = {"host_key": server.fingerprint}
        source.save()
        look_at_source(source.pk)
        Source.objects.update(next_look_at=timezone.now() - timedelta(minutes=1))
        look_at_source(source.pk)

    assert_each_was_offered_once(files)
    assert sorted(os.listdir(folder)) == ["1.csv", "2.csv"]


def test_of_an_sftp_server_only_plain_files_with_names_that_are_text_are_read(
    source, folder, tmp_path
):
    (tmp_path / "secret.csv").touch()
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "folder.csv").mkdir()
    os.mkfifo(folder / "pipe.csv")
    for name in (b"\xdcbersicht.csv", b"two\nlines.csv", "Übersicht.csv".encode()):
        (folder / os.fsdecode(name)).touch()
    with running_sftp(tmp_path, password=SECRET) as server:
        source.location, source.secret = server.address("/erp"), SECRET
        source.settings = {"host_key": server.fingerprint}

        found = files_at(incoming_of(source), source.kind)

    assert [one.name for one in found] == ["Übersicht.csv"]


def test_a_server_with_another_host_key_is_told_nothing(source, tmp_path):
    with running_sftp(tmp_path, password=SECRET) as server:
        source.location, source.secret = server.address("/erp"), SECRET
        source.settings = {"host_key": "SHA256:" + "A" * 43}
        source.save()
        look_at_source(source.pk)
        asked = server.asked_to_sign_in

    source.refresh_from_db()
    assert "shows another host key than the one that is set" in source.problem
    assert asked == 0


def test_a_folder_that_the_server_does_not_have_is_told(source, tmp_path):
    with running_sftp(tmp_path, password=SECRET) as server:
        source.location, source.secret = server.address("/elsewhere"), SECRET
        source.settings = {"host_key": server.fingerprint}
        source.save()
        look_at_source(source.pk)

    source.refresh_from_db()
    assert "cannot be read: the server has no such folder. See" in source.problem
    assert "list that folder and read its files" in source.problem


def test_a_file_that_the_server_does_not_give_is_told(source, folder, tmp_path):
    (folder / "texts.csv").touch()
    with running_sftp(tmp_path, password=SECRET) as server:
        server.faults.add("secret")
        source.location, source.secret = server.address("/erp"), SECRET
        source.settings = {"host_key": server.fingerprint}

        with pytest.raises(ConfigurationError) as told:
            incoming_of(source).fetch("texts.csv", io.BytesIO(), 100)

    assert "cannot be read: the server does not permit to read there. See" in told.value.message
