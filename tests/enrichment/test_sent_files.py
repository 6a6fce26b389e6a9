"""Images and files that people send: several at once, or an archive whoever made."""

import io
import os
import signal
import struct
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from enrichment.deciding import reject
from enrichment.media import archives
from enrichment.media.files import BadFile
from enrichment.media.keeping import LEFTOVER_AGE, release_settled
from enrichment.media.kept_paths import all_kept, path_for
from enrichment.media.sent_files import offer_files
from enrichment.models import Offer, Proposal, Source, Upload
from enrichment.tasks import read_upload_of, take_up_unfinished_offers
from enrichment.uploads import offer_upload
from tests.enrichment.test_propose_media import PNG, Media
from tests.queued import waiting
from tests.sync.processes import killed, start_child

TASK = "enrichment.tasks.read_upload_of"


@pytest.fixture
def media(enrichment, tmp_path, settings):
    settings.STATE_FOLDER = tmp_path / "state"
    return Media(enrichment, tmp_path / "files")


@pytest.fixture
def skus(enrichment):
    return [enrichment.pim.add_product(f"mug-{n}", "mugs").identifier for n in range(4)]


def send(media, *names, **values):
    files = [(name, [PNG, name.encode()]) for name in names]
    return offer_files(media.enrichment.connection, files, by="Mary", **values)


def zip_of(*entries, **options):
    """An archive of names, or of entries, each with its own content."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return stream.getvalue()


def send_archive(media, content):
    return offer_upload(
        media.enrichment.connection, "files.zip", [content], kind=Offer.Kind.MEDIA, by="Mary"
    )


def read(offer):
    read_upload_of(offer.pk)
    offer.refresh_from_db()
    return offer


def told(offer):
    return dict(offer.problems.values_list("place", "message"))


def test_several_at_once_are_an_offer_that_waits_and_is_sent(media, skus, queue):
    names = [f"{sku}__image.png" for sku in skus[:3]]
    offer = send(media, *names, "nonsense.png")
    woken = waiting(queue)
    rights = {path.stat().st_mode & 0o777 for path in path_for(offer.uuid).iterdir()}

    read(offer)
    kept = sorted(os.listdir(path_for(offer.uuid)))
    offer.proposals.update(state="approved")
    Offer.objects.update(state="writing")
    offer.refresh_from_db()
    media.enrichment.write(offer)

    assert (offer.name, woken, rights) == (f"{names[0]} +3", [(TASK, [offer.pk])], {0o600})
    assert (offer.read, offer.invalid, offer.offered_by) == (4, 1, "Mary")
    assert kept == names
    assert media.holds(skus[0]) == PNG + names[0].encode()
    assert not path_for(offer.uuid).exists()
    assert not Upload.objects.exists()


def test_it_may_do_what_its_source_may_and_names_are_its(media, skus):
    source = Source.objects.create(
        connection=media.enrichment.connection,
        kind="media",
        name="Studio",
        approved=["image"],
        settings={"pattern": "{attribute}-{sku}.{ext}"},
    )
    offer = send(media, f"image-{skus[0]}.png", source=source)

    assert read(offer).state == "writing"
    assert Proposal.objects.get().decided_by == "Rule of Studio"


@pytest.mark.parametrize(
    "names", [("a.png", "a.png"), ("..",), ("a/b.png",), ("a\n.png",), (".ferry-a.png",)]
)
def test_odd_names_are_refused_and_nothing_is_kept(media, names):
    with pytest.raises(BadFile, match="“"):
        send(media, *names)

    assert list(all_kept().iterdir()) == []
    assert not Offer.objects.exists()


def test_an_archive_is_unpacked_whatever_folders_it_has(media, skus, tmp_path):
    names = [f"{sku}__image.png" for sku in skus]
    content = zip_of(
        (f"shoot/{names[0]}", PNG),
        (names[1], PNG + b"1"),
        ("shoot/", b""),
        ("__MACOSX/shoot/._x.png", b"x"),
        ("shoot/.DS_Store", b"x"),
        ("Thumbs.db", b"x"),
    )
    offer = read(send_archive(media, content))

    assert (offer.state, offer.read, offer.invalid) == ("waiting", 2, 0)
    assert sorted(os.listdir(path_for(offer.uuid))) == names[:2]
    assert list((tmp_path / "state" / "uploads").iterdir()) == []


def test_tricks_of_an_archive_are_told_and_the_rest_goes_through(media, skus, tmp_path):
    good = f"{skus[0]}__image.png"
    link = zipfile.ZipInfo("link__image.png")
    link.external_attr = 0o120777 << 16
    locked = zipfile.ZipInfo("locked__image.png")
    strange = zipfile.ZipInfo("strange__image.png")
    strange.compress_type = zipfile.ZIP_LZMA
    content = bytearray(
        zip_of(
            (f"../../{skus[1]}__image.png", PNG),
            (f"/etc/{skus[1]}__image.png", PNG),
            (f"a\\..\\{skus[1]}__image.png", PNG),
            (link, "/etc/passwd"),
            (locked, PNG),
            (strange, PNG),
            (f"twice/{good}", PNG + b"again"),
            (good, PNG),
        )
    )
    for at in _all(content, b"PK\x01\x02"):
        if content[at + 46 :].startswith(b"locked"):
            content[at + 8] |= 1

    offer = read(send_archive(media, bytes(content)))

    said = told(offer)
    assert (offer.state, offer.read) == ("waiting", 8)
    assert sum("leads out of the folder" in one for one in said.values()) == 3
    assert "link" in said["link__image.png"]
    assert "password" in said["locked__image.png"]
    assert "not read here" in said["strange__image.png"]
    assert "same name" in said[good]
    assert sorted(os.listdir(path_for(offer.uuid))) == [good]
    assert not [one for one in tmp_path.rglob("*__image.png") if one.parent.parent != all_kept()]


def _all(content, mark):
    at = content.find(mark)
    while at >= 0:
        yield at
        at = content.find(mark, at + 1)


def test_one_that_is_damaged_is_told_and_its_neighbours_go_through(media, skus):
    first, second = (f"{sku}__image.png" for sku in skus[:2])
    content = bytearray(zip_of((first, PNG * 100), (second, PNG)))
    at = content.find(first.encode()) + len(first)
    content[at + 4 : at + 12] = b"\xff" * 8

    offer = read(send_archive(media, bytes(content)))

    assert told(offer) == {first: "It is damaged in the archive."}
    assert (offer.state, offer.proposals.count()) == ("waiting", 1)


def test_one_that_is_said_to_lie_before_the_archive_is_told(media, skus):
    name = f"{skus[0]}__image.png"
    content = bytearray(zip_of((name, PNG)))
    at = content.rfind(b"PK\x05\x06") + 16  # where the list is said to begin
    struct.pack_into("<L", content, at, struct.unpack_from("<L", content, at)[0] + 1000)

    assert told(read(send_archive(media, bytes(content)))) == {
        name: "It is damaged in the archive."
    }


def _told_smaller(content, size):
    """The archive, with a list that says its files have so many bytes."""
    changed = bytearray(content)
    for at in _all(changed, b"PK\x01\x02"):
        struct.pack_into("<L", changed, at + 24, size)
    return bytes(changed)


def _of_large(content):
    at = content.rfind(b"PK\x05\x06")
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    return content[:at] + locator + content[at:]


def _long_list(content, length=2**31):
    changed = bytearray(content)
    struct.pack_into("<L", changed, content.rfind(b"PK\x05\x06") + 12, length)
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"no archive at all", "no ZIP archive"),
        (b"", "no ZIP archive"),
        (zip_of(("a.png", PNG))[:-30], "no ZIP archive"),
        (zip_of(*((f"{n}.png", b"") for n in range(41))), "more than 40 files"),
        (zip_of(("a.png", bytes(1_000_001))), "Send it in several archives"),
        (zip_of(*((f"{n}.png", bytes(300_000)) for n in range(4))), "in several archives"),
        (_of_large(zip_of(("a.png", PNG))), "more than 40 files"),
        (_long_list(zip_of(("a.png", PNG))), "more than 40 files"),
        (zip_of(("Na.png", PNG)).replace(b"Na.png", b"\x00a.png"), "no ZIP archive"),
    ],
    ids=[
        *("text", "empty", "cut", "many", "large", "large together", "zip64", "long list"),
        "no name",
    ],
)
def test_an_archive_beyond_bounds_is_refused_as_a_whole(media, monkeypatch, content, says):
    monkeypatch.setattr(archives, "MOST_FILES", 40)
    monkeypatch.setattr(archives, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(archives, "_TOO_MANY", "more than 40 files")

    offer = read(send_archive(media, content))

    assert offer.state == "stopped"
    assert says in offer.problem
    assert not Proposal.objects.exists()


def test_a_bomb_that_lies_of_its_size_is_not_unpacked_beyond_it(media, monkeypatch, skus):
    monkeypatch.setattr(archives, "MOST_BYTES", 1_000_000)
    bomb = _told_smaller(zip_of((f"{skus[0]}__image.png", bytes(50_000_000))), 100)

    offer = read(send_archive(media, bomb))

    size = sum(path.stat().st_size for path in all_kept().rglob("*") if path.is_file())
    assert size < 1000
    assert (offer.proposals.count(), offer.invalid) == (0, 1)


@pytest.mark.slow
@pytest.mark.parametrize("is_packed", [True, False])
def test_killed_while_it_is_read_it_is_read_again_and_nothing_is_doubled(media, skus, is_packed):
    names = [f"{sku}__image.png" for sku in skus]
    packed = zip_of(*((name, PNG + name.encode()) for name in names), ("bad.png", PNG))
    offer = send_archive(media, packed) if is_packed else send(media, *names, "bad.png")
    with media.enrichment.world.between.holding(r"/products-uuid/search\?") as held:
        child = start_child(lambda: read_upload_of(offer.pk))
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)
    take_up_unfinished_offers()

    read(offer)

    assert (offer.state, offer.read, offer.invalid) == ("waiting", 5, 1)
    assert offer.proposals.count() == 4
    assert sorted(os.listdir(path_for(offer.uuid))) == names


def test_one_whose_files_are_gone_says_what_to_do(media, skus):
    offer = send(media, f"{skus[0]}__image.png")
    for path in path_for(offer.uuid).iterdir():
        path.unlink()
    path_for(offer.uuid).rmdir()

    assert "VAR_FOLDER" in read(offer).problem


def test_what_was_lost_before_it_was_sent_is_told(media, skus):
    offer = read(send(media, f"{skus[0]}__image.png"))
    next(path_for(offer.uuid).iterdir()).unlink()
    offer.proposals.update(state="approved")
    Offer.objects.update(state="writing")
    offer.refresh_from_db()

    media.enrichment.write(offer)

    one = Proposal.objects.get()
    assert one.state == "refused"
    assert one.problem.startswith("Ferry does not have it any more, so it was not sent.")


def test_files_that_nobody_needs_go_and_those_that_wait_stay(media, skus):
    names = [f"{sku}__image.png" for sku in skus]
    waits, rejected = read(send(media, *names[:2])), read(send(media, *names[2:]))
    reject(rejected.proposals.all(), by="Mary")
    unread = send(media, names[0])
    orphan, fresh = (all_kept() / name for name in ("00000000-0000-4000-8000-000000000000", "x"))
    long_ago = (timezone.now() - 2 * LEFTOVER_AGE).timestamp()
    for folder in (orphan, fresh):
        folder.mkdir()
    os.utime(orphan, (long_ago, long_ago))
    Offer.objects.update(updated_at=timezone.now() - timedelta(days=90))

    removed = release_settled()

    assert removed == 2
    there = {path.name for path in all_kept().iterdir()}
    assert there == {str(waits.uuid), str(unread.uuid), "x"}
    assert sorted(os.listdir(path_for(waits.uuid))) == names[:2]
