"""Erasing a PIM: nothing of it stays in Ferry's own folders; what feeds delivered stays, and is
told."""

import json
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from catalogs.media.store import media_store
from catalogs.models import Channel, MediaFile
from channels.file import FileAdapter
from connections.installation import record_base_url
from enrichment.kept_files import new_file
from enrichment.media.keeping import Kept
from enrichment.models import Upload
from sync.privacy.erase import erase_pim
from tests.factories import make_channel, make_connection, make_offer, make_order
from tests.staff import browser_of_staff, make_staff

pytestmark = pytest.mark.django_db(transaction=True)

KILLED = [
    ".products.jsonl.abcd1234.tmp",
    ".products.csv.abcd1234.tmp",  # of a format that was chosen before
    ".products-20261128T190710Z-000012.removed.jsonl.abcd1234.tmp",
    ".products.manifest.json.abcd1234.tmp",
]
DELIVERED = [
    "products.jsonl",
    "products.manifest.json",
    "products.refused.csv",
    "products-20261128T190710Z-000012.jsonl",
]
OF_OTHERS = [".orders.jsonl.abcd1234.tmp", ".products-2.jsonl.abcd1234.tmp", ".products.notes"]


@pytest.fixture
def acme():
    return make_connection()


@pytest.fixture
def folder(tmp_path):
    """Where a feed goes, with what writers that were killed left there."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    for name in (*KILLED, *DELIVERED, *OF_OTHERS):
        (folder / name).write_text("content")
    return folder


@pytest.fixture
def state(settings, tmp_path):
    settings.STATE_FOLDER = tmp_path / "state"
    settings.MEDIA_STORE = str(tmp_path / "state" / "media")
    return settings.STATE_FOLDER


def make_feed(connection, folder, **values):
    settings = FileAdapter.clean({"destination": str(folder), **values})
    return make_channel(connection, kind="file", settings=settings)


def names_in(folder):
    return {path.name for path in folder.iterdir()}


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_nothing_of_it_stays_in_ferrys_own_folders(acme, state):
    upload = Upload.objects.create(offer=make_offer(acme))
    of_order = uuid4()
    make_order(acme, file=of_order)
    for uuid in (upload.uuid, of_order):
        with new_file(uuid) as file:
            file.write(b"texts")
    with Kept(make_offer(acme).uuid).adding("mug__image.png") as file:
        file.write(b"picture")
    with media_store().arriving() as arriving:
        arriving.write(b"picture")
        media_store().keep(arriving)
    MediaFile.objects.create(connection=acme, address="a.png", digest=arriving.digest)
    assert len(files_in(state)) == 4

    erase_pim(acme)

    assert files_in(state) == []


def test_what_killed_writers_of_feeds_left_goes_and_what_was_delivered_stays(acme, folder):
    make_feed(acme, folder)

    erase_pim(acme)

    assert names_in(folder) == {*DELIVERED, *OF_OTHERS}


def test_where_another_channel_may_be_writing_nothing_is_removed(acme, folder):
    """Two that shared a place since before that was refused: docs/channels/file.md."""
    make_feed(acme, folder)
    make_feed(make_connection(), folder, format="csv")

    erase_pim(acme)

    assert names_in(folder) == {*KILLED, *DELIVERED, *OF_OTHERS}


def test_a_copy_removes_nothing_of_production(acme, folder, settings):
    make_feed(acme, folder)
    record_base_url()
    settings.BASE_URL = "http://127.0.0.1:10"

    erase_pim(acme)

    assert names_in(folder) == {*KILLED, *DELIVERED, *OF_OTHERS}


def test_a_folder_of_such_a_name_is_left_and_keeps_no_file_from_being_removed(acme, folder):
    for number in range(20):  # in whatever order they are found
        (folder / f".products.jsonl.abcd12{number:02}.tmp").mkdir()
    make_feed(acme, folder)

    erase_pim(acme)

    assert not names_in(folder) & set(KILLED)
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 20


def test_a_feed_that_was_never_written_keeps_nothing_from_being_erased(acme, tmp_path):
    make_feed(acme, tmp_path / "never" / "there")

    erase_pim(acme)

    assert not Channel.objects.exists()


def test_a_folder_that_cannot_be_read_is_logged_and_erased_with_the_rest(acme, folder, caplog):
    channel = make_feed(acme, folder / "products.jsonl")

    erase_pim(acme)

    assert f"Channel {channel.pk}: " in caplog.text
    assert not Channel.objects.exists()


def test_it_says_where_feeds_stay(acme, folder, capsys):
    make_feed(acme, folder)
    server = {"destination": "sftp://ferry@files.example.com/in", "format": "csv"}
    make_channel(acme, kind="file", settings=server, secrets={"password": "planted"})
    make_channel(acme)
    there = [f"{folder}/products.jsonl", "sftp://ferry@files.example.com:22/in/products.csv"]

    with pytest.raises(CommandError) as asked:
        call_command("erase_pim", acme.pim_url)
    call_command("erase_pim", acme.pim_url, "--yes", "--json")

    assert ", ".join(there) in str(asked.value)
    assert json.loads(capsys.readouterr().out)["feeds"] == there


def test_staff_see_where_feeds_stay_before_they_erase(acme, folder):
    make_feed(acme, folder)
    staff = make_staff("connections.view_connection", "connections.delete_connection")
    address = f"/admin/connections/connection/{acme.pk}/act/erase_everything/"

    page = browser_of_staff(staff).post(address).content.decode()

    assert f"{folder}/products.jsonl" in page
