"""Sources of images and files: workers that die, an SFTP server, and as much as there may be."""

import os
import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from enrichment.looking import look_at
from enrichment.media.kept_paths import all_kept, path_for
from enrichment.models import Offer, Proposal, Source, SourceFile
from enrichment.tasks import look_at_source, take_up_unfinished_offers, work_on_offer
from tests.channels.sftp_server import running_sftp
from tests.enrichment.test_looking_media import WatchedMedia, offered
from tests.enrichment.test_propose_media import PNG
from tests.secrets_watch import plant
from tests.sync.processes import killed, start_child

pytestmark = pytest.mark.slow

SEARCH = r"/products-uuid/search\?"
SECRET = "password-of-studio-8c1d"
MANY = 230  # more files than two calls find


@pytest.fixture
def media(enrichment, tmp_path, settings):
    settings.ENRICHMENT_FOLDERS = [str(tmp_path)]
    settings.STATE_FOLDER = tmp_path / "state"
    return WatchedMedia(enrichment, tmp_path / "files")


@pytest.fixture
def skus(enrichment, media):
    skus = [enrichment.pim.add_product(f"mug-{n}", "mugs").identifier for n in range(MANY)]
    for number, sku in enumerate(skus):
        media.put(f"{sku}__image.png", PNG + str(number % 20).encode())
    return skus


def die_in_the_middle(media):
    with media.enrichment.world.between.holding(SEARCH, after=2) as held:
        child = start_child(lambda: look_at(Source.objects.get()))
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)


def assert_each_was_offered_once(skus):
    [offer] = Offer.objects.all()
    assert offered([offer]) == [("Studio", "waiting", MANY, 0, 0)]
    assert Proposal.objects.filter(state="proposed").count() == MANY
    assert Proposal.objects.count() == MANY
    assert len(os.listdir(path_for(offer.uuid))) == MANY
    assert SourceFile.objects.filter(is_read=True, offer=offer).count() == MANY


@pytest.mark.parametrize("is_given_up", [True, False], ids=["given up before", "taken up at once"])
def test_killed_while_it_reads_the_next_one_goes_on_and_fetches_nothing_twice(
    media, skus, is_given_up
):
    die_in_the_middle(media)
    fetched = {path.name: path.stat().st_ino for path in all_kept().glob("*/*")}
    if is_given_up:
        take_up_unfinished_offers()

    media.look()

    assert 0 < len(fetched) < MANY
    assert_each_was_offered_once(skus)
    kept = {path.name: path.stat().st_ino for path in all_kept().glob("*/*")}
    assert fetched.items() <= kept.items()


def test_killed_while_it_is_sent_each_content_goes_up_once(media, skus):
    Source.objects.update(approved=["*"])
    [offer] = media.look()
    with media.enrichment.world.between.holding("/media-files", after=2, answered=True) as held:
        child = start_child(lambda: work_on_offer(offer.pk))
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)

    work_on_offer(offer.pk)

    offer.refresh_from_db()
    assert offer.state == "done"
    assert media.uploads == 20
    assert [media.holds(sku) for sku in skus[:3]] == [PNG + b"0", PNG + b"1", PNG + b"2"]
    assert not path_for(offer.uuid).exists()


def test_a_file_by_which_each_reader_dies_is_left_alone_and_its_neighbours_are_read(media, skus):
    name = f"{skus[0]}__image.png"
    media.look()
    media.put(name, PNG + b"deadly", age=100)
    SourceFile.objects.filter(name=name).update(tries=3)
    row = SourceFile.objects.get(name=name)
    path = media.folder / name
    row.size, row.modified = path.stat().st_size, path.stat().st_mtime_ns
    row.is_read, row.offer = False, None
    row.save()
    media.put(f"{skus[1]}__image.png", PNG + b"fine", age=100)

    offer = media.look().last()

    assert offered([offer]) == [("Studio", "waiting", 2, 0, 1)]
    assert "was cut off 3 times" in media.source.problem


def test_of_two_workers_one_looks(media, skus):
    with media.enrichment.world.between.holding(SEARCH, after=1) as held:
        child = start_child(lambda: look_at(Source.objects.get()))
        held.wait()
        other = look_at(Source.objects.get())
        held.release()
        _, status = os.waitpid(child, 0)

    assert (other, status) == (False, 0)
    assert_each_was_offered_once(skus)


@pytest.fixture
def served(media, tmp_path):
    plant(SECRET)
    with running_sftp(tmp_path, password=SECRET) as server:
        Source.objects.update(
            location=server.address("/files"),
            secret=SECRET,
            settings={"host_key": server.fingerprint},
        )
        media.source.refresh_from_db()
        media.source.secret = SECRET
        media.source.save()
        yield server


def look_again(media):
    Source.objects.update(next_look_at=timezone.now() - timedelta(minutes=1))
    look_at_source(media.source.pk)
    media.source.refresh_from_db()


def test_of_an_sftp_server_all_come_over_few_connections_and_none_comes_again(media, skus, served):
    look_again(media)
    first = served.signed_in
    look_again(media)
    second = served.signed_in

    assert media.source.problem == ""
    assert_each_was_offered_once(skus)
    assert (first, second) == (2, 3)  # to list, and to fetch; then to list


def test_a_server_that_ends_a_quiet_connection_is_asked_anew(media, skus, served):
    between = media.enrichment.world.between
    between.meanwhile(SEARCH, served.hang_up, after=1)

    look_again(media)

    assert media.source.problem == ""
    assert_each_was_offered_once(skus)


def test_ten_thousand_files_are_one_offer_and_cost_nothing_at_the_next_look(media, enrichment):
    skus = [enrichment.pim.add_product(f"mug-{n}", "mugs").identifier for n in range(10)]
    names = [f"picture-{number}.png" for number in range(9_690)]
    names += [f"nobody-{number}__image.png" for number in range(300)]
    names += [f"{sku}__image.png" for sku in skus]
    for name in names:
        media.put(name)

    [offer] = media.look()
    enrichment.pim.traffic.reset()
    again = media.look().count()
    asked = enrichment.pim.traffic.as_json()["total"]

    assert offered([offer]) == [("Studio", "waiting", 10_000, 0, 9_990)]
    assert (offer.problems.count(), again, asked) == (9_990, 1, 0)
